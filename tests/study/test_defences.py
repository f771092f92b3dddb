"""Defences as part of a target's name, and targets that have one."""

import pytest
from nrg.base.errors import UserError
from nrg.data import transformations
from nrg.study.defences import FORMS, TRANSFORMATIONS, Defence, model_behind, read_defence
from nrg.study.exhibits import choose_exhibits, label_sources, load_exhibits
from nrg.study.guests import invite_guests
from nrg.study.settings import load_settings, load_suite
from nrg.study.sources import is_white_box, list_members

PAIR = ["alexnet", "resnet34"]


def with_target(target):
    return {"suite": "digits", "overrides": {"table1": {"targets": ["alexnet", target]}}}


def invited(config):
    settings = load_settings(config)
    chosen = choose_exhibits(load_exhibits(settings.suite), settings)
    return invite_guests(settings, chosen).suite


@pytest.mark.parametrize(
    ("target", "defence"),
    [
        ("resnet50", None),
        ("resnet50~jpeg75", Defence("jpeg", 75)),
        ("vit_b_16~bits3", Defence("bits", 3)),
        ("resnet50~resized25", Defence("resized", 25)),
        ("resnet50~smoothed2.5x16", Defence("smoothed", 2.5, 16)),
    ],
)
def test_a_target_s_name_says_its_model_and_its_defence(target, defence):
    assert read_defence(target) == defence
    assert model_behind(target) in ("resnet50", "vit_b_16")


def test_the_noise_of_smoothing_has_the_suite_s_scale_and_nothing_else_has():
    assert read_defence("a~smoothed15x16", 8 / 3) == Defence("smoothed", 40, 16)
    assert read_defence("a~jpeg75", 8 / 3) == Defence("jpeg", 75)


def test_noise_that_the_scale_rounds_away_is_refused_with_the_exhibit():
    overrides = {"table1": {"targets": ["alexnet~smoothed0.1x16"]}}
    suite = load_suite("digits", {"overrides": overrides})
    with pytest.raises(UserError, match=r"table1: 'alexnet~smoothed0.1x16': .* its σ becomes 0"):
        load_exhibits(suite)


def test_every_form_is_written_as_its_example_and_every_transformation_is_there():
    for kind, form in FORMS.items():
        defence = read_defence(f"a~{form.example}")
        assert defence.kind == kind
        assert form.describe(defence)
    assert {*TRANSFORMATIONS.values()} <= {*transformations.TRANSFORMATIONS}


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("resnet34~jpg75", r"unknown defence of 'resnet34~jpg75': 'jpg'; did you mean 'jpeg'\?"),
        ("resnet34~", "^overrides of table1: unknown defence of 'resnet34~'"),
        ("resnet34~jpeg", "'resnet34~jpeg': the defence 'jpeg' is written like jpeg75"),
        ("resnet34~jpeg075", "the defence 'jpeg' is written like jpeg75"),
        ("resnet34~resized", "the defence 'resized' is written like resized10"),
        ("resnet34~smoothed10.0x16", "the defence 'smoothed' is written like smoothed10x16"),
        ("resnet34~jpeg75~bits3", "the defence 'jpeg' is written like jpeg75"),
        ("resnet34~jpeg0", "the number of 'jpeg' must be from 1 to 100, and is 0"),
        ("resnet34~jpeg７５", "the defence 'jpeg' is written like jpeg75"),
        ("resnet34~bits9", "the number of 'bits' must be from 1 to 7"),
        ("resnet34~smoothed15", "the defence 'smoothed' is written like smoothed10x16"),
        ("resnet34~smoothed15x5", "smoothing asks about 6 to 10,000 copies"),
        ("resnet43~jpeg75", "unknown model in overrides of table1: 'resnet43'; did you mean"),
    ],
)
def test_what_is_no_defence_of_a_model_is_refused_when_settings_are_read(target, message):
    with pytest.raises(UserError, match=message):
        load_settings(with_target(target))


def test_a_source_has_no_defence():
    message = "^overrides of table1: the source 'alexnet~jpeg75': a defence is a target's"
    with pytest.raises(UserError, match=message):
        load_suite("digits", {"overrides": {"table1": {"sources": ["alexnet~jpeg75"]}}})


def test_exhibits_that_look_at_models_alone_refuse_one():
    suite = load_suite("digits", {"overrides": {"figure1b": {"targets": ["resnet34~bits3"]}}})
    with pytest.raises(UserError, match=r"figure1b: the target 'resnet34~bits3'.*success rates"):
        load_exhibits(suite)


def test_it_is_a_guest_with_the_weights_of_its_model():
    suite = invited(with_target("resnet34~jpeg75"))
    guest = suite.zoo["resnet34~jpeg75"]
    assert "resnet34~jpeg75" in suite.guests.keys() & suite.scored_together.keys()
    assert "resnet34~jpeg75" not in suite.guests_together
    assert guest.family == "resnet"
    assert guest.label == "resnet34 behind JPEG 75 (scaled down)"
    assert "resnet34~jpeg75" not in suite.networks.keys() | suite.residents.keys()


def test_it_brings_the_guest_that_stands_behind_it():
    suite = invited(with_target("vit~bits3"))
    assert {"vit", "vit~bits3"} <= {*suite.guests}


def test_it_is_left_out_with_a_model_that_the_run_leaves_out(tmp_path):
    (tmp_path / "fewer.yaml").write_text(
        "like: digits\nname: fewer\ntitle: Fewer\nzoo: [alexnet, vgg13_bn]\n"
        "overrides: {table1: {targets: [alexnet, resnet34~jpeg75]}}\n"
    )
    settings = load_settings({"suite": str(tmp_path / "fewer.yaml"), "exhibits": ["table1"]})
    table1 = load_exhibits(settings.suite)["table1"]
    assert table1.targets == ("alexnet",)
    assert "resnet34~jpeg75" in table1.left_out


def test_the_network_behind_it_is_no_black_box():
    assert is_white_box("resnet34", "resnet34~jpeg75")
    assert is_white_box("alexnet+resnet34", "resnet34~jpeg75")
    assert not is_white_box("alexnet", "resnet34~jpeg75")
    assert list_members("alexnet+resnet34") == PAIR


def test_its_label_is_printed_for_it():
    suite = invited(with_target("resnet34~smoothed15x16"))
    label = label_sources([], suite)["resnet34~smoothed15x16"]
    assert label == "resnet34 behind smoothing (σ 40, 16 copies) (scaled down)"
