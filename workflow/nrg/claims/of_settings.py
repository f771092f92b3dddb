"""Tests of sentences about how much a setting matters."""

import numpy as np
import pandas as pd

from nrg.analysis.panels import Panel, new_panel
from nrg.claims.contrasts import AXES, CannotTest, Test, chosen, contrast, place, varied
from nrg.claims.verdicts import Found


def sensitive(test: Test, panel: Panel, _: pd.DataFrame) -> Found:
    """How much success varies along an axis is measured by the variance of the rates over its
    points, minus what the chance of a finite number of images adds to it. For every target the test
    is of this variance of the attack that the sentence calls sensitive minus that of the one that
    it sets against it, with an interval and Student's p from the bootstrap over images. The claim
    is supported where it is significantly positive for every target, and contradicted where it is
    significantly negative for one; otherwise it is inconclusive."""
    panel = varied(chosen(test, panel))
    if panel.outcomes is None:
        raise CannotTest("print does not say how rates of the same images vary together")
    spreads: dict[str, dict[str, np.ndarray]] = {}
    for side in ("left", "right"):
        own = panel.cells["exhibit"] == test[side]["exhibit"]
        for target, cells in panel.cells[own].groupby("target", sort=False):
            curve = [
                panel.outcomes[points.index].mean(0) for _, points in cells.groupby(test["axis"])
            ]
            if len(curve) > 1:
                spreads.setdefault(str(target), {})[side] = variation(np.array(curve))
    parts = []
    for target, both in spreads.items():
        if len(both) == 2:
            rows = [
                {
                    "exhibit": test[side]["exhibit"],
                    "method": side,
                    "source": target,
                    "target": target,
                }
                for side in ("left", "right")
            ]
            outcomes = np.array([both["left"], both["right"]], np.float32)
            pair = new_panel(pd.DataFrame(rows), outcomes, panel.units)
            ends = {"exhibit_left": test["left"]["exhibit"], "exhibit": test["right"]["exhibit"]}
            setting = place(ends)
            shown = " → ".join(f"{max(value, 0) ** 0.5:.1f}" for value in pair.values)
            words = {"label": target, "setting": setting, "shown": shown}
            parts.append(contrast(pair, np.array([-1.0, 1.0]), **words))
    if not parts:
        axis = AXES[test["axis"]]
        raise CannotTest(f"there are no two attacks on one target with several values of {axis}")
    axis = AXES[test["axis"]]
    told = "; ".join(f"{part.label} {part.shown}" for part in parts)
    note = f"standard deviation over {axis}, in points, of {told}"
    return Found(parts, "points²", "targets", note)


def exceeds(test: Test, panel: Panel, _: pd.DataFrame) -> Found:
    """What is tested is the mean over images of every cell minus a limit, with an interval and
    Student's p from the bootstrap over images. The claim is supported where every cell is
    significantly above the limit, and contradicted where one is significantly below; otherwise it
    is inconclusive."""
    panel, limit = varied(chosen(test, panel)), test["limit"]
    if panel.outcomes is None:
        raise CannotTest("no such number is printed")
    lowered = new_panel(panel.cells.drop(columns="value"), panel.outcomes - limit, panel.units)
    parts = []
    for place_, row in enumerate(panel.cells.to_dict("records")):
        label = " → ".join(dict.fromkeys([row["source"], row["target"]]))
        weights = np.eye(len(panel.cells))[place_]
        parts.append(contrast(lowered, weights, label=label, setting=place(row)))
    means = ", ".join(f"{value:.2g}" for value in panel.values)
    return Found(parts, f"{test['unit']} from {limit}", "cells", f"the means are {means}")


def variation(curve: np.ndarray) -> np.ndarray:
    """What each image does to the variance of a curve's points, (n,), in squared percent.

    The mean is the variance of the rates, unbiased because an image is only multiplied with others
    (a U-statistic); the spread is that of its error (Hoeffding 1948).

    Args:
        curve: outcomes (points, n); an image with NaN at some point gets NaN.
    """
    found, known = np.full(curve.shape[1], np.nan), ~np.isnan(curve).any(0)
    n = known.sum()
    if n > 1:
        own = curve[:, known] - curve[:, known].mean(0)
        others = own.sum(1, keepdims=True) - own
        products = (own * others).sum(0) / ((n - 1) * (len(curve) - 1))
        found[known] = 2 * products - products.mean()
    return found


KINDS = (sensitive, exceeds)
