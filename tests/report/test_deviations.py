"""In what a run is not the paper's setting: the banner, and the rows of differences."""

from dataclasses import astuple

import pytest
from nrg.report.clean_accuracy import ModelAccuracy
from nrg.report.deviations import find_deviations, find_differences
from nrg.study.settings import load_settings

PUBLISHED = {"verified": "True"}


def accuracy_of(candidates, parameters=5):
    return [ModelAccuracy("any", 90.0, 99.0, candidates, parameters)]


def settings_of(**config):
    return load_settings({"suite": "imagenet", "images": "/x"} | config)


def test_the_paper_s_own_setting_has_no_deviation():
    settings = settings_of()
    models = dict.fromkeys(settings.suite.zoo, PUBLISHED)
    assert find_deviations(settings, accuracy_of(50_000), models, ["fp32"]) == []
    assert {row.what for row in find_differences(settings, [])} == {"their parameters"}


@pytest.mark.parametrize("precision", ["bf16", "tf32"])
def test_another_precision_is_another_setting(precision):
    settings = settings_of(precision=precision)
    for precisions in ([precision], []):  # none before the first attack
        (said,) = find_deviations(settings, [], {}, precisions)
        assert precision in said
    rows = find_differences(settings, [])
    assert ("precision of gradients", "fp32", precision) in [astuple(row) for row in rows]


def test_other_images_and_networks_are_said():
    zoo = {
        "mine": {"factory": "my_models:small", "weights": "mine.pth", "arguments": {"width": 3}},
        "resnet18": {"factory": "my_models:other", "weights": "other.pth"},
    }
    own = {"name": "mine", "title": "My photographs", "dataset": "folder", "labels": "labels.txt"}
    settings = settings_of(**own, image_size=64, evaluation_images=40, zoo=zoo)
    said = " ".join(find_deviations(settings, accuracy_of(90), {}, ["fp32"]))
    assert "The images are “My photographs”, and not the paper's." in said
    assert "None of its 2 networks is the paper's: mine, resnet18." in said
    assert "published files" not in said, "which these networks never had"
    rows = {row.what: row.here for row in find_differences(settings, accuracy_of(90))}
    assert rows["images"] == "My photographs, 90 candidates"
    networks = "mine (my_models:small), resnet18 (my_models:other)"
    assert rows["networks other than the paper's"] == networks
    assert rows["of these from ensembles"] == "none"


def test_weights_of_one_s_own_for_the_paper_s_networks_are_said():
    settings = settings_of()
    models = dict.fromkeys(settings.suite.zoo, PUBLISHED) | {"alexnet": {"verified": "False"}}
    (said,) = find_deviations(settings, accuracy_of(50_000), models, ["fp32"])
    assert said == "Weights of alexnet are not torchvision's published files."
