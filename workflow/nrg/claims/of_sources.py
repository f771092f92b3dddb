"""Tests of sentences about what a source's adversarial examples are good for."""

import numpy as np
import pandas as pd

from nrg.analysis.panels import Panel
from nrg.claims.contrasts import CannotTest, Test, chosen, contrast, place, varied
from nrg.claims.verdicts import Found


def consistent(test: Test, panel: Panel, models: pd.DataFrame) -> Found:
    """For every method and target the test is of the rate of the source that the sentence names
    minus the mean rate of the other sources on that target, those of the target's own family left
    out, with an interval and a p from the bootstrap over images. The claim is supported where it is
    significantly higher on every target with every method, and contradicted where it is
    significantly lower on one; otherwise it is inconclusive."""
    panel, name, family = varied(chosen(test, panel)), test["named"], models["family"]
    parts = []
    for (exhibit, method, target), cells in panel.cells.groupby(
        ["exhibit", "method", "target"], sort=False
    ):
        kin = family.reindex(cells["source"]).eq(family.get(target)).to_numpy()
        mine = cells.index[cells["source"] == name]
        others = cells.index[(cells["source"] != name) & ~kin]
        if family.get(name) == family.get(target) or not len(mine) or not len(others):
            continue
        weights = np.zeros(len(panel.cells))
        weights[mine], weights[others] = 1, -1 / len(others)
        words = {"label": f"{name} → {target}", "setting": place({"exhibit": exhibit}, method)}
        parts.append(contrast(panel, weights, **words))
    if not parts:
        raise CannotTest(f"{name} is not a source here, or the only one of another family")
    return Found(parts, noun="cells")


def surer(test: Test, panel: Panel, _: pd.DataFrame) -> Found:
    """Of any two images that fool their source and of which only one transfers, the test asks how
    often that is the one whose wrong label the source is surer of. For each method it takes the
    mean of this share over black-box pairs, minus one half, with an interval and a p from the
    bootstrap over images. The claim is supported where it is significantly positive with every
    method, and contradicted where it is significantly negative with one; otherwise it is
    inconclusive. Images differ in more than confidence."""
    panel = chosen(test, panel)
    if panel.outcomes is None:
        raise CannotTest("confidences are not printed")
    known = ~np.isnan(panel.values)
    if not known.any():
        raise CannotTest("too few images fool a source and transfer, or fool it and do not")
    panel = panel.only(known)
    halved = Panel(panel.cells.assign(value=panel.values - 50), panel.outcomes - 50, panel.units)
    parts = []
    for (exhibit, method), cells in panel.cells.groupby(["exhibit", "method"], sort=False):
        weights = np.zeros(len(panel.cells))
        weights[cells.index] = 1 / len(cells)
        label, setting = f"mean of {len(cells)} pairs", place({"exhibit": exhibit}, method)
        parts.append(contrast(halved, weights, label=label, setting=setting))
    return Found(parts, "points from one half", "methods")


KINDS = (consistent, surer)
