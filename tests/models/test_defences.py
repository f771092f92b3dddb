"""Models behind a defence: what they predict, and which images count."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from nrg.analysis.metrics import succeeded
from nrg.base.errors import UserError
from nrg.base.table_files import TOP
from nrg.data.batches import Compute
from nrg.data.images import Images
from nrg.data.transformations import transform_images
from nrg.models.classifier import Classifier
from nrg.models.defences import ask_behind, is_no_majority, score_guest, tell_votes
from nrg.models.predictions import predict
from nrg.study.defences import Defence
from nrg.study.settings import load_suite
from scipy.stats import binomtest
from torch import nn

IDS = [f"image-{number}" for number in range(12)]
SMOOTHED = Defence("smoothed", 40, 16)
COMPUTE = Compute(microbatch=5, seed=3)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 20), nn.ReLU(), nn.Linear(20, 4))
    return Classifier(network, (0.5,), (0.1,)).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (12, 1, 8, 8), np.uint8)


@pytest.fixture(scope="module")
def images(classifier, pixels) -> Images:
    """Images of which the classifier predicts the labels, but for the first."""
    labels = predict(classifier, pixels, np.zeros(12), COMPUTE)["top1"].to_numpy(np.int64)
    labels[0] = (labels[0] + 1) % 4
    return Images(IDS, pixels, labels, (labels + 2) % 4)


@pytest.mark.parametrize(
    "defence", [Defence("jpeg", 50), Defence("bits", 2), Defence("resized", 30), SMOOTHED]
)
def test_predictions_depend_neither_on_the_batch_nor_on_the_shard(classifier, pixels, defence):
    labels = np.zeros(12, np.int64)
    whole = ask_behind(defence, IDS)(classifier, pixels, labels, COMPUTE)
    others = Compute(microbatch=3, seed=3)
    parts = [
        ask_behind(defence, IDS[part])(classifier, pixels[part], labels[part], others)
        for part in (slice(0, 7), slice(7, 12))
    ]
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole)
    unlike = ask_behind(None, IDS)(classifier, pixels, labels, COMPUTE)
    assert not whole.equals(unlike)


def test_a_transformation_comes_before_the_model(classifier, pixels):
    labels = np.zeros(12, np.int64)
    asked = ask_behind(Defence("jpeg", 50), IDS)(classifier, pixels, labels, COMPUTE)
    compressed = transform_images(pixels, IDS, "jpeg", 50, seed=3)
    pd.testing.assert_frame_equal(asked, predict(classifier, compressed, labels, COMPUTE))


def test_smoothing_without_noise_to_speak_of_is_unanimous(classifier, pixels):
    labels = np.zeros(12, np.int64)
    asked = ask_behind(Defence("smoothed", 1e-6, 16), IDS)(classifier, pixels, labels, COMPUTE)
    plain = predict(classifier, pixels, labels, COMPUTE)
    assert (asked["top1"] == plain["top1"]).all()
    assert (asked["top1_probability"] == 1).all()
    assert (asked[TOP[1:]] == -1).all(axis=None), "labels without a vote are not listed"


def test_noise_is_the_same_for_a_clean_and_an_attacked_image(classifier):
    grey = np.full((12, 1, 8, 8), 120, np.uint8)
    labels = np.zeros(12, np.int64)
    votes = [ask_behind(SMOOTHED, IDS)(classifier, grey, labels, COMPUTE) for _ in range(2)]
    pd.testing.assert_frame_equal(*votes)
    other = ask_behind(SMOOTHED, IDS)(classifier, grey, labels, Compute(5, seed=4))
    assert not other.equals(votes[0]), "and another with another seed"


def test_votes_are_told_by_their_number_and_a_weak_majority_abstains():
    votes = np.array([[0, 15, 1, 0], [9, 0, 7, 0], [0, 0, 0, 16]])
    told = tell_votes(votes, np.array([1, 0, 2]))
    assert told[TOP].to_numpy().tolist() == [
        [1, 2, -1, -1, -1],
        [-1, -1, -1, -1, -1],
        [3, -1, -1, -1, -1],
    ]
    assert told["true_probability"].tolist() == [15 / 16, 9 / 16, 0]


def test_a_majority_is_judged_by_the_two_sided_binomial_test():
    votes = [(16, 0), (13, 3), (12, 4), (8, 8), (6, 0), (58, 42), (5050, 4950), (5200, 4800)]
    weak = [binomtest(first, first + second).pvalue > 0.05 for first, second in votes]
    assert is_no_majority(*np.array(votes).T).tolist() == weak
    assert {*weak} == {True, False}


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("top1_success", [False, True, False]),
        ("top5_success", [False, True, False]),
        ("targeted_top1_success", [False, True, False]),
    ],
)
def test_abstaining_is_no_success(metric, expected):
    labels = {"label": [1, 1, 1], "target_label": [2, 2, 2]}
    tops = [[-1] * 5, [2, -1, -1, -1, -1], [1, 2, -1, -1, -1]]
    frame = pd.DataFrame(tops, columns=TOP).assign(**labels)
    assert succeeded(frame, metric).tolist() == expected


def guest(defence: Defence | None):
    return replace(load_suite("digits", {}).find_model("resnet34~jpeg75"), defence=defence)


def test_a_guest_counts_the_images_it_classifies_correctly_behind_its_defence(classifier, images):
    sets = {"attack": images.pixels[::-1]}
    scored = score_guest(guest(SMOOTHED), classifier, "a", sets, images, None, COMPUTE)
    clean = ask_behind(SMOOTHED, IDS)(classifier, images.pixels, images.labels, COMPUTE)
    known = np.array(IDS)[(clean["top1"] == images.labels).to_numpy()]
    assert 0 < len(known) < 11, "noise costs some"
    assert scored["image_id"].tolist() == known.tolist()
    assert set(scored["target"]) == {"resnet34~jpeg75"}


def test_a_guest_without_a_defence_is_scored_by_its_clean_predictions(classifier, images):
    clean = predict(classifier, images.pixels, images.labels, COMPUTE).assign(image_id=IDS)
    sets = {"one": images.pixels[::-1], "two": images.pixels}
    scored = score_guest(guest(None), classifier, "a", sets, images, clean, COMPUTE)
    assert scored["image_id"].tolist() == IDS[1:] * 2
    assert scored["attack"].tolist() == ["one"] * 11 + ["two"] * 11


def test_a_defence_behind_which_no_image_is_known_is_named(classifier, images):
    behind = guest(Defence("jpeg", 75))
    asked = ask_behind(behind.defence, IDS)(classifier, images.pixels, images.labels, COMPUTE)
    labels = (asked["top1"].to_numpy(np.int64) + 1) % 4
    wrong = Images(IDS, images.pixels, labels, images.target_labels)
    with pytest.raises(UserError, match="'resnet34~jpeg75' classifies none of the 12 images"):
        score_guest(behind, classifier, "a", {"x": images.pixels}, wrong, None, COMPUTE)
