"""From stored files to what happened to every image in every cell of an exhibit.

This is the only derivation of an exhibit's numbers: its table and the tests of claims both read the
panel. A cell is a method, a source, a target and a point on the exhibit's axes. Rates are in
percent, distances in pixels (0–255). The paper's tables have the same form, without images.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from nrg.analysis import statistics
from nrg.analysis.arrays import Flags, Floats
from nrg.analysis.metrics import succeeded
from nrg.analysis.tuning import choose_settings, pick_tuning_images
from nrg.base.table_files import TOP, read_parquet
from nrg.study.attacks import count_gradients_per_image
from nrg.study.exhibits import Exhibit
from nrg.study.sources import is_white_box

Files = Mapping[str, Any]  # a path or a list of paths, by what they hold
ENDS = ["method", "source", "target"]
CLEAN = "clean"  # the method of images that nobody attacked, a reference


@dataclass(frozen=True)
class Panel:
    """Cells, and their outcome for each unit.

    Attributes:
        cells: exhibit, method, source, target, the axes of the exhibit, shown (whether the paper's
            exhibit has the cell, and not only the stored files), white (whether the target is the
            source or a member of it), value (the mean over units), and for attacks gradients (how
            many input gradients one image costs).
        outcomes: (cells, units), NaN where a unit is not scored; None for printed numbers.
        units: names of the images, or of the seeds.
        counts: how many images are behind each number. Of printed numbers (cells,), NaN where the
            paper does not say; where units are seeds (cells, units); else None.
    """

    cells: pd.DataFrame
    outcomes: Floats | None = None
    units: tuple[str, ...] = ()
    counts: Floats | None = None

    @cached_property
    def values(self) -> Floats:
        return self.cells["value"].to_numpy(float)

    @cached_property
    def draws(self) -> Floats:
        """The cells' values in every resample of the units, (resamples, cells).

        Printed rates are drawn independently, each from as many images as are behind it; NaN where
        that number is not known.
        """
        if self.outcomes is not None:
            return statistics.resampled_means(self.outcomes, self.units)
        if self.counts is None:
            return np.full((statistics.RESAMPLES, len(self.cells)), np.nan)
        names = self.cells.drop(columns="value").astype(str).agg(" ".join, axis=1)
        cells = zip(self.values, self.counts, names, strict=True)
        return np.stack([statistics.redrawn_rate(*cell) for cell in cells], axis=1)

    def only(self, keep: Flags) -> "Panel":
        """Return the cells that `keep`, (cells,), selects, with the units that one of them has.

        So the same cells have the same resamples, whichever panels they were joined with.
        """
        cells = self.cells[keep].reset_index(drop=True)
        counts = None if self.counts is None else self.counts[keep]
        if self.outcomes is None:
            return Panel(cells, counts=counts)
        outcomes, units = self.outcomes[keep], self.units
        used = np.flatnonzero((~np.isnan(outcomes)).any(axis=0))
        if 0 < len(used) < len(units):
            outcomes, units = outcomes[:, used], tuple(units[unit] for unit in used)
            counts = None if counts is None else counts[:, used]
        return Panel(cells, outcomes, units, counts)


def new_panel(
    cells: pd.DataFrame,
    outcomes: Floats | None = None,
    units: Sequence[str] = (),
    counts: Floats | None = None,
) -> Panel:
    """Make a panel of these cells, with their values from the outcomes where there are any."""
    white = list(map(is_white_box, cells["source"], cells["target"]))
    cells = cells.assign(white=white)
    if "shown" not in cells:
        cells.insert(0, "shown", True)
    if outcomes is not None:
        cells["value"] = statistics.means(outcomes)
    return Panel(cells, outcomes, tuple(units), counts)


def join_panels(panels: Sequence[Panel]) -> Panel:
    """Stack panels; the result has the units of all."""
    cells = pd.concat([panel.cells for panel in panels], ignore_index=True)
    if any(panel.outcomes is None for panel in panels):
        counts = [np.full(len(p.cells), np.nan) if p.counts is None else p.counts for p in panels]
        return Panel(cells, counts=np.concatenate(counts))
    units = tuple(dict.fromkeys(unit for panel in panels for unit in panel.units))
    index = {unit: number for number, unit in enumerate(units)}
    outcomes = np.full((len(cells), len(units)), np.nan, np.float32)
    first = 0
    for panel in panels:
        columns = [index[unit] for unit in panel.units]
        outcomes[first : first + len(panel.cells), columns] = panel.outcomes
        first += len(panel.cells)
    return Panel(cells, outcomes, units)


def build_panel(exhibit: Exhibit, files: Files) -> Panel:
    """Read an exhibit's panel from the stored files behind it."""
    return PANELS[exhibit.kind.name](exhibit, files)


