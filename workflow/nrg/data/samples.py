"""A few images of each adversarial set, which are kept when the set itself is deleted."""

from collections.abc import Mapping

import numpy as np

from nrg.base.safetensors_files import create_pixels

IMAGES_KEPT = 48  # of each set


def keep_samples(sets: Mapping[str, np.ndarray], path: str) -> None:
    """Write the first `IMAGES_KEPT` images of each set to a safetensors file.

    Args:
        sets: arrays (n, C, H, W), uint8, by the name of the attack.
    """
    first = {key: pixels[:IMAGES_KEPT] for key, pixels in sets.items()}
    with create_pixels(path, {key: pixels.shape for key, pixels in first.items()}) as arrays:
        for key, pixels in first.items():
            arrays[key][:] = pixels
