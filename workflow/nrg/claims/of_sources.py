"""Tests of sentences about what a source's adversarial examples are good for."""

import numpy as np
import pandas as pd

from nrg.analysis.panels import Panel
from nrg.claims.cells import (
    Selection,
    compare_cells,
    require_outcomes,
    require_variation,
    select_cells,
    weigh_means,
)
from nrg.claims.of_models import Named
from nrg.claims.parts import CannotTest, measure_effect
from nrg.claims.verdict_texts import label_mean
from nrg.claims.verdicts import Findings


def consistent(test: Named, panel: Panel, models: pd.DataFrame) -> Findings:
    """For every method and target the test is of the rate of the source that the sentence names,
    minus the mean rate of the other sources on that target. Sources of the target's own family are
    left out. The interval and p are from the bootstrap over images. The claim is supported if the
    source is significantly higher on every target with every method, and contradicted if it is
    significantly lower on one; otherwise it is inconclusive."""
    panel, name = require_variation(select_cells(test, panel)), test["named"]
    family = models["family"].to_dict()
    parts = []
    groups = panel.cells.groupby(["exhibit", "method", "target"], sort=False)
    for (exhibit, method, target), cells in groups:
        kin = cells["source"].map(family).to_numpy() == family.get(target)
        named = cells.index[cells["source"] == name]
        others = cells.index[(cells["source"] != name) & ~kin]
        if family.get(name) == family.get(target) or not len(named) or not len(others):
            continue
        label, weights = f"{name} → {target}", weigh_means(panel, named, others)
        comparison = compare_cells(test, {"exhibit": exhibit}, label, weights, [str(method)])
        parts.append(measure_effect(panel, comparison))
    if not parts:
        raise CannotTest(f"{name} is not a source here, or the only one of another family")
    return Findings(parts, noun="cells")


def surer(test: Selection, panel: Panel, _: pd.DataFrame) -> Findings:
    """Take two images that fool their source, of which only one transfers. The test is of how often
    this is the one of whose wrong label the source is surer. For each method the mean of this share
    over black-box pairs, minus one half, is tested, with an interval and a p from the bootstrap
    over images. The claim is supported if the mean is significantly positive with every method, and
    contradicted if it is significantly negative with one; otherwise it is inconclusive. Images
    differ in more than confidence, so this does not show a cause."""
    panel = select_cells(test, panel)
    outcomes = require_outcomes(panel, "confidences are not printed")
    known = ~np.isnan(panel.values)
    if not known.any():
        raise CannotTest("too few images fool a source and transfer, or fool it and do not")
    values = panel.cells.assign(value=panel.values - 50)
    from_half = Panel(values, outcomes - 50, panel.units).only(known)
    parts = []
    for (exhibit, method), cells in from_half.cells.groupby(["exhibit", "method"], sort=False):
        label, weights = label_mean(len(cells)), weigh_means(from_half, cells.index)
        comparison = compare_cells(test, {"exhibit": exhibit}, label, weights, [str(method)])
        parts.append(measure_effect(from_half, comparison))
    return Findings(parts, "points from 50 %", "methods")


KINDS = (consistent, surer)