def read_images(exhibit: Exhibit, files: Files) -> pd.DataFrame:
    """Read image_id, label, target_label of the images that the exhibit is about."""
    images = read_parquet(files["images"])
    return images[images["in_subset"]] if exhibit.images == "subset" else images


def read_success(exhibit: Exhibit, files: Files) -> Panel:
    """Read whether each method of each source succeeds on each target that was scored, in percent.

    Raises:
        KeyError: a cell that the exhibit shows was not scored.
    """
    images = read_images(exhibit, files)
    names = sorted({attack.name for attack in exhibit.attacks})
    scored: dict[tuple[str, str, str], Floats] = {}
    columns = ["source", "attack", "target", "image_id", *TOP]
    for path in files["predictions"]:
        frame = read_parquet(path, columns=columns, filters=[("attack", "in", names)])
        index = pd.Index(images["image_id"]).get_indexer(frame["image_id"].astype(str))
        frame, index = frame[index >= 0], index[index >= 0]
        labels = images.iloc[index][["label", "target_label"]].set_index(frame.index)
        success = 100 * succeeded(frame[TOP].join(labels), exhibit.metric)
        for cell, rows in frame.groupby(columns[:3], observed=True).indices.items():
            scored[cell] = np.full(len(images), np.nan, np.float32)
            scored[cell][index[rows]] = success[rows]
    targets = dict.fromkeys([*exhibit.targets, *(target for _, _, target in scored)])
    cells, outcomes = [], []
    for source in exhibit.sources:
        for target in targets:
            shown = target in exhibit.targets
            for method in exhibit.methods:
                key = source, method.attack.name, target
                if not shown and key not in scored:
                    continue
                outcomes.append(scored[key])
                cells.append(
                    {
                        "exhibit": exhibit.name,
                        "method": method.name,
                        "source": source,
                        "target": target,
                        "shown": shown,
                        "gradients": count_gradients_per_image([method.attack]),
                        **dict(method.axes),
                    }
                )
    return new_panel(pd.DataFrame(cells), np.stack(outcomes), list(images["image_id"]))


def read_equal_cost(exhibit: Exhibit, files: Files) -> Panel:
    """Read whether each method succeeds at each budget with the setting that was chosen for it.

    The units are the images that did not choose. What the other settings do to them is dropped
    unread.
    """
    panel = read_success(exhibit, files)
    assert panel.outcomes is not None, "stored predictions have outcomes"
    tuning = pick_tuning_images(panel.units, exhibit.equal_cost.tuning_images)
    chosen = choose_settings(panel.cells, panel.outcomes[:, tuning])
    cells = panel.cells[chosen].reset_index(drop=True)
    units = [unit for unit, tunes in zip(panel.units, tuning, strict=True) if not tunes]
    return new_panel(cells, panel.outcomes[chosen][:, ~tuning], units)


def read_destruction(exhibit: Exhibit, files: Files) -> Panel:
    """Read whether an adversarial image no longer fools the target once transformed, in percent.

    NaN for images that the target mistakes when clean, and for one that does not fool it as it is,
    so that a cell's mean is the paper's destruction rate R. As a reference, which the exhibit does
    not show, method CLEAN says whether the target still classifies the transformed clean image
    correctly.
    """
    labels = read_parquet(files["images"]).set_index("image_id")["label"]
    frame = read_parquet(files["predictions"])
    methods = {method.attack.name: method.name for method in exhibit.methods} | {CLEAN: CLEAN}
    frame = frame.astype({"image_id": str, "attack": str, "transformation": str})
    frame = frame[frame["attack"].isin(methods)].assign(
        method=frame["attack"].map(methods),
        source=exhibit.sources[0],
        target=exhibit.targets[0],
        shown=frame["attack"] != CLEAN,
        strength=frame["strength"].astype(float),
    )
    frame["correct"] = 100 * (frame["top1"].to_numpy() == labels[frame["image_id"]].to_numpy())
    as_it_is = frame["transformation"] == "none"
    before = frame[as_it_is].pivot(index="method", columns="image_id", values="correct")
    known = before.loc[CLEAN] == 100
    counting = (before == 0) & known
    counting.loc[CLEAN] = known
    moved = frame[~as_it_is]
    rows = pd.MultiIndex.from_frame(moved[["method", "image_id"]])
    keep = counting.stack().reindex(rows).to_numpy(bool)
    moved = moved.assign(correct=moved["correct"].where(keep))
    return pivot_outcomes(exhibit, moved, "correct", ["shown", "transformation", "strength"])


