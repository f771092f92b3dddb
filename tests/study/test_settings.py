"""The configuration, its suites and exhibits: what is refused, and by what name."""

import subprocess
from dataclasses import replace

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from nrg.base.errors import UserError
from nrg.base.resources import WORKFLOW
from nrg.base.yaml_files import read_yaml
from nrg.study.attacks import count_gradients_per_image, group_by_gradients
from nrg.study.crafting_jobs import list_jobs, plan_crafting
from nrg.study.exhibits import choose_exhibits, load_exhibits
from nrg.study.methods import Method, scale_attack
from nrg.study.settings import check_words, load_settings, load_suite

PAIR = {"sources": ["squeezenet1_1"], "targets": ["squeezenet1_1", "mobilenet_v2"]}
TWO = {"suite": "imagenet", "zoo": ["squeezenet1_1", "mobilenet_v2"]}


@pytest.mark.parametrize("path", sorted((WORKFLOW / "suites").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_suite_loads_by_its_file_name(path):
    suite = load_suite(path.stem, {})
    assert suite.name == path.stem
    load_exhibits(suite)


def test_the_default_configuration_is_the_embedded_suite():
    config = yaml.safe_load((WORKFLOW.parent / "config.yaml").read_text())
    settings = load_settings(config)
    assert settings.suite.name == "digits"
    assert settings.suite.evaluation_images >= 300
    assert not settings.changed
    assert not settings.suite.paper_setting


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            {"suite": "digits", "exhibitz": "all"},
            r"unknown key 'exhibitz'; did you mean 'exhibits'",
        ),
        ({"suite": "digist"}, r"unknown suite 'digist'; did you mean 'digits'"),
        ({"suite": "mine.yaml"}, "no file mine.yaml"),
        ({"suite": "digits", "evaluation_images": 0}, "evaluation_images: 0 is less than"),
        ({"suite": "digits", "seed": "x"}, "seed: 'x' is not of type"),
        ({"suite": "digits", "zoo": {"a": {"fctory": "x:y"}}}, "unknown key 'zoo.a.fctory'"),
        ({"suite": "digits", "zoo": {"a": {}}}, "the model 'a' has no 'factory'"),
        (
            {"suite": "digits", "overrides": {"table1": {"sources": ["alxnet"]}}},
            "overrides of table1: 'alxnet'; did you mean 'alexnet'",
        ),
        ({"suite": "digits", "name": "../escape"}, "name"),
        ({"suite": "imagenet", "mlp_suite": "imagenet"}, "no section 'mlps'"),
        ({"suite": "mnist"}, "'mnist' has no 'zoo'"),
        ({"suite": "imagenet", "evaluation_images": 100}, "subset_images is 1000"),
        ({"suite": "digits", "zoo": ["resnt34"]}, "'resnt34'; did you mean 'resnet34'"),
        ({"suite": "digits", "zoo": {"a/../b": {}}}, "a/../b"),
        ({"suite": "digits", "zoo_defaults": {"label": "{nme}"}}, r"only \{name\}"),
        (
            {"suite": "imagenet", "zoo_defaults": {"weights": "trained"}},
            "needs a 'training' recipe",
        ),
    ],
)
def test_wrong_configurations_are_refused_by_name(config, message):
    with pytest.raises(UserError, match=message):
        load_settings(config)


def test_values_from_the_command_line_arrive_as_text():
    given = {"suite": "imagenet", "keep_adversarial_sets": "true", "resize": "null", "seed": "3"}
    settings = load_settings(given)
    assert settings.keep_adversarial_sets is True
    assert settings.suite.data.resize is None
    assert settings.seed == 3


def test_only_other_values_count_as_changes():
    same = {"suite": "imagenet", "evaluation_images": 5000, "images": "/x", "labels": "/y"}
    assert load_settings(same).changed == ()
    assert load_settings(same | {"resize": None, "candidates": 10}).changed == (
        "candidates",
        "resize",
    )


