"""Attacks as data: names, canonical forms, families."""

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from nrg.attack import balls, boundaries, looks, losses, memories, views
from nrg.base.errors import UserError
from nrg.base.number_text import format_exactly
from nrg.base.resources import WORKFLOW
from nrg.base.yaml_files import read_yaml
from nrg.study.attacks import (
    BALLS,
    LOSSES,
    VARIANTS,
    Attack,
    count_gradients_per_image,
    group_by_gradients,
    name_attacks,
)
from nrg.study.catalogue import build_attack
from nrg.study.pieces import BY_SETTINGS, PIECES, RANGES, WHOLE, make_piece

positive = st.one_of(st.integers(1, 300), st.floats(1e-3, 300))


@st.composite
def pieces(draw, role: str) -> tuple:
    """Up to two pieces of a role, some of whose settings are given."""
    names = draw(st.lists(st.sampled_from(sorted({*PIECES[role]} - {*BY_SETTINGS})), max_size=2))
    whole = positive.map(lambda value: max(1, round(value)))
    values = {key: st.floats(*ends) for key, ends in RANGES.items()} | dict.fromkeys(WHOLE, whole)
    return tuple(
        make_piece(
            role,
            name,
            **{
                key: draw(values.get(key, positive))
                for key in PIECES[role][name].settings
                if draw(st.booleans())
            },
        )
        for name in names
    )


@st.composite
def compositions(draw, **settings) -> Attack:
    """An attack whose pieces fit together."""
    try:
        return Attack(**{key: draw(value) for key, value in settings.items()})
    except UserError:
        reject()


attacks = compositions(
    look=st.just(()) | pieces("look"),
    filter=st.just(()) | pieces("filter"),
    remember=st.just(()) | pieces("remember"),
    ball=st.sampled_from(["linf", "l2"]),
    epsilon=positive,
    steps=st.integers(1, 200),
    alpha=st.none() | positive,
    copies=st.integers(1, 100),
    sigma=st.just(0) | positive,
    loss=st.sampled_from(LOSSES),
    targeted=st.booleans(),
    variant=st.sampled_from(VARIANTS),
)


@given(attacks, attacks)
def test_no_two_attacks_share_a_name(a, b):
    assert (a.name == b.name) == (a == b)


@given(attacks)
def test_a_name_is_a_plain_file_name(attack):
    assert set(attack.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")


@given(positive)
def test_a_printed_number_is_the_number(value):
    assert float(format_exactly(value)) == value


def test_names_read_as_the_paper_writes():
    nr_igsm = Attack("linf", 15, steps=5, alpha=5, copies=20, sigma=15)
    assert nr_igsm.name == "nr-igsm-linf-e15-k5-a5-m20-s15"
    assert Attack("linf", 15).name == "fgsm-linf-e15"
    assert Attack("l2", 15, copies=20, sigma=15).name == "nr-fgm-l2-e15-m20-s15"
    assert Attack("linf", 20, steps=20, alpha=15, targeted=True).name.startswith("targeted-igsm")


def test_without_noise_one_copy_is_enough():
    assert Attack("linf", 15, copies=20, sigma=0) == Attack("linf", 15)


def test_fgsm_is_the_case_of_one_step_of_size_epsilon():
    assert Attack("linf", 15, steps=1, alpha=15) == Attack("linf", 15)


@pytest.mark.parametrize(
    ("look", "remember", "words"),
    [
        (["scaled", "scaled"], [], "'scaled' stands twice"),
        (["scaled", "along"], [], "'along' must come first"),
        (["along", "retreating"], [], "'retreating' must come first"),
        (["ahead"], [], "add 'momentum'"),
        ([{"neighbours": {"ahead": 1}}], ["variance"], "add 'momentum'"),
        (["neighbours"], ["momentum"], "'neighbours' finds two gradients"),
        ([], ["variance"], "neither works without that look"),
        (["neighbours"], ["variance", "relevance"], "makes one"),
        (["neighbours"], ["momentum", "variance"], "'variance' must come first"),
        (["spektrum"], [], "did you mean 'spectrum'"),
        ([{"scaled": {"counts": 5}}], [], "did you mean 'count'"),
        ([{"scaled": {"count": 0}}], [], "a whole number from 1"),
        ([{"scaled": {"count": 2.5}}], [], "a whole number from 1"),
        ([{"uniform": {"radius": -1}}], [], "0 or more"),
        ([{"resized": {"probability": 1.5}}], [], "probability must be from 0 to 1"),
        ([{"resized": {"ratio": 9}}], [], "ratio must be from 0.25 to 4, and is 9"),
        ([{"scaled": {"count": True}}], [], "a whole number from 1, and is True"),
        (["gaussian"], [], "unknown look 'gaussian'"),
        (["clipped"], [], "unknown look 'clipped'"),
        ([{"uniform": {"radius": float("nan")}}], [], "0 or more"),
    ],
)
def test_pieces_that_do_not_fit_are_refused_by_name(look, remember, words):
    with pytest.raises(UserError, match=words):
        build_attack({"ball": "linf", "epsilon": 15, "look": look, "remember": remember})


def test_noisy_copies_are_seen_through_the_other_looks_and_after_a_leading_one():
    entry = {"ball": "linf", "epsilon": 15, "copies": 4, "sigma": 15, "remember": ["variance"]}
    attack = build_attack(entry | {"look": ["neighbours", "scaled"]})
    assert [piece.name for piece in attack.looks] == ["neighbours", "gaussian", "scaled"]
    assert attack.gradients == 21 * 4 * 5


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"epsilon": -1}, "epsilon"),
        ({"epsilon": 0}, "epsilon"),
        ({"epsilon": float("nan")}, "epsilon"),
        ({"sigma": -0.5}, "sigma"),
        ({"alpha": -2}, "alpha"),
        ({"steps": 0}, "steps"),
        ({"copies": 0}, "copies"),
        ({"ball": "linff"}, "linf"),
        ({"loss": "cross-entropi"}, "cross-entropy"),
    ],
)
def test_impossible_attacks_are_refused_by_name(wrong, word):
    with pytest.raises(UserError, match=word):
        Attack(**({"ball": "linf", "epsilon": 15} | wrong))


