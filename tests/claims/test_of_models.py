"""Tests of models' families, sizes, errors and depths, on made data whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from claim_panels import FAMILIES, MODELS, VERDICTS, ZOO, made, two_methods, verdict
from nrg.analysis.panels import new_panel
from nrg.claims.contrasts import CannotTest, target_means
from nrg.claims.kinds import judge
from nrg.claims.of_models import KINDS


def family_panel(own: float, other: float):
    rates = [
        ({"source": s, "target": t}, own if s[:3] == t[:3] else other)
        for s in MODELS
        for t in MODELS
        if s != t
    ]
    return made(rows=rates)


def zoo_models(**columns) -> pd.DataFrame:
    return FAMILIES.assign(**{name: list(values) for name, values in columns.items()})


# Within families of 1, 4, 5, 1 and 4 models, error and size are not correlated.
WITHIN = [1, *(2, 4, 1, 3), *(2, 5, 3, 1, 4), 1, *(2, 4, 1, 3)]
RANKED = zoo_models(parameters=np.arange(15), top1_error=WITHIN)


def target_panel(slope: float):
    """Success on a target of the zoo that changes with its place, hence its parameters."""
    rows = [
        ({"source": s, "target": t}, 50 + slope * place)
        for s in MODELS[:3]
        for place, t in enumerate(ZOO)
    ]
    return made(rows, n=800)


def source_panel(slope: float, models: pd.DataFrame = RANKED):
    """Success from a source of the zoo that falls or rises with error and with parameters."""
    values = slope * (models["parameters"] + models["top1_error"] - 10)
    rows = [({"source": s, "target": "t"}, 50 + v) for s, v in values.items()]
    return made(rows, n=5000)


def depth_panel(difference: float, seeds: int = 5):
    names = ["mlp_d1", "mlp_d3", "mlp_d9"]
    cells = [
        {"exhibit": "e", "method": "fgsm", "source": s, "target": t, "optimiser": "adam"}
        for s in names
        for t in names
    ]
    random = np.random.default_rng(0)
    rates = [50 + difference * (cell["source"] == "mlp_d1") for cell in cells]
    outcomes = np.array(rates)[:, None] + 4 * random.standard_normal((len(cells), seeds))
    return new_panel(pd.DataFrame(cells), outcomes, [str(k) for k in range(seeds)])


def worst_panel(rate: float):
    return made(
        [({"source": s, "target": t}, rate if s == "a" else 50) for s in "abc" for t in "abcd"]
    )


CASES = [
    ({"kind": "kinship", "box": "black", "named": "vgg"}, family_panel(70, 40), "supported"),
    ({"kind": "kinship", "box": "black", "named": "vgg"}, family_panel(40, 60), "contradicted"),
    ({"kind": "kinship", "box": "black", "named": "vgg"}, family_panel(50, 50), "inconclusive"),
    ({"kind": "kinship", "box": "black", "named": "vgg"}, two_methods((3, 9)), "not run"),
    ({"kind": "target_size", "box": "black"}, target_panel(-3), "supported"),
    ({"kind": "target_size", "box": "black"}, target_panel(3), "contradicted"),
    ({"kind": "target_size", "box": "black"}, target_panel(0), "inconclusive"),
    ({"kind": "target_size", "box": "black"}, family_panel(70, 40), "not run"),
    ({"kind": "capacity", "box": "black"}, source_panel(-2), "supported"),
    ({"kind": "capacity", "box": "black"}, source_panel(2), "contradicted"),
    ({"kind": "capacity", "box": "black"}, source_panel(0), "inconclusive"),
    ({"kind": "capacity", "box": "black"}, two_methods((3, 9)), "not run"),
    ({"kind": "shallow_versus_deep", "box": "black"}, depth_panel(20), "supported"),
    ({"kind": "shallow_versus_deep", "box": "black"}, depth_panel(-20), "contradicted"),
    ({"kind": "shallow_versus_deep", "box": "black"}, depth_panel(20, seeds=1), "inconclusive"),
    (
        {"kind": "shallow_versus_deep", "box": "black"},
        depth_panel(20).only(np.arange(9) < 2),
        "not run",
    ),
    ({"kind": "worst_source", "box": "black", "named": "a"}, worst_panel(20), "supported"),
    ({"kind": "worst_source", "box": "black", "named": "a"}, worst_panel(80), "contradicted"),
    ({"kind": "worst_source", "box": "black", "named": "a"}, worst_panel(50), "inconclusive"),
    ({"kind": "worst_source", "box": "black", "named": "x"}, worst_panel(20), "not run"),
]


@pytest.mark.parametrize(("test", "panel", "expected"), CASES)
def test_every_kind_comes_to_every_verdict(test, panel, expected):
    assert verdict(test, panel, RANKED) == expected


def test_the_cases_are_of_every_kind_and_verdict():
    seen = {(test["kind"], expected) for test, _, expected in CASES}
    assert seen == {(kind.__name__, verdict) for kind in KINDS for verdict in VERDICTS}


def test_kinship_is_not_mistaken_for_size():
    """Every rank of size costs a point, but kin fall to each other's attacks anyway."""
    random = np.random.default_rng(0)
    rows = [
        ({"source": s, "target": t}, 95 if FAMILIES["family"][s] == family else 50 - place)
        for s in MODELS[:4]
        for place, (t, family) in enumerate(FAMILIES["family"].items())
    ]
    rows = [(cell, rate + random.normal(0, 0.2)) for cell, rate in rows]
    (part,) = judge([{"kind": "target_size", "box": "black"}], made(rows, n=5000), RANKED).parts
    assert part.effect < -0.9
    targets, weights = target_means(made(rows), FAMILIES["family"])
    own = made(rows).cells
    for target, used in zip(targets, weights != 0, strict=True):
        kin = own["target"].map(FAMILIES["family"]) == own["source"].map(FAMILIES["family"])
        assert not (used & kin & (own["target"] == target)).any()


