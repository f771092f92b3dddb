"""What happened to every image in every cell of an exhibit: what claims are tested on.

A cell is a method, a source, a target and a place on the exhibit's axes. Rates are in percent. The
paper's tables have the same form, without images.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from nrg.analysis.metrics import succeeded
from nrg.analysis.statistics import means, redrawn_rate, resampled_means
from nrg.base.columns import TOP
from nrg.base.frames import read_frame
from nrg.base.resources import WORKFLOW
from nrg.study.attacks import gradients_per_image
from nrg.study.exhibits import Exhibit, load_exhibits
from nrg.study.settings import load_suite
from nrg.study.sources import members

Files = Mapping[str, Any]  # a path or a list of paths, by what they hold


@dataclass(frozen=True)
class Panel:
    """Cells, and what they hold for each unit.

    Attributes:
        cells: exhibit, method, source, target, the axes of the exhibit, shown (whether the exhibit
            shows the cell or only the predictions have it), white (whether the target is the source
            or a member of it), value (the mean over units), and of attacks gradients (how many
            input gradients an image costs).
        outcomes: (cells, units), NaN where a unit is not scored; None for printed numbers.
        units: names of the images, or of the seeds.
        behind: of printed numbers, how many images are behind each, (cells,), NaN where the paper
            does not say; else None.
    """

    cells: pd.DataFrame
    outcomes: np.ndarray | None = None
    units: tuple[str, ...] = ()
    behind: np.ndarray | None = None

    @cached_property
    def values(self) -> np.ndarray:
        return self.cells["value"].to_numpy(float)

    @cached_property
    def draws(self) -> np.ndarray | None:
        """The cells' values in every resample of the units, (resamples, cells).

        Of printed rates, independent draws of each one from as many images as are behind it; NaN
        where that number is not known.
        """
        if self.outcomes is not None:
            return resampled_means(self.outcomes, self.units)
        if self.behind is None:
            return None
        names = self.cells.drop(columns="value").astype(str).agg(" ".join, axis=1)
        drawn = [redrawn_rate(*cell) for cell in zip(self.values, self.behind, names, strict=True)]
        return np.stack(drawn, axis=1)

    def only(self, keep: np.ndarray) -> "Panel":
        """Those cells that a boolean array, (cells,), keeps."""
        outcomes = None if self.outcomes is None else self.outcomes[keep]
        behind = None if self.behind is None else self.behind[keep]
        return Panel(self.cells[keep].reset_index(drop=True), outcomes, self.units, behind)


def new_panel(
    cells: pd.DataFrame, outcomes: np.ndarray | None = None, units: Sequence[str] = ()
) -> Panel:
    """A panel of these cells, their values from the outcomes where there are any."""
    white = [t in members(s) for s, t in zip(cells["source"], cells["target"], strict=True)]
    cells = {"shown": True, **cells.to_dict("list"), "white": white}
    if outcomes is not None:
        cells["value"] = means(outcomes)
    return Panel(pd.DataFrame(cells), outcomes, tuple(units))


def joined(panels: Sequence[Panel]) -> Panel:
    """Panels one below the other, with the units of all."""
    cells = pd.concat([panel.cells for panel in panels], ignore_index=True)
    if any(panel.outcomes is None for panel in panels):
        known = [np.full(len(p.cells), np.nan) if p.behind is None else p.behind for p in panels]
        return Panel(cells, behind=np.concatenate(known))
    units = tuple(dict.fromkeys(unit for panel in panels for unit in panel.units))
    place = {unit: number for number, unit in enumerate(units)}
    outcomes = np.full((len(cells), len(units)), np.nan, np.float32)
    first = 0
    for panel in panels:
        columns = [place[unit] for unit in panel.units]
        outcomes[first : first + len(panel.cells), columns] = panel.outcomes
        first += len(panel.cells)
    return Panel(cells, outcomes, units)


def success_panel(exhibit: Exhibit, files: Files) -> Panel:
    """Success of every method of every source on every target that was scored, in percent."""
    images = read_frame(files["images"])
    if exhibit.images == "subset":
        images = images[images["in_subset"]]
    names = sorted({attack.name for attack in exhibit.attacks})
    scored: dict[tuple[str, str, str], np.ndarray] = {}
    columns = ["source", "attack", "target", "image_id", *TOP]
    for path in files["predictions"]:
        frame = read_frame(path, columns=columns, filters=[("attack", "in", names)])
        place = pd.Index(images["image_id"]).get_indexer(frame["image_id"].astype(str))
        frame, place = frame[place >= 0], place[place >= 0]
        truth = images.iloc[place][["label", "target_label"]].set_index(frame.index)
        success = 100 * succeeded(frame[TOP].join(truth), exhibit.metric)
        cells = frame.groupby(["source", "attack", "target"], observed=True).indices
        for cell, rows in cells.items():
            scored[cell] = np.full(len(images), np.nan, np.float32)
            scored[cell][place[rows]] = success[rows]
    targets = list(dict.fromkeys([*exhibit.targets, *(target for _, _, target in scored)]))
    found = {
        (method, source, target): scored[source, method.attack.name, target]
        for source in exhibit.sources
        for target in targets
        for method in exhibit.methods
        if (source, method.attack.name, target) in scored
    }
    rows = [
        {
            "exhibit": exhibit.name,
            "method": method.name,
            "source": source,
            "target": target,
            "shown": target in exhibit.targets,
            "gradients": gradients_per_image([method.attack]),
            **dict(method.axes),
        }
        for method, source, target in found
    ]
    return new_panel(pd.DataFrame(rows), np.stack(list(found.values())), list(images["image_id"]))


def destruction_panel(exhibit: Exhibit, files: Files) -> Panel:
    """Whether an adversarial image no longer fools once transformed, in percent.

    NaN for one that did not fool the target as it was, so that a cell's mean is the destruction
    rate; and for images that the target mistakes when clean.
    """
    images = read_frame(files["images"])
    labels = images.set_index("image_id")["label"]
    frame = read_frame(files["predictions"])
    frame = frame.astype({"image_id": str, "attack": str, "transformation": str})
    frame["correct"] = frame["top1"].to_numpy() == labels[frame["image_id"]].to_numpy()
    keys = ["attack", "transformation", "strength"]
    wide = frame.pivot(index=keys, columns="image_id", values="correct").astype(float)
    plain = wide.xs("none", level="transformation").droplevel("strength")
    known = plain.loc["clean"] == 1
    cells, outcomes = [], []
    for method in exhibit.methods:
        fooling = known & (plain.loc[method.attack.name] == 0)
        moved = wide.loc[method.attack.name].drop("none", level="transformation")
        for (transformation, strength), correct in moved.iterrows():
            place = {"transformation": transformation, "strength": float(strength)}
            cells.append({"method": method.name, **place})
            outcomes.append((100 * correct).where(fooling).to_numpy(np.float32))
    ends = {"source": exhibit.sources[0], "target": exhibit.targets[0]}
    table = pd.DataFrame(cells).assign(exhibit=exhibit.name, **ends)
    return new_panel(table, np.stack(outcomes), list(wide.columns))


def distance_panel(exhibit: Exhibit, files: Files) -> Panel:
    """The smallest step that changes a target's label, in pixels; inf where none within reach does.

    Method "parallel" is along ∇f∥, "perpendicular" along ∇f⊥.
    """
    frame = read_frame(files["distances"]).rename(columns={"u": "parallel", "v": "perpendicular"})
    ends = ["source", "target", "image_id"]
    frame = frame.melt(ends, ["parallel", "perpendicular"], "method")
    return pivoted(exhibit, frame, "value", [])


def share_panel(exhibit: Exhibit, files: Files) -> Panel:
    """The high-frequency share of every image's gradient for each m or part, in percent."""
    frame = read_frame(files["shares"])
    ends = {"source": exhibit.sources[0], "target": exhibit.targets[0]}
    return pivoted(exhibit, frame.assign(**ends), "share", ["m"])


