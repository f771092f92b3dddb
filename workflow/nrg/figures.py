"""The pictures of the exhibits."""

from collections.abc import Mapping, Sequence
from itertools import cycle

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from nrg.exhibits import Exhibit, method_label
from nrg.sources import members
from nrg.style import MARKERS, RATES


def short(label: str) -> str:
    """A label on several lines: an ensemble's members, and a remark in brackets."""
    return label.replace(" + ", " +\n").replace(" (", "\n(")


def longest_line(label: str) -> int:
    return max(map(len, short(label).splitlines()))


def heat_map(frame: pd.DataFrame, labels: Mapping[str, str]) -> Figure:
    """A matrix of sources by targets, a column a method in every cell; white boxes are framed.

    Args:
        frame: an exhibit in long form (tables.COLUMNS), in the order to show.
        labels: names of models to print.
    """
    sources, targets, methods = (
        list(dict.fromkeys(frame[key])) for key in ("source", "target", "method")
    )
    rows, columns = ([labels.get(name, name) for name in names] for names in (sources, targets))
    column = max(0.56 * len(methods), 0.3 + 0.075 * max(map(longest_line, columns)))
    height = sum(max(0.42, 0.18 * (1 + short(row).count("\n"))) for row in rows)
    figure, axes = plt.subplots(figsize=(1.6 + column * len(targets), 1.2 + height))
    draw_matrix(axes, frame, sources, targets, methods, labels)
    figure.suptitle(
        "In each cell, left to right: " + ", ".join(map(method_label, methods)),
        x=0.01,
        ha="left",
        fontsize=10,
    )
    figure.tight_layout()
    return figure


def draw_matrix(
    axes: Axes,
    frame: pd.DataFrame,
    sources: Sequence[str],
    targets: Sequence[str],
    methods: Sequence[str],
    labels: Mapping[str, str],
) -> None:
    columns = [(target, method) for target in targets for method in methods]
    rates = frame.pivot(index="source", columns=["target", "method"], values="value")
    rates = rates.reindex(index=sources, columns=columns)
    sns.heatmap(
        rates,
        ax=axes,
        vmin=0,
        vmax=100,
        cmap=RATES,
        annot=True,
        fmt=".1f",
        annot_kws={"size": 8.5},
        linewidths=0.5,
        cbar_kws={
            "label": "success rate (%)" if len(sources) > 2 else "%",
            "fraction": 0.03,
            "pad": 0.02,
        },
    )
    width = len(methods)
    for edge in range(1, len(targets)):
        axes.axvline(edge * width, color="white", linewidth=4)
    for row, source in enumerate(sources):
        for column, target in enumerate(targets):
            if target in members(source):
                axes.add_patch(
                    Rectangle(
                        (column * width + 0.06, row + 0.06),
                        width - 0.12,
                        0.88,
                        fill=False,
                        edgecolor="black",
                        linewidth=1.5,
                        zorder=3,
                    )
                )
    axes.set_xticks(
        [(column + 0.5) * width for column in range(len(targets))],
        [short(labels.get(target, target)) for target in targets],
        rotation=0,
        fontsize=8.5,
    )
    axes.set_yticks(
        [row + 0.5 for row in range(len(sources))],
        [short(labels.get(source, source)) for source in sources],
        rotation=0,
        fontsize=8.5,
    )
    axes.tick_params(length=0)
    axes.set(xlabel="target", ylabel="source")


AXIS_LABELS = {
    "sigma": "noise level σ (pixels)",
    "epsilon": "distortion ε (pixels)",
    "alpha": "step size α (pixels)",
    "steps": "iterations k",
    "m": "m",
}
SYMBOLS = {"steps": "k", "epsilon": "ε", "alpha": "α", "sigma": "σ", "m": "m"}


def curves(frame: pd.DataFrame, exhibit: Exhibit, labels: Mapping[str, str]) -> Figure:
    """Success rates along an axis, a panel a target (and source), with Wilson intervals.

    A line is a value of the other axis, or a source where there is none. Points of a line share
    images, and often gradients, so that neighbours are correlated.
    """
    lines = next((axis for axis, _ in exhibit.methods[0].axes if axis != exhibit.x), "source")
    several = frame["method"].nunique() > 1
    if exhibit.mean_over:
        keys = ["target", "method", exhibit.x, lines]
        frame = frame.groupby(keys, as_index=False)["value"].mean()
    panels = [key for key in ("source", "target") if key in frame and key != lines]
    groups = list(frame.groupby(panels, sort=False))
    figure, axes = plt.subplots(
        1, len(groups), figsize=(4.2 * len(groups), 3.4), sharey=True, squeeze=False
    )
    for panel, (names, cells) in zip(axes[0], groups, strict=True):
        for ((method, value), line), marker in zip(
            cells.groupby(["method", lines], sort=False), cycle("osD^vPX"), strict=False
        ):
            named = labels.get(value, value) if lines == "source" else f"{value:g}"
            prefix = method_label(method) if several else ""
            label = f"{prefix} {SYMBOLS.get(lines, '')} {named}".strip()
            panel.plot(line[exhibit.x], line["value"], marker=marker, label=label, clip_on=False)
            if "ci_low" in line:
                panel.fill_between(line[exhibit.x], line["ci_low"], line["ci_high"], alpha=0.15)
        panel.set(xlabel=AXIS_LABELS[exhibit.x], ylim=(0, 100))
        panel.set_xticks(sorted(set(cells[exhibit.x])))
        title = "\n→ ".join(labels.get(name, name) for name in names)
        panel.set_title(title if len(names) > 1 else f"→ {title}", fontsize=9.5)
        sns.despine(ax=panel)
    axes[0][0].set_ylabel("success rate (%)")
    axes[0][-1].legend(loc="upper left", bbox_to_anchor=(1.02, 1), frameon=False)
    figure.tight_layout()
    return figure


