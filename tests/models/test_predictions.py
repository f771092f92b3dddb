"""Predictions on adversarial sets, and which of them count for a guest."""

import numpy as np
import pandas as pd
import pytest
import torch
from nrg.base.errors import UserError
from nrg.data.batches import Compute
from nrg.data.images import Images
from nrg.models.predictions import keep_known, score

COMPUTE = Compute(2, torch.device("cpu"))


def test_a_set_of_another_number_of_images_is_refused(tiny):
    labels = np.zeros(2, np.int64)
    images = Images(["a", "b"], np.zeros((2, 1, 8, 8), np.uint8), labels, labels + 1)
    arguments = ({"tiny": tiny()}, "tiny", "fgsm", images)
    assert len(score(*arguments, images.pixels, COMPUTE)) == 2
    with pytest.raises(UserError, match="holds 3 images, and the evaluation set 2"):
        score(*arguments, np.zeros((3, 1, 8, 8), np.uint8), COMPUTE)


def test_a_target_whose_logits_are_not_finite_is_named(tiny):
    class Overflowing(torch.nn.Module):
        def forward(self, x):
            return tiny()(x) * np.inf

    labels = np.zeros(2, np.int64)
    images = Images(["a", "b"], np.zeros((2, 1, 8, 8), np.uint8), labels, labels + 1)
    message = "the model 'vgg' on fgsm of alexnet: logits are not finite"
    with pytest.raises(UserError, match=message):
        score({"vgg": Overflowing()}, "alexnet", "fgsm", images, images.pixels, COMPUTE)


def test_only_images_that_the_model_classifies_correctly_when_clean_are_kept():
    labels = np.array([0, 1, 2], np.int64)
    images = Images(["a", "b", "c"], np.zeros((3, 1, 8, 8), np.uint8), labels, labels + 1)
    clean = pd.DataFrame({"image_id": [*"dcba"], "top1": [0, 2, 0, 0]})
    predictions = pd.DataFrame({"target": "guest", "image_id": [*"abcabc"], "top1": range(6)})
    kept = keep_known(predictions, clean, images)
    assert kept["image_id"].tolist() == ["a", "c", "a", "c"]
    assert kept["top1"].tolist() == [0, 2, 3, 5]
    with pytest.raises(UserError, match="'guest' classifies none of the 3 images correctly"):
        keep_known(predictions, clean.assign(top1=9), images)
