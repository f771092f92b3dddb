"""Images as the page holds them."""

import numpy as np
import pytest
from nrg.report.image_encoding import LARGEST, amplified_difference, enlarge


def test_differences_are_around_grey_and_fill_the_range():
    clean = np.full((1, 1, 2, 2), 100, np.uint8)
    attacked = clean + np.array([[0, 10], [-20, 20]], np.int16).astype(np.uint8)
    amplified, factor = amplified_difference(attacked, clean)
    assert factor == pytest.approx(127 / 20)
    assert amplified.ravel().tolist() == [128, 192, 1, 255]


@pytest.mark.parametrize(("side", "times"), [(16, 4), (28, 2), (LARGEST, 1), (224, 1)])
def test_pixels_of_small_images_become_blocks_that_stay_sharp_in_print(side, times):
    images = np.random.default_rng(0).integers(0, 256, (2, 3, side, side)).astype(np.uint8)
    larger = enlarge(images)
    assert larger.shape == (2, 3, side * times, side * times)
    for down in range(times):
        for right in range(times):
            np.testing.assert_array_equal(larger[..., down::times, right::times], images)
