"""Strips of images, which stay sharp in print."""

import numpy as np
import pytest
from nrg.report.image_encoding import LARGEST
from nrg.report.image_strips import enlarge


@pytest.mark.parametrize(("side", "times"), [(16, 4), (28, 2), (LARGEST, 1), (224, 1)])
def test_pixels_of_small_images_become_blocks(side, times):
    images = np.random.default_rng(0).integers(0, 256, (2, 3, side, side)).astype(np.uint8)
    larger = enlarge(images)
    assert larger.shape == (2, 3, side * times, side * times)
    for down in range(times):
        for right in range(times):
            np.testing.assert_array_equal(larger[..., down::times, right::times], images)
