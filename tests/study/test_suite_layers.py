"""What a suite takes from the one beneath it, and what never comes along."""

import pytest
import yaml
from nrg.base.errors import UserError
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_settings, load_suite

ZOO = {"narrow": {"factory": "my_models:small", "weights": "narrow.pth"}}
OWN = {"dataset": "folder", "images": "photographs", "labels": "labels.txt"}
MINE = {
    **{"name": "mine", "title": "My photographs", "image_size": 32, "evaluation_images": 100},
    **OWN,
    "zoo": ZOO,
}


@pytest.mark.parametrize(
    "brought",
    [
        MINE,
        {"zoo": ZOO},
        {"add_models": ZOO},
        {"dataset": "folder"},
        {"dataset": "digits"},
        {"images": "/data/ILSVRC2012"},
        {"labels": "labels.txt"},
        {"zoo": ["resnet18"], "zoo_defaults": {"factory": "torchvision.models:{name}"}},
        {"zoo_defaults": {"factory": "my_models:small"}},
    ],
    ids=lambda brought: "+".join(brought),
)
def test_a_configuration_of_one_s_own_names_what_it_stands_on(brought):
    with pytest.raises(UserError, match=r"names no suite.* 'digits'.*--config suite="):
        load_settings(brought)


@pytest.mark.parametrize(
    "choice", [{}, {"seed": 3}, {"zoo": ["resnet18"]}, {"evaluation_images": 200}]
)
def test_choices_among_the_default_suite_need_no_name(choice):
    assert load_settings(choice).suite.name == "digits"


def test_a_whole_suite_over_a_named_one_takes_nothing_of_it():
    """Scale, gates, labels, memory and words of the digits are the digits' alone."""
    alone = load_settings({"suite": "digits"} | MINE)
    suite = alone.suite
    assert suite.pixel_scale == 1
    assert load_exhibits(suite)["table1"].attacks[0].epsilon == 15, "and not 40"
    assert (suite.note, suite.mem_mb, suite.microbatch, suite.jobs) == ("", 4000, 16, "family")
    assert suite.zoo["narrow"].label == "narrow"
    assert suite.zoo["narrow"].mean == (0.0,)
    assert suite.zoo["narrow"].minimum_accuracy is None
    assert (suite.training, suite.mlps, suite.mlp_suite) == (None, None, None)
    assert suite.subset_images == 0
    assert load_settings({"suite": "imagenet"} | MINE).suite == suite


def test_a_suite_like_another_on_its_own_images_takes_nothing_of_its_scale(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({"like": "digits", **MINE}), encoding="utf-8")
    assert load_suite(str(path), {}) == load_suite("digits", MINE)
    entries = {"name": "mine", "title": "Mine", "like": "imagenet", "evaluation_images": 50, **OWN}
    path.write_text(yaml.safe_dump(entries), encoding="utf-8")
    suite, paper = load_suite(str(path), {}), load_suite("imagenet", {})
    assert suite.zoo == paper.zoo, "the models that it names by 'like' are the same"
    assert (suite.data.resize, suite.data.image_size) == (256, 224), "as they need them"
    assert (suite.subset_images, suite.mlp_suite, suite.data.archive) == (0, None, None)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"suite": "imagenet", **OWN}, "must say 'name' and 'title' of its own"),
        ({"suite": "digits", "images": "photographs"}, "'images'.*'digits' does not read it"),
        ({"suite": "digits", "labels": "x", "classes": "y"}, "'labels' and 'classes'"),
        ({"suite": "mnist", "labels": "labels.txt"}, "'labels'.*'mnist' does not read"),
        ({"like": "digits"}, "unknown key 'like': only a suite's own file says it"),
        (
            {"suite": "digits", "dataset": "mnist", "name": "a", "title": "A"},
            "needs a 'training' recipe",
        ),
    ],
)
def test_what_would_come_along_or_be_ignored_is_refused(config, message):
    with pytest.raises(UserError, match=message):
        load_settings(config)


def test_two_suites_of_one_run_do_not_share_a_folder(tmp_path):
    path = tmp_path / "mnist.yaml"
    path.write_text(yaml.safe_dump(MINE | {"name": "mnist"}), encoding="utf-8")
    with pytest.raises(UserError, match=r"'mnist', and both would write into one folder"):
        load_settings({"suite": str(path), "mlp_suite": "mnist"})
    with pytest.raises(UserError, match="results/downloads is for something else"):
        load_settings({"suite": "digits", "name": "downloads"})