def test_the_companion_hears_what_is_meant_for_it():
    mlps = read_yaml(WORKFLOW / "suites/digits.yaml")["mlps"] | {"seeds": 2}
    companion = load_settings({"suite": "digits", "mlps": mlps}).companion
    assert companion.mlps == replace(load_suite("digits", {}).mlps, seeds=2)
    assert list(companion.mlps.replicates) == ["adam-s0", "adam-s1", "sgd-s0", "sgd-s1"]


def test_unknown_exhibits_are_refused_by_name():
    settings = load_settings({"suite": "digits", "exhibits": ["table1", "tabel2"]})
    with pytest.raises(UserError, match=r"unknown exhibit 'tabel2'; did you mean 'table2'"):
        choose_exhibits(load_exhibits(settings.suite), settings)
    with pytest.raises(UserError, match=r"overrides: 'tabel1'"):
        load_exhibits(load_suite("digits", {"overrides": {"tabel1": {}}}))


TABLE = {
    "title": "Mine",
    "kind": "matrix",
    "metric": "top1_success",
    "sources": ["alexnet"],
    "targets": ["resnet34"],
    "attacks": {"fgsm": {"ball": "linf", "epsilon": 15}},
}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"attacks": {"fgsm": {"ball": "linf", "epsilon": -15}}}, r"table9: .*epsilon: -15"),
        ({"attacks": {"fgsm": {"ball": "linf", "epsilon": 15, "sigma": -1}}}, "sigma: -1"),
        ({"attacks": {"fgsm": {"ball": "linf", "epsilon": "x"}}}, "epsilon: 'x'"),
        ({"attacks": {"fgsm": {"ball": "linf", "epsilon": 0.1}}}, "epsilon must be positive"),
        ({"attacks": {"fgsm": {"ball": "linf", "epsilon": float("inf")}}}, "table9: .*inf"),
        ({"attacks": {"fgsm": {"ball": "linf", "sigmma": 1}}}, "did you mean 'sigma'"),
        ({"attacks": {"fgsm": {"ball": "linf"}}}, "epsilon"),
        ({"souces": []}, "unknown key 'souces'; did you mean 'sources'"),
        ({"sources": ["alexnt"]}, "'alexnt'; did you mean 'alexnet'"),
        ({"sources": ["alexnet+"]}, "no ensemble"),
        ({"sources": ["alexnet+alexnet"]}, "no ensemble"),
        ({"images": "al"}, "'al' is not one of"),
        ({"metric": "top2_success"}, "metric"),
    ],
)
def test_a_wrong_exhibit_is_refused_by_name(tmp_path, entry, message):
    (tmp_path / "exhibits.yaml").write_text(yaml.safe_dump({"table9": TABLE | entry}))
    with pytest.raises(UserError, match=message):
        load_exhibits(load_suite("digits", {"overrides": {}}), tmp_path / "exhibits.yaml")


def test_digits_scale_the_papers_pixels_to_whole_ones():
    nr_igsm = load_exhibits(load_suite("digits", {}))["table2"].attacks[1]
    assert nr_igsm.name == "nr-igsm-linf-e40-k5-a13-m20-s40"
    igsm = load_exhibits(load_suite("digits", {}))["table2"].attacks[0]
    assert (igsm.steps, igsm.alpha) == (100, 3)
    assert load_exhibits(load_suite("digits", {}))["table4"].attacks[0].epsilon == 40


def test_axes_span_a_grid_in_the_suites_pixels():
    figure3b = load_exhibits(load_suite("digits", {}))["figure3b"]
    assert len(figure3b.methods) == 30
    assert {dict(method.axes)["epsilon"] for method in figure3b.methods} == {13, 27, 40, 53, 67}
    assert {dict(method.axes)["m"] for method in figure3b.methods} == {1, 5, 10, 20, 50, 100}
    (family,) = group_by_gradients(figure3b.attacks)
    assert count_gradients_per_image(family) == 100, "and not 930"
    figure7 = load_exhibits(load_suite("digits", {}))["figure7"]
    assert sum(map(count_gradients_per_image, group_by_gradients(figure7.attacks))) == 8 * 40, (
        "and not 8 × 75"
    )
    fewer = {"overrides": {"figure3b": {"axes": {"copies": [1, 5], "epsilon": [15]}}}}
    assert len(load_exhibits(load_suite("digits", fewer))["figure3b"].methods) == 2


