"""A run beside the paper: what its banner and its rows of differences say."""

import numpy as np
import pytest
from nrg.report.comparison import deviations, differences, expected_inside
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_settings

PUBLISHED = {"verified": "True"}


def settings_of(**config):
    return load_settings({"suite": "imagenet", "images": "/x"} | config)


def test_the_paper_s_own_setting_has_no_deviation():
    settings = settings_of()
    models = dict.fromkeys(settings.suite.zoo, PUBLISHED)
    assert deviations(settings, [{"n": 50_000}], models, ["fp32"]) == []
    assert {row["what"] for row in differences(settings, [])} == {"their parameters"}


@pytest.mark.parametrize("precision", ["bf16", "tf32"])
def test_another_precision_is_another_setting(precision):
    settings = settings_of(precision=precision)
    for precisions in ([precision], []):  # none before the first attack
        (said,) = deviations(settings, [], {}, precisions)
        assert precision in said
    rows = differences(settings, [])
    assert ("precision of gradients", "fp32", precision) in [tuple(row.values()) for row in rows]


def test_other_images_and_networks_are_said():
    zoo = {
        "mine": {"factory": "my_models:small", "weights": "mine.pth", "arguments": {"width": 3}},
        "resnet18": {"factory": "my_models:other", "weights": "other.pth"},
    }
    own = {"name": "mine", "title": "My photographs", "dataset": "folder", "labels": "labels.txt"}
    settings = settings_of(**own, image_size=64, evaluation_images=40, zoo=zoo)
    said = " ".join(deviations(settings, [{"n": 90, "parameters": 5}], {}, ["fp32"]))
    assert "The images are “My photographs”, and not the paper's." in said
    assert "2 of its 2 networks are not the paper's: mine, resnet18." in said
    assert "published files" not in said, "which these networks never had"
    rows = {row["what"]: row["here"] for row in differences(settings, [{"n": 90, "parameters": 5}])}
    assert rows["images"] == "My photographs, 90 candidates"
    assert rows["other networks"] == "mine (my_models:small), resnet18 (my_models:other)"
    assert rows["of these from ensembles"] == "none"


def test_weights_of_one_s_own_for_the_paper_s_networks_are_said():
    settings = settings_of()
    models = dict.fromkeys(settings.suite.zoo, PUBLISHED) | {"alexnet": {"verified": "False"}}
    (said,) = deviations(settings, [{"n": 50_000}], models, ["fp32"])
    assert said == "Weights of alexnet are not torchvision's published files."


def test_a_perfect_reproduction_misses_some_printed_values(monkeypatch):
    """Two estimates of one rate, each over 5,000 images, against the interval of one of them."""

    class Table:
        exhibit = load_exhibits(settings_of().suite)["table1"]

    expected = expected_inside(Table, [5000])
    assert expected == pytest.approx(0.834, abs=0.001)
    here, there = np.random.default_rng(0).binomial(5000, 0.4, (2, 200_000)) / 5000
    inside = np.abs(here - there) < 1.96 * np.sqrt(here * (1 - here) / 5000)
    assert expected == pytest.approx(inside.mean(), abs=0.005)
    assert expected_inside(Table, [300, 300]) / 2 == pytest.approx(0.943, abs=0.001)
