"""The pictures of the exhibits."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from nrg.figures.label_placement import place_labels
from nrg.figures.style import LINES, RATES, logarithmic, look, name_points
from nrg.study.exhibits import Exhibit, method_label
from nrg.study.sources import is_white_box, network_label


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
            if is_white_box(source, target):
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


def curves(
    frame: pd.DataFrame, exhibit: Exhibit, labels: Mapping[str, str], families: Mapping[str, str]
) -> Figure:
    """Success rates along an axis, a panel a target (and source), with Wilson intervals.

    A line is a value of the other axis, or a source where there is none. Points of a line share
    images, and often gradients, so that neighbours are correlated.

    Args:
        labels: names of models to print; `families`: of models, whose looks their lines have.
    """
    lines = next((axis for axis, _ in exhibit.methods[0].axes if axis != exhibit.x), "source")
    if exhibit.mean_over:
        keys = ["target", "method", exhibit.x, lines]
        frame = frame.groupby(keys, as_index=False)["value"].mean()
    panels = [key for key in ("source", "target") if key in frame and key != lines]
    groups = list(frame.groupby(panels, sort=False))
    looks = line_looks(frame, lines, families)
    figure, axes = plt.subplots(
        1, len(groups), figsize=(4.2 * len(groups), 3.4), sharey=True, squeeze=False
    )
    for panel, (names, cells) in zip(axes[0], groups, strict=True):
        for (method, value), line in cells.groupby(["method", lines], sort=False):
            named = short(labels.get(value, value)) if lines == "source" else f"{value:g}"
            prefix = method_label(method) if frame["method"].nunique() > 1 else ""
            label = f"{prefix} {SYMBOLS.get(lines, '')} {named}".strip()
            own = looks[method, value]
            (drawn,) = panel.plot(line[exhibit.x], line["value"], label=label, clip_on=False, **own)
            at = SYMBOLS.get(exhibit.x, exhibit.x)
            name_points(
                drawn,
                [
                    f"{' '.join(label.split())}, {at} {getattr(row, exhibit.x):g}: {rate_text(row)}"
                    for row in line.itertuples()
                ],
            )
            if "ci_low" in line:
                bounds = (line["ci_low"], line["ci_high"])
                panel.fill_between(line[exhibit.x], *bounds, color=own["color"], alpha=0.15)
        panel.set(xlabel=AXIS_LABELS[exhibit.x], ylim=(0, 100))
        panel.set_xticks(sorted(set(cells[exhibit.x])))
        title = "\n→ ".join(labels.get(name, name) for name in names)
        panel.set_title(title if len(names) > 1 else f"→ {title}", fontsize=9.5)
        sns.despine(ax=panel)
    axes[0][0].set_ylabel("success rate (%)")
    axes[0][-1].legend(loc="upper left", bbox_to_anchor=(1.02, 1), frameon=False)
    figure.tight_layout()
    return figure


def line_looks(
    frame: pd.DataFrame, lines: str, families: Mapping[str, str]
) -> dict[tuple[str, Any], dict[str, Any]]:
    """How to draw each method and line: a source as its family, a number by its place in order.

    Sources of one family, and methods, differ in their dashes.
    """
    methods = list(dict.fromkeys(frame["method"]))
    values = list(dict.fromkeys(frame[lines]))
    dashes = dict(zip(methods, cycle(LINES), strict=False))
    if lines != "source":
        values = sorted(values)
        colours = sns.color_palette("flare", len(values))
        marked = zip(values, colours, cycle("osD^vPX"), strict=False)
        return {
            (method, value): {"color": colour, "marker": marker, "linestyle": dashes[method]}
            for value, colour, marker in marked
            for method in methods
        }
    looks = {}
    drawn: dict[str, int] = defaultdict(int)
    for method in methods:
        for value in values:
            own = look(families.get(value, value))
            looks[method, value] = own | {"linestyle": LINES[drawn[own["color"]] % len(LINES)]}
            drawn[own["color"]] += 1
    return looks


def rate_text(row: Any) -> str:
    """A rate with its interval, where it has one: 45.2 % (40.1–50.3)."""
    interval = f" ({row.ci_low:.1f}–{row.ci_high:.1f})" if hasattr(row, "ci_low") else ""
    return f"{row.value:.1f} %{interval}"


def outlined(family: str) -> dict[str, Any]:
    """A family's marker in its colour, empty."""
    own = look(family)
    edge = {"markeredgecolor": own["color"], "markeredgewidth": 2, "markerfacecolor": "white"}
    return {"marker": own["marker"], "markersize": 11, "linestyle": "", **edge}