def capacity(frame: pd.DataFrame, labels: Mapping[str, str]) -> Figure:
    """Sources by test error and size, coloured by and annotated with their success rate."""
    methods = list(dict.fromkeys(frame["method"]))
    figure, axes = plt.subplots(
        1, len(methods), figsize=(4.8 * len(methods), 4), sharey=True, squeeze=False
    )
    frame = frame.assign(millions=frame["parameters"] / 1e6)
    for panel, method in zip(axes[0], methods, strict=True):
        cells = frame[frame["method"] == method]
        for family, models in cells.groupby("family", sort=False):
            points = panel.scatter(
                models["top1_error"],
                models["millions"],
                c=models["value"],
                cmap=RATES,
                vmin=0,
                vmax=100,
                marker=MARKERS.get(family, "X"),
                s=70,
                label=family,
            )
        for row in cells.itertuples():
            place = (row.top1_error, row.millions)
            panel.annotate(
                f"{row.value:.1f}", place, (5, 4), textcoords="offset points", fontsize=8
            )
        target = labels.get(cells["target"].iloc[0], "")
        panel.set(xlabel="Top-1 error (%)", title=f"{method_label(method)} → {target}")
        panel.set_yscale("log")
        panel.margins(0.12)
        sns.despine(ax=panel)
    axes[0][0].set_ylabel("parameters (millions)")
    figure.colorbar(points, ax=axes[0].tolist(), label="success rate (%)", fraction=0.03, pad=0.02)
    legend = axes[0][-1].legend(loc="upper left", bbox_to_anchor=(1.3, 1), frameon=False)
    for handle in legend.legend_handles:
        handle.set_color("black")
    return figure


TRANSFORMATION_LABELS = {
    "rotation": "rotation (degrees)",
    "gaussian_noise": "noise, standard deviation (pixels)",
    "gaussian_blur": "Gaussian blur, radius (pixels)",
    "jpeg": "JPEG quality",
}


def destruction(frame: pd.DataFrame) -> Figure:
    """Destruction rate against the strength of each transformation, and clean images' survival."""
    names = list(dict.fromkeys(frame["transformation"]))
    figure, axes = plt.subplots(
        1, len(names), figsize=(3.4 * len(names), 3.2), sharey=True, squeeze=False
    )
    for panel, name in zip(axes[0], names, strict=True):
        cells = frame[frame["transformation"] == name]
        for (method, line), marker in zip(
            cells.groupby("method", sort=False), cycle("os^Dv"), strict=False
        ):
            clean = method == "clean"
            panel.plot(
                line["strength"],
                line["value"],
                marker=None if clean else marker,
                color="black" if clean else None,
                linestyle=":" if clean else "-",
                label="clean images that survive" if clean else method_label(method),
            )
            if not clean:
                panel.fill_between(line["strength"], line["ci_low"], line["ci_high"], alpha=0.15)
        panel.set(xlabel=TRANSFORMATION_LABELS[name], ylim=(0, 100))
        if name == "jpeg":
            panel.invert_xaxis()  # harm grows to the right in every panel
        sns.despine(ax=panel)
    axes[0][0].set_ylabel("destruction rate (%)")
    axes[0][-1].legend(loc="upper left", bbox_to_anchor=(1.02, 1), frameon=False)
    figure.tight_layout()
    return figure


def mlp_heat_maps(frame: pd.DataFrame) -> Figure:
    """Table 4: a matrix of depths an optimiser."""
    optimisers = list(dict.fromkeys(frame["optimiser"]))
    depths = list(dict.fromkeys(frame["source"]))
    figure, axes = plt.subplots(
        1, len(optimisers), figsize=(4.2 * len(optimisers), 3.2), squeeze=False
    )
    labels = {name: name.replace("mlp_d", "D = ") for name in depths}
    for panel, optimiser in zip(axes[0], optimisers, strict=True):
        cells = frame[frame["optimiser"] == optimiser]
        draw_matrix(panel, cells, depths, depths, list(dict.fromkeys(cells["method"])), labels)
        panel.set_title(method_label(optimiser))
    figure.tight_layout()
    return figure