def read_distances(exhibit: Exhibit, files: Files) -> Panel:
    """Read the smallest step that changes a target's label, in pixels.

    Method "parallel" is along ∇f∥, "perpendicular" along ∇f⊥. Infinite where no step within reach
    changes the label, NaN where the target mistakes the image as it is.
    """
    frame = read_parquet(files["distances"]).rename(columns={"u": "parallel", "v": "perpendicular"})
    ends = ["source", "target", "image_id"]
    frame = frame.melt(ends, ["parallel", "perpendicular"], "method", ignore_index=False)
    return pivot_outcomes(exhibit, frame.sort_index(kind="stable"), "value", [])


def read_shares(exhibit: Exhibit, files: Files) -> Panel:
    """Read the high-frequency share of each image's gradient for each m or part, in percent.

    NaN where the gradient is zero.
    """
    frame = read_parquet(files["shares"])
    ends = {"source": exhibit.sources[0], "target": exhibit.targets[0]}
    return pivot_outcomes(exhibit, frame.assign(**ends), "share", ["m"])


def read_cosines(exhibit: Exhibit, files: Files) -> Panel:
    """Read the cosine between two models' gradients for each m; each pair of models once.

    With m = 0 these are the plain gradients, method "gradient"; else the noise-reduced ones.
    """
    frame = read_parquet(files["cosines"])
    method = np.where(frame["m"] == 0, "gradient", "nrg")
    return pivot_outcomes(exhibit, frame.assign(method=method), "cosine", ["m"])


def read_copies(exhibit: Exhibit, files: Files) -> Panel:
    """Read the mean cosine between a model's gradients at noisy copies of an image, for each σ."""
    frame = read_parquet(files["cosines"]).assign(method="gradient")
    return pivot_outcomes(exhibit, frame, "cosine", ["sigma"])


def pivot_outcomes(
    exhibit: Exhibit, frame: pd.DataFrame, value: str, axes: list[str], unit: str = "image_id"
) -> Panel:
    """Turn one row per cell and unit into a panel; cells and units keep the order of the rows."""
    keys = [*ENDS, *axes]
    cells = frame[keys].drop_duplicates()
    wide = frame.pivot(index=keys, columns=unit, values=value)
    wide = wide.reindex(index=pd.MultiIndex.from_frame(cells), columns=frame[unit].unique())
    cells = cells.reset_index(drop=True).assign(exhibit=exhibit.name)
    return new_panel(cells, wide.to_numpy(float), list(map(str, wide.columns)))


def read_mlps(exhibit: Exhibit, files: Files) -> Panel:
    """Read success rates of Table 4's networks, in percent: the units are seeds, not images."""
    frame = pd.concat(map(read_parquet, files["predictions"]), ignore_index=True)
    names = {method.attack.name: method.name for method in exhibit.methods}
    frame = frame[frame["attack"].isin(names)].astype({"attack": str})
    frame["success"] = succeeded(frame, exhibit.metric)
    frame["method"] = frame["attack"].map(names)
    keys = ["optimiser", *ENDS, "seed"]
    seeds = frame.groupby(keys, sort=False)["success"].agg(["mean", "size"]).reset_index()
    seeds = seeds.assign(rate=100 * seeds["mean"])
    panel, counts = (
        pivot_outcomes(exhibit, seeds, of, keys[:1], "seed") for of in ("rate", "size")
    )
    return replace(panel, counts=counts.outcomes)


PANELS: dict[str, Callable[[Exhibit, Files], Panel]] = {
    "matrix": read_success,
    "curves": read_success,
    "capacity": read_success,
    "equal_cost": read_equal_cost,
    "destruction": read_destruction,
    "boundaries": read_distances,
    "gradients": read_shares,
    "cosines": read_cosines,
    "copies": read_copies,
    "mlps": read_mlps,
}