def cosine_panel(exhibit: Exhibit, files: Files) -> Panel:
    """The cosine between two models' gradients for each m; each pair of models once."""
    return pivoted(exhibit, read_frame(files["cosines"]).assign(method="nrg"), "cosine", ["m"])


def copies_panel(exhibit: Exhibit, files: Files) -> Panel:
    """The mean cosine between a model's gradients at two noisy copies of an image, for each σ."""
    frame = read_frame(files["cosines"]).assign(method="gradient")
    return pivoted(exhibit, frame, "cosine", ["sigma"])


def pivoted(exhibit: Exhibit, frame: pd.DataFrame, value: str, axes: list[str]) -> Panel:
    keys = ["method", "source", "target", *axes]
    wide = frame.pivot(index=keys, columns="image_id", values=value)
    table = wide.index.to_frame(index=False).assign(exhibit=exhibit.name)
    return new_panel(table, wide.to_numpy(np.float32), list(wide.columns))


def mlp_panel(exhibit: Exhibit, files: Files) -> Panel:
    """Success rates of Table 4's networks in every seed: the units are seeds, not images."""
    frame = pd.concat(map(read_frame, files["predictions"]), ignore_index=True)
    names = {method.attack.name: method.name for method in exhibit.methods}
    frame = frame[frame["attack"].isin(names)].astype({"attack": str})
    frame["success"] = 100.0 * succeeded(frame, exhibit.metric)
    frame["method"] = frame["attack"].map(names)
    keys = ["method", "source", "target", "optimiser"]
    wide = frame.groupby([*keys, "seed"], observed=True)["success"].mean().unstack("seed")
    table = wide.index.to_frame(index=False).assign(exhibit=exhibit.name)
    return new_panel(table, wide.to_numpy(), list(map(str, wide.columns)))


PANELS: dict[str, Callable[[Exhibit, Files], Panel]] = {
    "matrix": success_panel,
    "curves": success_panel,
    "capacity": success_panel,
    "destruction": destruction_panel,
    "boundaries": distance_panel,
    "gradients": share_panel,
    "cosines": cosine_panel,
    "copies": copies_panel,
    "mlps": mlp_panel,
}


# How many images are behind a printed rate: 5,000 (section 4); 1,000 of ensembles (section 5.2).
# Of Table 4 the paper does not say it, and its networks differ by their seeds besides.
IMAGES_IN_PRINT = {"table1": 5000, "table2": 5000, "table5": 5000} | {
    name: 1000 for name in ("table3a", "table3b", "table6", "table7", "table8")
}


def printed_panels() -> dict[str, Panel]:
    """The paper's own tables."""
    printed = pd.read_csv(WORKFLOW / "resources/reported_values.csv").drop(columns="metric")
    exhibits = load_exhibits(load_suite("imagenet", {})).values()
    costs = {(e.name, m.name): gradients_per_image([m.attack]) for e in exhibits for m in e.methods}
    found = {}
    for name, cells in printed.groupby("exhibit"):
        behind = np.full(len(cells), IMAGES_IN_PRINT.get(str(name), np.nan))
        cost = [costs[name, method] for method in cells["method"]]
        panel = new_panel(cells.assign(gradients=cost).reset_index(drop=True))
        found[str(name)] = replace(panel, behind=behind)
    return found