def test_capacity_leaves_the_targets_family_out():
    exhibits = load_exhibits(load_suite("imagenet", {}))
    assert not [source for source in exhibits["figure6"].sources if "vgg" in source]
    assert len(exhibits["figure9"].sources) == 10


def test_a_restricted_zoo_shows_what_can_be_shown():
    settings = load_settings({"suite": "imagenet", "zoo": ["alexnet", "resnet34"]})
    exhibits = load_exhibits(settings.suite)
    assert exhibits["table1"].sources == ("alexnet", "resnet34")
    assert exhibits["table1"].left_out == ("densenet121", "resnet152", "vgg13_bn", "vgg19_bn")
    assert settings.suite.zoo["alexnet"].family == "alexnet"
    assert settings.changed == ("zoo",)


def test_cosines_between_models_need_two():
    settings = load_settings({"suite": "imagenet", "zoo": ["alexnet", "resnet18"]})
    exhibits = load_exhibits(settings.suite)
    shown = [exhibit.name for exhibit in choose_exhibits(exhibits, settings)]
    assert "reading_shared_component" not in shown
    assert exhibits["reading_noisy_copies"].sources == ("resnet18",)
    assert "reading_noisy_copies" in shown


def test_a_list_of_pixels_is_scaled_like_one():
    suite = load_suite("digits", {})
    probe = load_exhibits(suite)["reading_noisy_copies"].probe
    assert probe.sigmas == (3, 13, 27, 40, 53, 67)
    assert probe.copies == (10,)


def test_a_replaced_zoo_takes_pairs_of_its_own():
    settings = load_settings({**TWO, "overrides": {"table1": PAIR}, "exhibits": ["table1"]})
    exhibits = load_exhibits(settings.suite)
    assert [e.name for e in choose_exhibits(exhibits, settings)] == ["table1"]
    assert exhibits["table1"].targets == ("squeezenet1_1", "mobilenet_v2")
    assert settings.suite.zoo["mobilenet_v2"].factory == "torchvision.models:mobilenet_v2"
    nothing = load_settings({**TWO, "exhibits": ["table1"]})
    with pytest.raises(UserError, match="none of the exhibits table1 can be shown"):
        choose_exhibits(load_exhibits(nothing.suite), nothing)


def test_a_suite_of_the_users_own(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "name: mine\ntitle: Mine\ndataset: digits\nimage_size: 16\nevaluation_images: 10\n"
        "subset_images: 5\nzoo: {net: {factory: 'nrg.models.digits_zoo:plain', weights: trained}}\n"
        "training: {optimiser: sgd, learning_rate: 0.1, epochs: 1, batch: 10}\n"
    )
    assert load_settings({"suite": str(path)}).suite.zoo["net"].label == "net"
    path.write_text("name: mine\ntitle: Mine\ndataset: digits\nimage_size: 16\nzooo: {}\n")
    with pytest.raises(UserError, match=r"mine.yaml: unknown key 'zooo'; did you mean 'zoo'"):
        load_settings({"suite": str(path)})


def test_open_images_meet_the_papers_zoo():
    paper, suite = (load_suite(name, {}) for name in ("imagenet", "imagenetv2"))
    assert suite.zoo == paper.zoo
    assert not suite.paper_setting
    assert suite.evaluation_images < 0.4 * 10_000


