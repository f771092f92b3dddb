"""Scoring adversarial sets."""

import numpy as np
import pytest
import torch
from nrg.base.errors import UserError
from nrg.data.images import Images
from nrg.models.predictions import score


def test_a_set_of_another_number_of_images_is_refused(tiny):
    labels = np.zeros(2, np.int64)
    images = Images(["a", "b"], np.zeros((2, 1, 8, 8), np.uint8), labels, labels + 1)
    arguments = ({"tiny": tiny()}, "tiny", "fgsm", images)
    assert len(score(*arguments, images.pixels, 2, torch.device("cpu"))) == 2
    with pytest.raises(UserError, match="holds 3 images, and the evaluation set 2"):
        score(*arguments, np.zeros((3, 1, 8, 8), np.uint8), 2, torch.device("cpu"))
