"""The cells that a test is about: which it selects, pairs, and follows along an axis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Required, TypedDict

import numpy as np
import numpy.typing as npt
import pandas as pd

from nrg.analysis.arrays import Floats, Indices
from nrg.analysis.panels import Panel, new_panel
from nrg.claims.parts import CannotTest, Comparison
from nrg.study.defences import model_behind
from nrg.study.exhibits import label_exhibit, label_method, write_values
from nrg.study.sources import list_members

KEYS = ["exhibit", "method", "source", "target"]
NOT_KEYS = ["value", "shown", "white", "gradients", "setting"]
AXES = {"sigma": "σ", "epsilon": "ε", "m": "m", "alpha": "α", "steps": "k", "budget": "budget"} | {
    axis: "" for axis in ("transformation", "strength", "optimiser")
}
# What stands in settings for the methods of probes, whose names are no attacks.
DIRECTIONS = {
    "parallel": "∇f∥",
    "perpendicular": "∇f⊥",
    "difference": "∇f − ∇f∥",
    "gradient": "∇f",
    "nrg": "noise-reduced ∇f",
}
# With 10 images the peak of a flat curve contradicts a sentence in 7 % of simulations; with 20, in
# 2 %.
FEWEST_IMAGES = 20

Test = Mapping[str, Any]  # one that any kind of test may be; each kind says which keys it reads
Row = Mapping[Any, Any]  # of a table of cells
Choice = Mapping[str, Any]  # of cells, by column


class Selection(TypedDict, total=False):
    """Which cells a test is about.

    Keys:
        kind: the name of its function.
        box: "black" or "white"; both if it is missing.
        where, leave_out: values of columns, to keep or to leave out.
        zoo: whether also cells count that are stored and not shown.
        pixel_scale: the suite's, by which values in pixels are multiplied already.
    """

    kind: Required[str]
    box: str
    where: Mapping[str, Sequence[Any]]
    leave_out: Mapping[str, Sequence[Any]]
    zoo: bool
    pixel_scale: float


class Sides(Selection, total=False):
    """Which cells a test compares.

    Keys:
        left, right: what tells the two cells of a pair apart, by column.
    """

    left: Required[Choice]
    right: Required[Choice]


class Pairs(Sides, total=False):
    """Which cells a test compares, and how.

    Keys:
        direction: −1 where the sentence says that right minus left is negative.
        by: "order" to compare which of the two is smaller, image by image, and not by how much.
    """

    direction: int
    by: str


class AlongAxis(Selection, total=False):
    """Which curves a test is about.

    Keys:
        axis: the column along which a curve runs.
        over: columns over which cells are averaged first.
    """

    axis: Required[str]
    over: Sequence[str]


def select_cells(test: Test, panel: Panel) -> Panel:
    """Return the cells that a test is about: by box, `where`, and what it leaves out.

    Raises:
        CannotTest: there are none.
    """
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


def require_outcomes(panel: Panel, reason: str) -> Floats:
    """Return the outcomes of every unit, (cells, units).

    Raises:
        CannotTest: the numbers are printed ones; with this reason.
    """
    if panel.outcomes is None:
        raise CannotTest(reason)
    return panel.outcomes


def require_variation(panel: Panel) -> Panel:
    """Return the panel.

    Raises:
        CannotTest: nothing in it can differ.
    """
    known = panel.values if panel.outcomes is None else panel.outcomes[~np.isnan(panel.outcomes)]
    if known.size == 0 or known.min() == known.max():
        raise CannotTest("every image has the same outcome in every cell, so nothing can differ")
    return panel


def require_images(panel: Panel) -> Panel:
    """Return the panel.

    Raises:
        CannotTest: it has too few images to say from their resamples where a curve is highest, or
            which way most pairs differ.
    """
    if panel.outcomes is not None and len(panel.units) < FEWEST_IMAGES:
        raise CannotTest(f"there are only {len(panel.units)} images, and it takes {FEWEST_IMAGES}")
    return panel


def weigh_means(panel: Panel, right: npt.ArrayLike, left: npt.ArrayLike = ()) -> Floats:
    """Weigh cells for the mean of some minus the mean of others, (cells,).

    Args:
        right, left: positions of the cells; without `left` nothing is subtracted.
    """
    weights = np.zeros(len(panel.cells))
    for side, sign in ((right, 1), (left, -1)):
        positions = np.asarray(side, int)
        weights[positions] = sign / max(len(positions), 1)
    return weights


def compare_cells(
    test: Test,
    row: Row,
    label: str,
    weights: Floats,
    methods: Sequence[str] = (),
    shown: str = "",
    direction: int = 1,
) -> Comparison:
    """Describe a weighted sum of cells as a comparison of what a row of the table names.

    Args:
        methods: whose names the description gives.
    """
    setting, exhibit = describe_setting(test, row, *methods), name_exhibits(row)
    return Comparison(weights, label, setting, exhibit, shown, direction)


def name_exhibits(row: Row) -> str:
    """Name the exhibits that a row of cells or of pairs is from: "Table 1 and Table 2"."""
    return " and ".join(
        label_exhibit(row[end]) for end in ("exhibit_left", "exhibit") if end in row
    )


def describe_setting(test: Test, row: Row, *methods: str) -> str:
    """Say where a cell lies: "Figure 4, FGSM → nr-FGSM, rotation, 5"."""
    points: list[str] = []
    for axis, symbol in AXES.items():
        if axis in row and not pd.isna(row[axis]):
            value = row[axis]
            if isinstance(value, str):
                points.append(value.replace("_", " "))
            else:
                key = row["transformation"] if axis == "strength" else axis
                written = write_values(key, [value], test.get("pixel_scale", 1))
                points.append(f"{symbol} {written}".strip())
    attacks = " → ".join(DIRECTIONS.get(m, label_method(m)) for m in dict.fromkeys(methods))
    return ", ".join(filter(None, [name_exhibits(row), attacks, *points]))


def pair_cells(test: Test, panel: Panel) -> pd.DataFrame:
    """Pair the cells of the test's left and right side that otherwise agree in every key.

    Returns:
        One row per pair: the keys of the right cell, those that the test tells apart also as
        `…_left`, and the cells' positions, `left` and `right`.

    Raises:
        CannotTest: there are no such pairs.
    """
    cells = panel.cells.drop(columns=NOT_KEYS, errors="ignore")
    sides = []
    for side in ("left", "right"):
        inside = np.logical_and.reduce([cells[key] == value for key, value in test[side].items()])
        sides.append(cells[inside].assign(**{side: np.flatnonzero(inside)}))
    keys = [c for c in cells if c not in test["left"]]
    left = sides[0].rename(columns={c: f"{c}_left" for c in test["left"]})
    table = left.merge(sides[1], on=keys)
    if table.empty:
        raise CannotTest("this run has none of the pairs that the sentence compares")
    return table


def compare_pairs(test: Test, panel: Panel) -> tuple[Panel, list[Comparison]]:
    """Subtract left from right for every pair that a test compares.

    Returns:
        The panel, and one comparison per pair on the panel's cells.
    """
    panel = select_cells(test, panel)
    table = pair_cells(test, panel)
    values = panel.values
    if test.get("by") == "order":
        panel = compare_order(panel, table[["left", "right"]].to_numpy())
        table = table.assign(left=np.arange(len(table)) * 2, right=np.arange(len(table)) * 2 + 1)
    require_variation(panel)
    comparisons = []
    for row in table.to_dict("records"):
        label = f"{row['source']} → {row['target']}"
        if "target_left" in row:
            label = f"{row['target']} against {row['target_left']}"
        methods = [row["method_left"], row["method"]] if "method_left" in row else []
        shown = f"{values[row['left']]:g} → {values[row['right']]:g}" if "by" not in test else ""
        weights = weigh_means(panel, [row["right"]], [row["left"]])
        direction = test.get("direction", 1)
        comparisons.append(compare_cells(test, row, label, weights, methods, shown, direction))
    return panel, comparisons


def compare_order(panel: Panel, pairs: Indices) -> Panel:
    """Make two cells for each pair of cells: how often the left, and the right, is the smaller.

    Args:
        pairs: the positions of left and right cells, (pairs, 2).

    Returns:
        Cells in percent of images, first left then right for each pair. Where both are infinite,
        neither is smaller.

    Raises:
        CannotTest: the numbers are printed ones.
    """
    outcomes = require_outcomes(panel, "distances of single images are not printed")
    left, right = outcomes[pairs[:, 0]], outcomes[pairs[:, 1]]
    smaller = np.stack([left < right, right < left], 1).astype(np.float32) * 100
    unknown = np.isnan(left) | np.isnan(right)
    smaller[np.stack([unknown, unknown], 1)] = np.nan
    cells = panel.cells.iloc[np.repeat(pairs[:, 1], 2)].reset_index(drop=True)
    return new_panel(cells, smaller.reshape(len(cells), -1), panel.units)


@dataclass(frozen=True)
class Curve:
    """A curve along an axis.

    Attributes:
        source: the source of its cells; of several, the first.
        label, setting: for a reader.
        points: the values on the axis, ascending, (points,).
        weights: of each point on the panel's cells, (points, cells).
    """

    source: str
    label: str
    setting: str
    points: Floats
    weights: Floats


def find_curves(test: Test, panel: Panel) -> list[Curve]:
    """Find every curve along the test's axis; cells that differ only in its `over` are averaged.

    Raises:
        CannotTest: there is none with two points or more.
    """
    curves = []
    axis, over = test["axis"], test.get("over", [])
    keys = [key for key in (*KEYS, *AXES) if key in panel.cells and key not in (axis, *over)]
    for _, cells in panel.cells.groupby(keys, dropna=False, sort=False):
        points = np.unique(cells[axis].to_numpy(float))
        if len(points) < 2:
            continue
        at = (panel.cells[axis].to_numpy(float) == points[:, None]).astype(float)
        at[:, ~panel.cells.index.isin(cells.index)] = 0
        first = cells.iloc[0]
        row = first.drop([axis, *over]).to_dict()
        label = " → ".join(dict.fromkeys(row[end] for end in ("source", "target") if end in row))
        weights = at / at.sum(1, keepdims=True)
        curves.append(Curve(first["source"], label, describe_setting(test, row), points, weights))
    if not curves:
        raise CannotTest(f"no curve has two values of {AXES[axis]}")
    return curves


def weigh_targets(panel: Panel, family: pd.Series) -> tuple[list[str], Floats]:
    """Weigh cells for each target's mean rate from sources of other families.

    The rates of every source and method are taken minus their own mean. Targets that such a source
    was not scored on are left out.

    Args:
        family: of every model, its name the index.

    Returns:
        Targets, and the weights of each on the cells, (targets, cells).
    """

    def are_kin(source: str, target: str) -> bool:
        return family.get(model_behind(target)) in map(family.get, list_members(source))

    cells = panel.cells
    kin = np.array([*map(are_kin, cells["source"], cells["target"])])
    groups = cells.groupby(["exhibit", "method", "source"]).ngroup().to_numpy()
    same_group = (groups[:, None] == groups[None]) & ~kin
    means = same_group / np.maximum(same_group.sum(1, keepdims=True), 1)
    centred = np.eye(len(cells)) - means
    sources_of_methods = cells.groupby(["exhibit", "method"])["source"].unique()
    targets, weights = [], []
    for target, own in cells[~kin].groupby("target", sort=False):
        expected = sum(
            not are_kin(source, str(target)) for sources in sources_of_methods for source in sources
        )
        if len(own) == expected:
            targets.append(str(target))
            weights.append(centred[own.index].mean(0))
    return targets, np.array(weights)
