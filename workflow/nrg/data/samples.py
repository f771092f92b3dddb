"""A few images of each adversarial set, kept after the set itself is gone."""

from collections.abc import Mapping

import numpy as np

from nrg.base.storage import new_pixels

KEPT = 48


def keep_samples(sets: Mapping[str, np.ndarray], path: str) -> None:
    """Write the first images of each array (n, C, H, W), uint8, to a safetensors file."""
    first = {key: pixels[:KEPT] for key, pixels in sets.items()}
    with new_pixels(path, {key: pixels.shape for key, pixels in first.items()}) as arrays:
        for key, pixels in first.items():
            arrays[key][:] = pixels
