"""A few images of each adversarial set, kept after the set itself is gone."""

from collections.abc import Mapping

import numpy as np

from nrg.base.safetensors_files import create_pixels

IMAGES_KEPT = 48


def keep_samples(sets: Mapping[str, np.ndarray], path: str) -> None:
    """Write the first images of each array (n, C, H, W), uint8, to a safetensors file."""
    first = {key: pixels[:IMAGES_KEPT] for key, pixels in sets.items()}
    with create_pixels(path, {key: pixels.shape for key, pixels in first.items()}) as arrays:
        for key, pixels in first.items():
            arrays[key][:] = pixels
