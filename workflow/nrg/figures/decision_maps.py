"""Figures 1b and 5: the label that models give at every point of a plane through an image."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from scipy.ndimage import distance_transform_edt

from nrg.figures.labels import label_model
from nrg.figures.legends import add_legend
from nrg.figures.style import Look, make_panels
from nrg.study.exhibits import Exhibit

COLUMNS = 5  # panels in a row
WIDTH = 10.8  # inches for the maps of a row
LARGEST = 3.0  # inches of a map's side
LONGEST_NAME = 10  # characters of a label's name within a map
CROSS: Look = {
    "marker": "+",
    "color": "black",
    "markersize": 10,
    "markeredgewidth": 1.5,
    "path_effects": [withStroke(linewidth=3.5, foreground="white")],
}
# Colours that stay apart for the colour-blind, and that are neither bright nor dark.
COLOURS = (
    *("#4b5ac3", "#ffa50f", "#00d2ff", "#007800", "#d26996", "#870f5a"),
    *("#8796ff", "#87963c", "#69d287", "#c3a5c3", "#875a69", "#4b4b0f"),
)
NAMED = len(COLOURS)  # labels that have a colour
OTHERS = "#9a9a9a"  # the colour of all other labels


def draw_decision_maps(
    maps: pd.DataFrame, exhibit: Exhibit, labels: Mapping[str, str], classes: Sequence[str]
) -> Figure:
    """One label map per source and target, with the same colour for the same label in all.

    The clean image is marked by a cross.

    Args:
        maps: source, target, v, u and label, one row per point; u and v are in pixels (0–255).
        labels: names of models to print.
        classes: names of the labels.
    """
    several_sources = len(exhibit.sources) > 1
    groups = list(maps.groupby(["source", "target"], sort=False))
    across = len(exhibit.targets) if several_sources else COLUMNS
    rows, columns = -(-len(groups) // across), min(across, len(groups))
    by_area = maps["label"].value_counts().index.tolist()
    colour_of = assign_colours(by_area[:NAMED])
    reach = float(maps["u"].max())
    side = min(LARGEST, WIDTH / columns)
    size = (side * columns + 0.8, (side + 0.25) * rows + 0.6)
    figure, axes = make_panels(rows, columns, size, sharex=True, sharey=True)
    for panel in axes.flat[len(groups) :]:
        panel.set_visible(False)
    for panel, ((source, target), points) in zip(axes.flat, groups, strict=False):
        grid = points.pivot(index="v", columns="u", values="label").to_numpy()
        panel.imshow(
            np.vectorize(lambda label: colour_of.get(label, NAMED))(grid),
            cmap=ListedColormap([*COLOURS, OTHERS]),
            vmin=-0.5,
            vmax=NAMED + 0.5,
            origin="lower",
            extent=(-reach, reach, -reach, reach),
            interpolation="none",
        )
        outline_regions(panel, grid, reach, classes)
        panel.plot(0, 0, **CROSS)
        panel.set_title(
            write_panel_title(str(source), str(target), labels, several_sources), fontsize=9
        )
    along, across_it = name_axes(exhibit)
    figure.supxlabel(along, fontsize=10)
    figure.supylabel(across_it, fontsize=10)
    listed = sorted(colour_of) if len(classes) <= NAMED else colour_of
    patches = [Patch(color=COLOURS[colour_of[name]], label=classes[name]) for name in listed]
    if len(by_area) > NAMED:
        patches.append(Patch(color=OTHERS, label="others"))
    add_legend(figure, patches, "predicted label", figure.get_figwidth())
    return figure


def name_axes(exhibit: Exhibit) -> tuple[str, str]:
    """What u and v are along, and their unit."""
    residual = "∇f⊥" if exhibit.probe.residual == "projection" else "∇f⊥ = ∇f − ∇f∥"
    if exhibit.probe.move == "sign":
        return "u along sign(∇f∥) (pixels, 0–255)", f"v along sign({residual}) (pixels, 0–255)"
    return "u along ∇f∥ (pixels, 0–255, as RMSD)", f"v along {residual} (pixels, 0–255, as RMSD)"


def write_panel_title(
    source: str, target: str, labels: Mapping[str, str], several_sources: bool
) -> str:
    """The target of a map, and its source where the picture shows several."""
    name = label_model(target, labels)
    if several_sources:
        return f"{label_model(source, labels)}\n→ {name}"
    return name + (", the source" if target == source else "")


def assign_colours(labels: Sequence[int]) -> dict[int, int]:
    """An index into the palette for each of NAMED labels at most, the largest regions first.

    The index is the label itself (modulo NAMED), or the next that no larger region has taken. So a
    label has the same colour in most figures, and in all if there are no more classes than colours.
    """
    indices: dict[int, int] = {}
    for label in labels:
        candidates = ((label + step) % NAMED for step in range(NAMED))
        indices[label] = next(index for index in candidates if index not in indices.values())
    return indices


def outline_regions(panel: Axes, grid: np.ndarray, reach: float, classes: Sequence[str]) -> None:
    """Draw a map's boundaries, and name large regions, so that it can be read in grey, too.

    Args:
        grid: labels, with v along rows and u along columns.
        reach: the largest u and v.
    """
    axis = np.linspace(-reach, reach, len(grid))
    for label in np.unique(grid):
        region = grid == label
        if not region.all():
            panel.contour(axis, axis, region, levels=[0.5], colors="white", linewidths=0.6)
        depth = distance_transform_edt(np.pad(region, 1))[1:-1, 1:-1]  # from the region's edge
        if depth.max() >= len(grid) / 12:
            v, u = np.unravel_index(depth.argmax(), depth.shape)
            panel.text(
                axis[u],
                axis[v],
                shorten(classes[label]),
                ha="center",
                va="center",
                fontsize=8.5,
                color="black",
                bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.75},
            )


def shorten(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