def capacity(frame: pd.DataFrame, labels: Mapping[str, str]) -> Figure:
    """Sources by test error and size, filled and labelled by success rate; a family is a shape and
    the colour of its outline."""
    methods = list(dict.fromkeys(frame["method"]))
    figure, axes = plt.subplots(
        1, len(methods), figsize=(5.4 * len(methods), 4.6), sharey=True, squeeze=False
    )
    frame = frame.assign(millions=frame["parameters"] / 1e6)
    rates = ScalarMappable(Normalize(0, 100), RATES)
    for panel, method in zip(axes[0], methods, strict=True):
        cells = frame[frame["method"] == method]
        for row in cells.itertuples():
            (point,) = panel.plot(row.top1_error, row.millions, **outlined(row.family))
            point.set_markerfacecolor(rates.to_rgba(row.value))
            text = f"{row.source}: {rate_text(row)}, Top-1 error {row.top1_error:.2f} %, "
            name_points(point, [f"{text}{row.millions:.3g} million parameters"])
        target = labels.get(cells["target"].iloc[0], "")
        panel.set(xlabel="Top-1 error (%)", title=f"{method_label(method)} → {target}")
        panel.set_yscale("log")
        logarithmic(panel.yaxis)
        panel.margins(0.18)
        sns.despine(ax=panel)
    axes[0][0].set_ylabel("parameters (millions)")
    families = dict.fromkeys(frame["family"])
    axes[0][-1].legend(
        handles=[Line2D([], [], label=family, **outlined(family)) for family in families],
        title="family of the source",
        loc="upper left",
        bbox_to_anchor=(1.02, 1),
        frameon=False,
    )
    figure.tight_layout()
    bar = {"location": "bottom", "fraction": 0.05, "aspect": 50}
    figure.colorbar(rates, ax=axes[0].tolist(), label="success rate (%)", **bar)
    for panel, method in zip(axes[0], methods, strict=True):
        cells = frame[frame["method"] == method]
        texts = [f"{row.source} {row.value:.1f}" for row in cells.itertuples()]
        place_labels(panel, cells[["top1_error", "millions"]].to_numpy(), texts)
    return figure


TRANSFORMATION_LABELS = {
    "rotation": "rotation (degrees)",
    "gaussian_noise": "noise, standard deviation (pixels)",
    "gaussian_blur": "Gaussian blur, radius (pixels)",
    "jpeg": "JPEG quality",
}


def method_look(method: str) -> dict[str, Any]:
    """A colour an attack: plain dashed, noise-reduced solid; clean images black and dotted."""
    if method == "clean":
        return {"color": "black", "linestyle": ":", "marker": "."}
    noisy, plain = method.startswith("nr-"), method.removeprefix("nr-")
    colours = {"fgsm": "#0173b2", "igsm": "#d55e00"}
    return {
        "color": colours.get(plain, "#949494"),
        "linestyle": "-" if noisy else "--",
        "marker": {"fgsm": "o", "igsm": "s"}.get(plain, "D"),
        "markerfacecolor": None if noisy else "white",
    }


def destruction(frame: pd.DataFrame) -> Figure:
    """Destruction rate against the strength of each transformation, and clean images' survival."""
    names = list(dict.fromkeys(frame["transformation"]))
    figure, axes = plt.subplots(
        1, len(names), figsize=(3.4 * len(names), 3.2), sharey=True, squeeze=False
    )
    for panel, name in zip(axes[0], names, strict=True):
        cells = frame[frame["transformation"] == name]
        for method, line in cells.groupby("method", sort=False):
            label = "clean images that survive" if method == "clean" else method_label(method)
            own = method_look(method)
            (drawn,) = panel.plot(line["strength"], line["value"], label=label, **own)
            at = TRANSFORMATION_LABELS[name].partition(" (")[0]
            texts = [
                f"{label}, {at} {row.strength:g}: {rate_text(row)}" for row in line.itertuples()
            ]
            name_points(drawn, texts)
            if method != "clean":
                bounds = (line["ci_low"], line["ci_high"])
                panel.fill_between(line["strength"], *bounds, color=own["color"], alpha=0.15)
        panel.set(xlabel=TRANSFORMATION_LABELS[name], ylim=(0, 100))
        if name == "jpeg":
            panel.invert_xaxis()  # harm grows to the right in every panel
        sns.despine(ax=panel)
    axes[0][0].set_ylabel("destroyed; of clean images, surviving (%)")
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
    labels = {name: network_label(name) for name in depths}
    for panel, optimiser in zip(axes[0], optimisers, strict=True):
        cells = frame[frame["optimiser"] == optimiser]
        draw_matrix(panel, cells, depths, depths, list(dict.fromkeys(cells["method"])), labels)
        panel.set_title(method_label(optimiser))
    figure.tight_layout()
    return figure
