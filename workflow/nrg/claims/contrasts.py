"""Comparisons of cells: which cells a test compares, and what their difference is.

Every comparison is a weighted sum of cells, so one function gives its effect, interval and p.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from nrg.analysis import statistics
from nrg.analysis.panels import Panel, new_panel
from nrg.study.exhibits import exhibit_label, method_label
from nrg.study.sources import members

KEYS = ["exhibit", "method", "source", "target"]
AXES = {"sigma": "σ", "epsilon": "ε", "m": "m", "alpha": "α", "steps": "k"} | {
    axis: "" for axis in ("transformation", "strength", "optimiser")
}
# With 10 images the place of a flat curve's peak contradicts a sentence in 7 % of simulations; with
# 20, in 2 %.
FEWEST = 20
SINGLE = 1e-6  # how far, relative to their scale, sums in single precision may be off
OVER_IMAGES = (
    "images; models held fixed"  # what an interval and a p are over, unless a kind says more
)
Test = Mapping[str, Any]  # kind, and what else its function reads: workflow/resources/claims.yaml


class CannotTest(Exception):
    """Why a setting does not allow a test, in words."""


@dataclass(frozen=True)
class Part:
    """One comparison.

    Attributes:
        effect: in the unit of its test.
        direction: the sign that the sentence gives the effect; 0 if it gives none.
        shown: the numbers compared, for a reader.
        n: units compared; of the cell that has the fewest, where they have not all the same ones.
        over: what p and interval are over, and what is held fixed; empty for printed numbers.
        p, p_holm: of no effect; p_holm among all parts of the claim that p decides.
        draws: the effect in every resample of the units.
        low, high: its 95 % interval, in this unit.
        agrees: whether it is as the sentence says, where the sign of the effect does not say it.
        verdict: decided by the kind of test; else by p_holm and the sign.
        facts: what else the ledger keeps of it, as plain values by name.
        later: of a kind that decides by a rule of its own, what it would come to with so many times
            as many units and this effect: −1, 0 or 1, one value, or one per imagined run.
    """

    label: str
    setting: str
    effect: float
    direction: int = 1
    shown: str = ""
    n: int | None = None
    p: float = np.nan
    draws: np.ndarray | None = None
    low: float = np.nan
    high: float = np.nan
    p_holm: float = np.nan
    agrees: bool | None = None
    verdict: str = ""
    over: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    later: Callable[[float], Any] | None = None

    @property
    def holds(self) -> bool:
        return self.effect * self.direction > 0 if self.agrees is None else self.agrees


def chosen(test: Test, panel: Panel) -> Panel:
    """The cells that a test speaks of: black or white box, where, and what it leaves out."""
    cells = panel.cells
    keep = cells["shown"].to_numpy(bool) | test.get("zoo", False)
    if "box" in test:
        keep = keep & (cells["white"].to_numpy(bool) == (test["box"] == "white"))
    for column, values in test.get("where", {}).items():
        keep = keep & cells[column].isin(values).to_numpy()
    for column, values in test.get("leave_out", {}).items():
        keep = keep & ~cells[column].isin(values).to_numpy()
    if not keep.any():
        raise CannotTest("this run has none of the cells that the sentence speaks of")
    return panel.only(keep)


def varied(panel: Panel) -> Panel:
    """The panel.

    Raises:
        CannotTest: nothing in it can differ.
    """
    known = panel.values if panel.outcomes is None else panel.outcomes[~np.isnan(panel.outcomes)]
    if known.size == 0 or known.min() == known.max():
        raise CannotTest("every image has the same outcome in every cell, so nothing can differ")
    return panel


def many(panel: Panel) -> Panel:
    """The panel.

    Raises:
        CannotTest: it has too few images for resamples of them to say where a curve is highest, or
            which way most pairs differ.
    """
    if panel.outcomes is not None and len(panel.units) < FEWEST:
        raise CannotTest(f"there are only {len(panel.units)} images, and it takes {FEWEST}")
    return panel


def place(row: Mapping[str, Any], *methods: str) -> str:
    """Where a cell lies: "Figure 4, FGSM → nr-FGSM, rotation, 5"."""
    exhibits = [exhibit_label(row[end]) for end in ("exhibit_left", "exhibit") if end in row]
    axes = [(AXES[axis], row[axis]) for axis in AXES if axis in row and not pd.isna(row[axis])]
    words = [f"{s} {v:g}" if isinstance(v, float | int) else v.replace("_", " ") for s, v in axes]
    named = " → ".join(map(method_label, dict.fromkeys(methods)))
    return ", ".join(filter(None, [" and ".join(exhibits), named, *map(str.strip, words)]))


def contrast(panel: Panel, weights: np.ndarray, **words: Any) -> Part:
    """A weighted sum of cells (cells,), with the exact p where it is one cell of yes or no minus
    another on the same images, that of two rates where they are on different ones, and else that
    of its resamples.

    Of printed rates, without n: their p takes cells for independent, because the paper prints no
    images. That is cautious as long as two cells of the same images do not vary against each other.
    """
    used = weights != 0
    effect = float(panel.values[used] @ weights[used])
    draws = None if panel.draws is None else panel.draws[:, used] @ weights[used]
    effect, draws = unrounded(effect, draws, np.abs(panel.values[used]).max(initial=0))
    if panel.outcomes is None:
        p = np.nan if draws is None else statistics.resampled_p(effect, draws)
        return Part(effect=effect, p=p, draws=draws, **words)
    outcomes = panel.outcomes[used]
    missing = np.isnan(outcomes)
    n = int((~missing).sum(1).min(initial=len(panel.units)))
    binary = np.isin(outcomes, (0, 100)) | missing
    if sorted(weights[used]) != [-1, 1] or not binary.all():
        p = statistics.resampled_p(effect, draws, n)
    elif (missing[0] == missing[1]).all():
        p = float(statistics.sign_test(weights[used] @ outcomes))
    else:
        p = statistics.rates_p(*outcomes[np.argsort(weights[used])])
    return Part(effect=effect, n=n, p=p, draws=draws, **({"over": OVER_IMAGES} | words))


def unrounded(
    effect: float, draws: np.ndarray | None, scale: float
) -> tuple[float, np.ndarray | None]:
    """An effect and its resamples without what rounding adds, for else equal cells would seem to
    differ, by a little and for certain.

    Args:
        scale: the largest of the values that were added up.
    """
    effect = 0.0 if abs(effect) <= 1e-9 * scale else effect
    if draws is not None:
        for exact in (effect, 0.0):
            draws = np.where(abs(draws - exact) <= SINGLE * scale, exact, draws)
    return effect, draws


def pairs(test: Test, panel: Panel) -> pd.DataFrame:
    """Cells on the left and the right that agree in all but what the test tells apart."""
    cells = panel.cells.drop(columns=["value", "shown", "white", "gradients"], errors="ignore")
    sides = []
    for side in ("left", "right"):
        own = np.logical_and.reduce([cells[key] == value for key, value in test[side].items()])
        sides.append(cells[own].assign(**{side: np.flatnonzero(own)}))
    keys = [c for c in cells if c not in test["left"]]
    left = sides[0].rename(columns={c: f"{c}_left" for c in test["left"]})
    found = left.merge(sides[1], on=keys)
    if found.empty:
        raise CannotTest("this run has none of the pairs that the sentence compares")
    return found


def compared(test: Test, panel: Panel) -> tuple[Panel, list[tuple[np.ndarray, dict[str, Any]]]]:
    """Right less left for every pair: the panel, and for each its weights and words."""
    panel = chosen(test, panel)
    table = pairs(test, panel)
    values = panel.values
    if test.get("by") == "order":
        panel = ordered(panel, table)
        table = table.assign(left=np.arange(len(table)) * 2, right=np.arange(len(table)) * 2 + 1)
    varied(panel)
    found = []
    for row in table.to_dict("records"):
        weights = np.zeros(len(panel.cells))
        weights[[row["left"], row["right"]]] = -1, 1
        target = f"{row['target']} against {row['target_left']}" if "target_left" in row else ""
        label = target or f"{row['source']} → {row['target']}"
        methods = [row["method_left"], row["method"]] if "method_left" in row else []
        setting = place(row, *methods)
        shown = f"{values[row['left']]:g} → {values[row['right']]:g}" if "by" not in test else ""
        words = {"label": label, "setting": setting, "shown": shown}
        found.append((weights, words | {"direction": test.get("direction", 1)}))
    return panel, found


def ordered(panel: Panel, table: pd.DataFrame) -> Panel:
    """For each pair two cells: the share of images, in percent, where the left is the smaller, and
    where the right is. Neither where both are infinite."""
    left, right = (panel.outcomes[table[side].to_numpy()] for side in ("left", "right"))
    unknown = np.isnan(left) | np.isnan(right)
    both = np.stack([left < right, right < left], 1).astype(np.float32) * 100
    both[np.stack([unknown, unknown], 1)] = np.nan
    cells = panel.cells.iloc[np.repeat(table["right"].to_numpy(), 2)].reset_index(drop=True)
    return new_panel(cells, both.reshape(len(cells), -1), panel.units)


def curves(test: Test, panel: Panel) -> list[tuple[dict[str, Any], np.ndarray, np.ndarray]]:
    """Every curve along the test's axis: its words, its axis, and its points' weights on the cells.

    Cells that differ only in the test's `over` are averaged.

    Raises:
        CannotTest: there is none of two points or more.
    """
    found = []
    axis, over = test["axis"], test.get("over", [])
    keys = [key for key in (*KEYS, *AXES) if key in panel.cells and key not in (axis, *over)]
    for _, cells in panel.cells.groupby(keys, dropna=False, sort=False):
        axis_values = np.unique(cells[axis].to_numpy(float))
        if len(axis_values) < 2:
            continue
        at = (panel.cells[axis].to_numpy(float) == axis_values[:, None]).astype(float)
        at[:, ~panel.cells.index.isin(cells.index)] = 0
        row = cells.iloc[0].drop([axis, *over]).to_dict()
        label = " → ".join(dict.fromkeys(row[end] for end in ("source", "target") if end in row))
        words = {"label": label, "setting": place(row), "direction": test.get("direction", 1)}
        found.append((words, axis_values, at / at.sum(1, keepdims=True)))
    if not found:
        raise CannotTest(f"no curve has two values of {AXES[axis]}")
    return found


def target_means(panel: Panel, family: pd.Series) -> tuple[list[str], np.ndarray]:
    """Targets, and the weights of each one's mean rate from sources of other families, (targets,
    cells), every source and method minus its own mean; those that such a source was not scored on
    are left out.

    Args:
        family: of every model.
    """
    cells = panel.cells
    kin = np.array(
        [
            family.get(target) in {family.get(member) for member in members(source)}
            for source, target in zip(cells["source"], cells["target"], strict=True)
        ]
    )
    groups = cells.groupby(["exhibit", "method", "source"]).ngroup().to_numpy()
    here = (groups[:, None] == groups[None]) & ~kin
    centred = np.eye(len(cells)) - here / np.maximum(here.sum(1, keepdims=True), 1)
    strange = cells[~kin]
    asked = cells.groupby(["exhibit", "method"])["source"].unique()
    targets, weights = [], []
    for target, own in strange.groupby("target", sort=False):
        others = [
            [s for s in names if family.get(target) not in {family.get(m) for m in members(s)}]
            for names in asked
        ]
        if len(own) == sum(map(len, others)):
            targets.append(str(target))
            weights.append(centred[own.index].mean(0))
    return targets, np.array(weights)
