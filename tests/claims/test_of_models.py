"""Tests of models' families, sizes, errors and depths, on simulated data whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from claim_panels import (
    FAMILIES,
    MODELS,
    RANKED,
    ZOO,
    depth_panel,
    draw_panel,
    family_panel,
    source_panel,
    target_panel,
    verdict,
)
from nrg.analysis.panels import new_panel
from nrg.claims.cells import weigh_targets
from nrg.claims.kinds import judge
from nrg.claims.parts import CannotTest


def test_kinship_is_not_mistaken_for_size():
    """Every rank of size costs a point, but kin fall to each other's attacks anyway."""
    random = np.random.default_rng(0)
    rows = [
        ({"source": s, "target": t}, 95 if FAMILIES["family"][s] == family else 50 - place)
        for s in MODELS[:4]
        for place, (t, family) in enumerate(FAMILIES["family"].items())
    ]
    rows = [(cell, rate + random.normal(0, 0.2)) for cell, rate in rows]
    (part,) = judge(
        [{"kind": "target_size", "box": "black"}], draw_panel(rows, n=5000), RANKED
    ).parts
    assert part.effect > 0.9, "plus agrees with the sentence"
    targets, weights = weigh_targets(draw_panel(rows), FAMILIES["family"])
    own = draw_panel(rows).cells
    for target, used in zip(targets, weights != 0, strict=True):
        kin = own["target"].map(FAMILIES["family"]) == own["source"].map(FAMILIES["family"])
        assert not (used & kin & (own["target"] == target)).any()


def test_error_and_size_that_go_together_cannot_be_told_apart():
    """As in the published networks: within every family the larger one errs less."""
    models = RANKED.assign(top1_error=30 - RANKED["parameters"])
    test = {"kind": "capacity", "box": "black"}
    told = "cannot be told apart there, and there are only 5 fam.*, where there is no p, Spearman’s"
    with pytest.raises(CannotTest, match=told):
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
def test_a_recipe_without_seeds_is_reported_and_not_counted():
    panel = depth_panel(20)
    both = pd.concat([panel.cells, panel.cells.assign(optimiser="sgd")], ignore_index=True)
    outcomes = np.concatenate([panel.outcomes, panel.outcomes * np.nan])
    found = judge(
        [{"kind": "shallow_versus_deep", "box": "black"}],
        new_panel(both, outcomes, panel.units),
        RANKED,
    )
    assert (found.verdict, len(found.parts)) == ("supported", 1)
    assert "1 more has no image" in found.notes[-1]