def test_error_and_size_that_go_together_cannot_be_told_apart():
    """As in the published networks: within every family the larger one errs less."""
    models = RANKED.assign(top1_error=30 - RANKED["parameters"])
    test = {"kind": "capacity", "box": "black"}
    with pytest.raises(CannotTest, match="cannot be told apart there, and there are only 5 fam"):
        judge([test], source_panel(-2, RANKED), models)
    with pytest.raises(CannotTest, match="over all sources, of which that allows no p, Spearman's"):
        judge([test], source_panel(-2, RANKED), models)


def test_families_of_one_cannot_be_tested():
    models = RANKED.assign(family=ZOO)
    with pytest.raises(CannotTest, match="too few models for any order to be significant"):
        judge([{"kind": "capacity", "box": "black"}], source_panel(-2), models)


def test_every_p_says_what_it_is_over():
    size = judge([{"kind": "target_size", "box": "black"}], target_panel(-3), RANKED).parts[0]
    assert size.over.startswith("p: models within families")
    assert size.n == 13, "models, of which its interval is not"
    depth = judge([{"kind": "shallow_versus_deep", "box": "black"}], depth_panel(20), RANKED).parts[
        0
    ]
    assert depth.over == "seeds of training; images and depths held fixed"
    kin = {"kind": "kinship", "box": "black", "named": "vgg"}
    assert judge([kin], family_panel(70, 40), RANKED).parts[0].over == "images; models held fixed"


@pytest.mark.parametrize("known", [["family"], ["family", "parameters"], ["family", "top1_error"]])
def test_without_sizes_or_errors_there_is_no_regression(known):
    assert (
        verdict({"kind": "capacity", "box": "black"}, source_panel(-2), RANKED[known]) == "not run"
    )


@pytest.mark.filterwarnings("error")
def test_a_recipe_without_seeds_is_told_and_not_counted():
    panel = depth_panel(20)
    cells = panel.cells.drop(columns=["value", "white"])
    both = pd.concat([cells, cells.assign(optimiser="sgd")], ignore_index=True)
    outcomes = np.concatenate([panel.outcomes, panel.outcomes * np.nan])
    found = judge(
        [{"kind": "shallow_versus_deep", "box": "black"}],
        new_panel(both, outcomes, panel.units),
        RANKED,
    )
    assert (found.verdict, len(found.parts)) == ("supported", 1)
    assert "of 1 more there is no image" in found.notes[-1]
