"""Figures 1b and 5: the label that models give at every point of a plane through an image."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from scipy.ndimage import distance_transform_edt

from nrg.figures.labels import model_label
from nrg.study.exhibits import Exhibit

COLUMNS = 5  # panels in a row
NAMED = 12  # labels that have a colour
OTHERS = (0.85, 0.85, 0.85)  # the colour of all other labels
LONGEST_NAME = 10  # characters of a label's name within a map


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
    colours = [
        *sns.color_palette("colorblind", 10),
        *sns.color_palette("pastel", NAMED - 10),
        OTHERS,
    ]
    reach = float(maps["u"].max())
    figure, axes = plt.subplots(
        rows, columns, figsize=(2.5 * columns + 1.6, 2.7 * rows), squeeze=False, sharey=True
    )
    for panel in axes.flat[len(groups) :]:
        panel.set_visible(False)
    for panel, ((source, target), points) in zip(axes.flat, groups, strict=False):
        grid = points.pivot(index="v", columns="u", values="label").to_numpy()
        panel.imshow(
            np.vectorize(lambda label: colour_of.get(label, NAMED))(grid),
            cmap=ListedColormap(colours),
            vmin=-0.5,
            vmax=NAMED + 0.5,
            origin="lower",
            extent=(-reach, reach, -reach, reach),
            interpolation="nearest",
        )
        outline_regions(panel, grid, reach, classes)
        panel.plot(0, 0, marker="+", color="black", markersize=10, markeredgewidth=1.5)
        panel.set_title(panel_title(str(source), str(target), labels, several_sources), fontsize=9)
        panel.set_xlabel("u along ∇f∥")
    for row in axes:
        row[0].set_ylabel("v along ∇f⊥")
    listed = sorted(colour_of) if len(classes) <= NAMED else colour_of
    patches = [Patch(color=colours[colour_of[label]], label=classes[label]) for label in listed]
    if len(by_area) > NAMED:
        patches.append(Patch(color=OTHERS, label="others"))
    figure.legend(
        handles=patches, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, title="label"
    )
    figure.tight_layout()
    return figure


def panel_title(source: str, target: str, labels: Mapping[str, str], several_sources: bool) -> str:
    """The target of a map, and its source where the picture shows several."""
    name = model_label(target, labels)
    if several_sources:
        return f"{model_label(source, labels)} → {name}"
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
                fontsize=7,
                bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.75},
            )


def shorten(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
