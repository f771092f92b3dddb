"""Success rates along an axis, as noise level or number of iterations."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import cycle
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nrg.figures.labels import write_rates
from nrg.figures.legends import add_legend
from nrg.figures.setting_axes import SYMBOLS, label_setting, name_setting
from nrg.figures.style import LINES, ORDERED, Look, find_look, find_rate_limits, make_panels
from nrg.figures.svg_files import name_points
from nrg.study.exhibits import Exhibit, label_method

BANDS = 3  # of more values than these only the lowest and the highest have a band

PAPERS_BEST: Look = {"linestyle": (0, (1, 2)), "linewidth": 1.4, "zorder": 0}
BY_CHANCE: Look = {"color": "dimgray", "linestyle": (0, (6, 3)), "linewidth": 1}


def draw_curves(
    table: pd.DataFrame,
    exhibit: Exhibit,
    labels: Mapping[str, str],
    families: Mapping[str, str],
    *,
    scale: float = 1,
    optima: Mapping[str, float] | None = None,
    chance: float | None = None,
) -> Figure:
    """Success rates along an axis with 95 % intervals, one panel per target (and source).

    A line is a value of the exhibit's other axis, or a source where it has no other. Where the
    paper says which point is best, the highest points of every line have a ring.

    Args:
        table: the exhibit in long form, with a column per axis, or its means over the sources.
        labels: names of models to print.
        families: of models; lines of one family have one colour.
        scale: this run's pixels for one of the paper's.
        optima: the paper's best points on the horizontal axis, by source or "all".
        chance: the success rate, in percent, of predictions at random.
    """
    x = exhibit.x
    assert x is not None, "exhibits with curves have an axis"
    line_key = next((axis for axis in exhibit.axes if axis != x), "source")
    panel_keys = [key for key in ("source", "target") if key in table and key != line_key]
    groups = list(table.groupby(panel_keys, sort=False))
    looks = assign_looks(table, line_key, families)
    several_methods = table["method"].nunique() > 1
    best = choose_optima(table, x, optima or {})
    figure, axes = make_panels(1, len(groups), (4.1 * len(groups), 3.2), sharey=True)
    values = table[line_key].unique().tolist()
    with_band = values if len(values) <= BANDS else [min(values), max(values)]
    for panel, (names, cells) in zip(axes[0], groups, strict=True):
        for (method, value), line in cells.groupby(["method", line_key], sort=False):
            name = labels.get(str(value), str(value)) if line_key == "source" else f"{value:g}"
            prefix = label_method(str(method)) if several_methods else ""
            label = f"{prefix} {SYMBOLS.get(line_key, '')} {name}".strip()
            style = looks[str(method), value]
            draw_line(panel, line, x, label, style, scale)
            if value in with_band and "ci_low" in line:
                bounds = (line["ci_low"], line["ci_high"])
                panel.fill_between(line[x], *bounds, color=style["color"], alpha=0.13, linewidth=0)
            if best:
                ring_peaks(panel, line, x, style["color"])
        for source, place in best.items():
            mark = find_mark(source, looks)
            panel.axvline(place, markevery=[1], clip_on=False, **mark, **PAPERS_BEST)
        if chance is not None:
            panel.axhline(chance, **BY_CHANCE)
        label_setting(panel, x, cells[x], scale)
        panel.set_title(write_panel_title([labels.get(str(n), str(n)) for n in names]), fontsize=10)
        sns.despine(ax=panel)
    heights = table[[c for c in ("value", "ci_low", "ci_high") if c in table]].to_numpy().ravel()
    axes[0][0].set_ylim(find_rate_limits(heights if chance is None else [*heights, chance]))
    axes[0][0].set_ylabel("success rate (%)")
    lines = axes[0][0].get_legend_handles_labels()[0]
    add_legend(figure, [*lines, *explain_marks(best, looks, labels, x, scale, chance)])
    return figure


def draw_line(
    panel: Axes, line: pd.DataFrame, x: str, label: str, style: Look, scale: float
) -> None:
    """One line, whose markers name it, its setting and its rate."""
    (drawn,) = panel.plot(line[x], line["value"], label=label, clip_on=False, **style)
    points = zip(line[x], write_rates(line), strict=True)
    name_points(drawn, [f"{label}, {name_setting(x, at, scale)}: {text}" for at, text in points])


def write_panel_title(names: list[str]) -> str:
    """The title of a panel: its target, and its source where that is not a line."""
    return "→ ".join(["", *names]) if len(names) == 1 else " → ".join(names)


def choose_optima(table: pd.DataFrame, x: str, optima: Mapping[str, float]) -> dict[str, float]:
    """The paper's best points that lie on the table's axis, of sources that it has."""
    known = {"all", *table.get("source", ())}
    return {
        source: best
        for source, best in optima.items()
        if source in known and table[x].min() <= best <= table[x].max()
    }


def ring_peaks(panel: Axes, line: pd.DataFrame, x: str, colour: str) -> None:
    """Put a ring around every highest point of a line."""
    highest = line[line["value"] == line["value"].max()]
    panel.plot(highest[x], highest["value"], clip_on=False, **describe_ring(colour))


def describe_ring(colour: str) -> Look:
    return {
        "marker": "o",
        "markersize": 14,
        "linestyle": "",
        "markerfacecolor": "none",
        "markeredgecolor": colour,
        "markeredgewidth": 1.3,
    }


def explain_marks(
    optima: Mapping[str, float],
    looks: Mapping[tuple[str, Any], Look],
    labels: Mapping[str, str],
    x: str,
    scale: float,
    chance: float | None,
) -> list[Line2D]:
    """Entries of the legend for rings, for the paper's best points, and for chance."""
    handles = []
    for source, place in optima.items():
        of_source = "" if source == "all" else f" for {labels.get(source, source)}"
        text = f"paper’s best{of_source}: near {name_setting(x, place, scale)}"
        handles.append(Line2D([], [], label=text, **find_mark(source, looks), **PAPERS_BEST))
    if optima:
        handles.append(Line2D([], [], label="highest in this run", **describe_ring("dimgray")))
    if chance is not None:
        text = f"labels drawn at random: {chance:.3g} %"
        handles.append(Line2D([], [], label=text, **BY_CHANCE))
    return handles