def test_a_suite_like_another_differs_only_in_what_it_says(tmp_path):
    path = tmp_path / "mine.yaml"
    entries = {"name": "mine", "title": "Mine", "like": "imagenet", "resize": None}
    entries |= {"zoo": ["alexnet", "vit_b_16"], "zoo_defaults": {"std": [0.5]}}
    path.write_text(yaml.safe_dump(entries))
    mine, paper = load_suite(str(path), {}), load_suite("imagenet", {})
    assert (mine.data.resize, paper.data.resize) == (None, 256)
    assert mine.evaluation_images == paper.evaluation_images
    assert not mine.paper_setting
    assert not mine.note
    assert [model.family for model in mine.zoo.values()] == ["alexnet", "vit_b_16"]
    assert mine.zoo["alexnet"].factory == "torchvision.models:alexnet"
    assert mine.zoo["alexnet"].std == (0.5,)
    again = tmp_path / "again.yaml"
    again.write_text(yaml.safe_dump({"name": "again", "title": "Again", "like": str(path)}))
    assert load_suite(str(again), {"zoo": ["alexnet"]}).zoo == {"alexnet": mine.zoo["alexnet"]}


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"like": "imagnet"}, "unknown suite 'imagnet'; did you mean 'imagenet'"),
        ({"like": 3}, "like: 3 is not of type 'string'"),
        ({"like": "imagenet", "zooo": {}}, "unknown key 'zooo'"),
        ({"like": "imagenet", "title": None}, "title"),
        ({"like": "imagenet", "archive": {"url": "file:///x"}}, "archive"),
    ],
)
def test_a_suite_like_another_is_checked(tmp_path, entries, message):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({"name": "mine", "title": "Mine"} | entries))
    with pytest.raises(UserError, match=message):
        load_suite(str(path), {})


