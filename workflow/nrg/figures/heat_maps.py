"""Matrices of success rates: sources by targets."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from nrg.figures.labels import break_label, label_model, measure_line
from nrg.figures.style import INK, RATES, make_panels, shade
from nrg.study.exhibits import label_method
from nrg.study.sources import is_white_box, label_network

GAP = 0.12  # between two targets, in columns


def draw_heat_map(table: pd.DataFrame, labels: Mapping[str, str]) -> Figure:
    """A matrix of sources by targets, with one column per method in every cell.

    White boxes are framed.

    Args:
        table: an exhibit in long form (`tables.COLUMNS`), in the order to show.
        labels: names of models to print.
    """
    sources, targets, methods = (
        table[key].unique().tolist() for key in ("source", "target", "method")
    )
    rows, columns = ([labels.get(name, name) for name in names] for names in (sources, targets))
    column_width = max(0.56 * len(methods), 0.3 + 0.075 * max(map(measure_line, columns)))
    height = sum(max(0.42, 0.18 * (1 + break_label(row).count("\n"))) for row in rows)
    figure, axes = plt.subplots(
        figsize=(1.6 + column_width * len(targets), 1.2 + height), layout="constrained"
    )
    draw_matrix(axes, table, sources, targets, methods, labels)
    order = ", left to right" if len(methods) > 1 else ""
    figure.suptitle(
        f"In each cell{order}: {', '.join(map(label_method, methods))}",
        x=0.01,
        ha="left",
        fontsize=10,
    )
    return figure


def draw_mlp_heat_maps(table: pd.DataFrame) -> Figure:
    """Table 4: one matrix of depths per optimiser.

    Args:
        table: the exhibit in long form, with the column optimiser.
    """
    optimisers, depths = table["optimiser"].unique().tolist(), table["source"].unique().tolist()
    figure, axes = make_panels(1, len(optimisers), (4.2 * len(optimisers), 3.2))
    labels = {name: label_network(name) for name in depths}
    for panel, optimiser in zip(axes[0], optimisers, strict=True):
        cells = table[table["optimiser"] == optimiser]
        draw_matrix(panel, cells, depths, depths, cells["method"].unique().tolist(), labels)
        panel.set_title(label_method(optimiser))
    return figure


def draw_matrix(
    axes: Axes,
    table: pd.DataFrame,
    sources: Sequence[str],
    targets: Sequence[str],
    methods: Sequence[str],
    labels: Mapping[str, str],
) -> None:
    """Draw rates in percent, one row per source, with the methods of a target side by side."""
    for place, target in enumerate(targets):
        wide = table[table["target"] == target].pivot(
            index="source", columns="method", values="value"
        )
        rates = wide.reindex(index=pd.Index(sources), columns=pd.Index(methods)).to_numpy()
        left = find_target_edge(place, len(methods))
        edges = left + np.arange(len(methods) + 1)
        mesh = axes.pcolormesh(
            *(edges, np.arange(len(sources) + 1), np.ma.masked_invalid(rates)),
            vmin=0,
            vmax=100,
            cmap=RATES,
        )
        write_on_cells(axes, rates, left)
        for row, source in enumerate(sources):
            if is_white_box(source, target):
                axes.add_patch(frame_white_box(row, left, len(methods)))
    axes.figure.colorbar(
        mesh,
        ax=axes,
        label="success rate (%)" if len(sources) > 2 else "%",
        fraction=0.03,
        pad=0.02,
    )
    axes.invert_yaxis()
    axes.set_xticks(
        [find_target_edge(place, len(methods)) + len(methods) / 2 for place in range(len(targets))],
        [label_model(target, labels) for target in targets],
        fontsize=8.5,
    )
    axes.set_yticks(
        [row + 0.5 for row in range(len(sources))],
        [label_model(source, labels) for source in sources],
        fontsize=8.5,
    )
    axes.tick_params(length=0)
    axes.set(xlabel="target", ylabel="source")
    sns.despine(ax=axes, left=True, bottom=True)


def find_target_edge(place: int, methods: int) -> float:
    """Where a target's columns begin, one per method, after those of `place` other targets."""
    return place * (methods + GAP)


def write_on_cells(axes: Axes, rates: np.ndarray, left: float) -> None:
    """Write each rate (sources, methods) on its cell, in black or white, whichever reads better."""
    for (row, column), rate in np.ndenumerate(rates):
        if not np.isnan(rate):
            ink = shade(rate, 0, 100).text
            place = (left + column + 0.5, row + 0.5)
            axes.text(*place, f"{rate:.1f}", color=ink, ha="center", va="center", fontsize=8.5)


def frame_white_box(row: int, left: float, width: int) -> Rectangle:
    """A frame along the edges of a cell that is `width` methods wide."""
    edges = (left, row), width, 1
    return Rectangle(*edges, fill=False, edgecolor=INK, linewidth=2, zorder=3, clip_on=False)