def find_mark(source: str, looks: Mapping[tuple[str, Any], Look]) -> Look:
    """The colour and marker of a source's lines; black, without a marker, for all sources."""
    keys = ("color", "marker", "markersize")
    of_source = (style for (_, value), style in looks.items() if value == source)
    return {key: style[key] for style in of_source for key in keys} or {"color": "black"}


def assign_looks(
    table: pd.DataFrame, line_key: str, families: Mapping[str, str]
) -> dict[tuple[str, Any], Look]:
    """The look of each line, by method and value of `line_key`.

    A source looks like its family, and a number has a colour by its rank. Sources of one
    family, and methods, differ in their dashes.
    """
    methods, values = table["method"].unique().tolist(), table[line_key].unique().tolist()
    looks: dict[tuple[str, Any], Look] = {}
    if line_key == "source":
        lines_drawn: dict[str, int] = defaultdict(int)
        for method in methods:
            for value in values:
                family = find_look(families.get(value, value))
                dashes = LINES[lines_drawn[family["color"]] % len(LINES)]
                looks[method, value] = {**family, "linestyle": dashes}
                lines_drawn[family["color"]] += 1
        return looks
    colours = map(mpl.colors.to_hex, mpl.colormaps[ORDERED](np.linspace(0.25, 1, len(values))))
    for value, colour, marker in zip(sorted(values), colours, cycle("osD^vPX"), strict=False):
        for method, dashes in zip(methods, cycle(LINES), strict=False):
            looks[method, value] = {"color": colour, "marker": marker, "linestyle": dashes}
    return looks
