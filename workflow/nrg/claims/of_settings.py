"""Tests of sentences about how much a setting matters."""

from typing import Required

import numpy as np
import pandas as pd

from nrg.analysis.arrays import Floats
from nrg.analysis.panels import Panel, new_panel
from nrg.claims.cells import (
    AXES,
    Selection,
    Sides,
    compare_cells,
    require_outcomes,
    require_variation,
    select_cells,
    weigh_means,
)
from nrg.claims.parts import CannotTest, measure_effect
from nrg.claims.verdicts import Findings


class Sensitive(Sides, total=False):
    """Keys: axis, along which success varies; left and right, the exhibit of the attack that the
    sentence calls insensitive, and of the sensitive one."""

    axis: Required[str]


class Exceeds(Selection, total=False):
    """Keys: limit, above which every cell is said to lie, in this unit."""

    limit: Required[float]
    unit: Required[str]


def sensitive(test: Sensitive, panel: Panel, _: pd.DataFrame) -> Findings:
    """How much success varies along an axis is measured by the variance of the rates over its
    points, minus what a finite number of images adds to it by chance. For every target the test is
    of this variance for the attack that the sentence calls sensitive, minus that for the attack
    that it is compared with. The interval and Student's p are from the bootstrap over images. The
    claim is supported if the difference is significantly positive for every target, and
    contradicted if it is significantly negative for one; otherwise it is inconclusive."""
    panel = require_variation(select_cells(test, panel))
    outcomes = require_outcomes(
        panel, "print does not say how rates of the same images vary together"
    )
    variances: dict[str, dict[str, Floats]] = {}
    for side in ("left", "right"):
        of_side = panel.cells["exhibit"] == test[side]["exhibit"]
        for target, cells in panel.cells[of_side].groupby("target", sort=False):
            points = [outcomes[own.index].mean(0) for _, own in cells.groupby(test["axis"])]
            if len(points) > 1:
                variances.setdefault(str(target), {})[side] = compute_variance_terms(
                    np.array(points)
                )
    row = {"exhibit_left": test["left"]["exhibit"], "exhibit": test["right"]["exhibit"]}
    parts = []
    for target, both in variances.items():
        if len(both) == 2:
            sides = pd.DataFrame({"exhibit": list(row.values()), "method": ["left", "right"]})
            terms = np.array([both["left"], both["right"]], np.float32)
            pair = new_panel(sides.assign(source=target, target=target), terms, panel.units)
            shown = " → ".join(f"{max(value, 0) ** 0.5:.1f}" for value in pair.values)
            weights = weigh_means(pair, [1], [0])
            comparison = compare_cells(test, row, target, weights, shown=shown)
            parts.append(measure_effect(pair, comparison))
    axis = AXES[test["axis"]]
    if not parts:
        raise CannotTest(f"there are no two attacks on one target with several values of {axis}")
    deviations = "; ".join(f"{part.label} {part.shown}" for part in parts)
    note = f"standard deviation over {axis}, in points, of {deviations}"
    return Findings(parts, "points²", "targets", note)


def exceeds(test: Exceeds, panel: Panel, _: pd.DataFrame) -> Findings:
    """For every cell the test is of the mean over images minus a limit, with an interval and
    Student's p from the bootstrap over images. The claim is supported if every cell is
    significantly above the limit, and contradicted if one is significantly below; otherwise it is
    inconclusive."""
    panel, limit = require_variation(select_cells(test, panel)), test["limit"]
    outcomes = require_outcomes(panel, "no such number is printed")
    lowered = new_panel(panel.cells, outcomes - limit, panel.units)
    parts = []
    for number, row in enumerate(panel.cells.to_dict("records")):
        label = " → ".join(dict.fromkeys([row["source"], row["target"]]))
        comparison = compare_cells(test, row, label, weigh_means(panel, [number]))
        parts.append(measure_effect(lowered, comparison))
    means = ", ".join(f"{value:.2g}" for value in panel.values)
    return Findings(parts, f"{test['unit']} from {limit}", "cells", f"the means are {means}")


def compute_variance_terms(curve: Floats) -> Floats:
    """What each image contributes to the variance of a curve's points, (n,), in squared percent.

    Their mean is the variance of the rates, unbiased because an image is only multiplied with
    others (a U-statistic); their spread is that of its error (Hoeffding 1948).

    Args:
        curve: outcomes (points, n); an image with NaN at some point gets NaN.
    """
    terms, known = np.full(curve.shape[1], np.nan), ~np.isnan(curve).any(0)
    n = known.sum()
    if n > 1:
        centred = curve[:, known] - curve[:, known].mean(0)
        others = centred.sum(1, keepdims=True) - centred
        products = (centred * others).sum(0) / ((n - 1) * (len(curve) - 1))
        terms[known] = 2 * products - products.mean()
    return terms


KINDS = (sensitive, exceeds)