def test_a_suite_is_not_like_itself(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(f"name: mine\ntitle: Mine\nlike: {path}\n")
    with pytest.raises(UserError, match="'like' leads back to this file"):
        load_suite(str(path), {})
    with pytest.raises(UserError, match="unknown key 'like'"):
        load_settings({"suite": "imagenet", "like": "digits"})


@pytest.mark.parametrize("granularity", ["family", "source"])
def test_an_exhibit_of_its_own_batch_changes_no_other_job(granularity):
    exhibits = list(load_exhibits(load_suite("imagenet", {})).values())
    before = plan_crafting(exhibits, granularity)
    attack = scale_attack("new", {"ball": "linf", "epsilon": 8, "copies": 50, "sigma": 15}, 1)
    new = replace(exhibits[0], name="new", batch="new", methods=(Method("nr-fgsm", attack),))
    for position in (0, len(exhibits)):
        after = plan_crafting([*exhibits[:position], new, *exhibits[position:]], granularity)
        assert {key: after[key] for key in before} == before
    assert len(set(list_jobs([new], after)) - set(before.values())) == len(new.sources)


def test_ensembles_meet_the_subset_alone():
    exhibits = load_exhibits(load_suite("digits", {}))
    for job in plan_crafting(exhibits.values(), "source").values():
        assert (job.images == "subset") == ("+" in job.source)


def test_exhibits_share_what_they_have_in_common():
    exhibits = load_exhibits(load_suite("imagenet", {}))
    jobs = plan_crafting(exhibits.values(), "family")
    shared = set.intersection(
        *({*list_jobs([exhibits[name]], jobs)} for name in ("table1", "table5"))
    )
    assert len(shared) == 12, "FGSM and FGM share a gradient, and so do their nr- forms"


@pytest.mark.parametrize(
    ("exhibit", "override", "message"),
    [
        ("table6", {"sources": ["noise"]}, "noise' is for random attacks only"),
        ("table6", {"targets": ["resnet18+resnet34"]}, "targets.0"),
        ("figure5", {"probe": {"pionts": 5}}, "unknown key 'probe.pionts'; did you mean 'points'"),
        ("figure5", {"sources": ["resnet18+resnet34"]}, "sources.0"),
        ("figure4", {"sources": ["resnet18", "resnet34"]}, "sources"),
        ("figure4", {"metric": "top1_success"}, "metric: 'destruction_rate' was expected"),
        ("table4", {"metric": "targeted_top1_success"}, "metric: 'targeted_top1_success' is not"),
        ("figure6", {"targets": ["resnet18", "resnet34"]}, "targets"),
        ("figure3b", {"axes": {"copies": [2.5]}}, "2.5 is not of type 'integer'"),
        ("figure1b", {"probe": {"copies": [0]}}, "probe.copies.0"),
        ("figure1b", {"probe": {"copies": [10, 100]}}, "probe.copies"),
        ("reading_components", {"probe": {"copies": [10, 100]}}, "probe.copies"),
        ("reading_noisy_copies", {"probe": {"copies": [1]}}, "probe.copies.0"),
    ],
)
def test_an_override_that_its_kind_cannot_show_is_refused(exhibit, override, message):
    with pytest.raises(UserError, match=message):
        load_exhibits(load_suite("digits", {"overrides": {exhibit: override}}))


def test_a_capacity_exhibit_leaves_out_ensembles_with_the_targets_family():
    sources = ["resnet18+vgg11_bn", "resnet18+alexnet", "resnet34"]
    suite = load_suite("digits", {"overrides": {"figure6": {"sources": sources}}})
    assert load_exhibits(suite)["figure6"].sources == ("resnet18+alexnet", "resnet34")


def test_a_network_is_trained_only_on_a_data_set_with_training_images():
    recipe = {"optimiser": "sgd", "learning_rate": 0.1, "epochs": 1, "batch": 8}
    zoo = {"mine": {"factory": "nrg.models.mlps:build_mlp", "weights": "trained"}}
    with pytest.raises(UserError, match="'mine' is to be trained, and imagenet has no training"):
        load_suite("imagenet", {"zoo": zoo, "training": recipe})


@pytest.mark.parametrize("name", ["resnet18", "noise"])
def test_an_added_model_takes_no_name_that_is_taken(name):
    model = {"factory": "my_models:mine", "weights": "mine.pth"}
    with pytest.raises(UserError, match=f"the name '{name}' is taken"):
        load_suite("imagenet", {"add_models": {name: model}})


def test_text_stays_text_where_the_schema_asks_for_it():
    model = {"label": "2 {name}", "family": "1", "minimum_accuracy": "50", "joint": "false"}
    config = {"suite": "digits", "zoo_defaults": {"label": "{name} (mine)"}}
    settings = load_settings({**config, "add_models": {"mine": {**model, "factory": "a:b"}}})
    mine = settings.suite.zoo["mine"]
    assert (mine.label, mine.family) == ("2 mine", "1")
    assert (mine.minimum_accuracy, mine.joint) == (50, False)
    assert settings.suite.zoo["alexnet"].label == "alexnet (mine)"


@settings(deadline=None)
@given(st.text(st.sampled_from("ab =$`'\"\\!()\n"), max_size=12))
def test_what_a_scheduler_s_shell_would_change_is_refused(word):
    try:
        check_words([word])
    except UserError:
        return
    shell = subprocess.run(["sh", "-c", f"printf %s {word!r}"], capture_output=True, text=True)
    assert shell.stdout == word


def test_usual_settings_may_be_said_to_a_cluster():
    check_words(
        ["suite=imagenet", "exhibits=[table1,table2]", "images=/data/a b", "title=$(x) `y`"]
    )
    check_words(["exhibits=['table1']", "title=it's"])


def test_values_that_are_the_same_whole_pixels_are_one_point():
    axes = {
        "figure3a": {"axes": {"sigma": [1, 1.2, 5]}},
        "figure3b": {"axes": {"epsilon": [5, 5.01]}},
    }
    suite = load_settings({"suite": "digits", "overrides": axes}).suite
    exhibits = load_exhibits(suite)
    assert [m.attack.sigma for m in exhibits["figure3a"].methods if m.name == "nr-fgsm"] == [3, 13]
    for name in axes:
        methods = exhibits[name].methods
        assert len(set(methods)) == len(methods)
