"""Images as the page holds them."""

import numpy as np
import pytest
from nrg.report.image_encoding import amplified_difference


def test_differences_are_around_grey_and_fill_the_range():
    clean = np.full((1, 1, 2, 2), 100, np.uint8)
    attacked = clean + np.array([[0, 10], [-20, 20]], np.int16).astype(np.uint8)
    amplified, factor = amplified_difference(attacked, clean)
    assert factor == pytest.approx(127 / 20)
    assert amplified.ravel().tolist() == [128, 192, 1, 255]