def test_families_share_gradients():
    fgsm, fgm = Attack("linf", 15), Attack("l2", 15)
    few, many = (Attack("linf", 5, copies=m, sigma=15) for m in (5, 20))
    short, long = (Attack("linf", 15, steps=k, alpha=1) for k in (10, 100))
    other = Attack("linf", 15, steps=10, alpha=5)
    groups = group_by_gradients([fgsm, fgm, few, many, short, long, other, fgsm])
    assert groups == [(fgsm, fgm), (few, many), (short, long), (other,)]
    assert [count_gradients_per_image(group) for group in groups] == [1, 20, 100, 10]


@given(st.lists(attacks, min_size=1, max_size=6, unique=True))
def test_families_keep_every_attack_once(some):
    assert sorted(a.name for group in group_by_gradients(some) for a in group) == sorted(
        a.name for a in some
    )


@given(st.lists(attacks, min_size=1, max_size=4, unique=True), attacks)
def test_a_content_name_changes_with_the_content(some, another):
    if another not in some:
        assert name_attacks(some) != name_attacks([*some, another])


def schema_enum(*path: str) -> set[str]:
    """The names that the schema of exhibits allows at one place."""
    schema = read_yaml(WORKFLOW / "schemas/exhibit.schema.yaml")
    for key in path:
        schema = schema["properties"][key] if key != "*" else schema["additionalProperties"]
    return {*schema["enum"]}


def test_balls_losses_and_variants_are_the_same_in_every_place():
    assert {*BALLS} == {*balls.BALLS} == schema_enum("attacks", "*", "ball")
    assert {*LOSSES} == {*losses.LOSSES} == schema_enum("attacks", "*", "loss")
    assert {*VARIANTS} - {""} == schema_enum("attacks", "*", "variant")
    assert {*VARIANTS} - {""} < {*BY_SETTINGS} < {*PIECES["look"]}


def test_every_piece_has_a_function_and_every_function_a_piece():
    leading = {name for name, kind in PIECES["look"].items() if kind.leads}
    assert leading == {*looks.LEADING}
    assert {*PIECES["look"]} - leading == {*views.VIEWS}
    assert {*PIECES["filter"]} == {*memories.FILTERS}
    assert {*PIECES["remember"]} == {*memories.MEMORIES}


def test_moves_of_boundary_probes_are_those_that_the_schema_allows():
    assert {*boundaries.MOVES} == schema_enum("probe", "move")
