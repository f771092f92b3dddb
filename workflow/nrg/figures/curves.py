"""Success rates along an axis, as noise level or number of iterations."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import cycle
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from nrg.figures.labels import model_label, rate_texts, unique
from nrg.figures.style import LINES, Look, look, name_points
from nrg.study.exhibits import Exhibit, label_method

AXIS_LABELS = {
    "sigma": "noise level σ (pixels)",
    "epsilon": "distortion ε (pixels)",
    "alpha": "step size α (pixels)",
    "steps": "iterations k",
    "m": "m",
}
SYMBOLS = {"steps": "k", "epsilon": "ε", "alpha": "α", "sigma": "σ", "m": "m"}


def draw_curves(
    table: pd.DataFrame, exhibit: Exhibit, labels: Mapping[str, str], families: Mapping[str, str]
) -> Figure:
    """Success rates along an axis, with Wilson intervals, one panel per target (and source).

    A line is a value of the exhibit's other axis, or a source where it has no other. Points of a
    line share images, and often gradients, so that neighbours are correlated.

    Args:
        table: the exhibit in long form, with a column per axis.
        labels: names of models to print.
        families: of models; lines of one family have one colour.
    """
    x = exhibit.x
    assert x is not None, "exhibits with curves have an axis"
    other_axes = (axis for axis, _ in exhibit.methods[0].axes if axis != x)
    line_key = next(other_axes, "source")
    if exhibit.mean_over:
        keys = ["target", "method", x, line_key]
        table = table.groupby(keys)["value"].mean().reset_index()
    panel_keys = [key for key in ("source", "target") if key in table and key != line_key]
    groups = list(table.groupby(panel_keys, sort=False))
    looks = line_looks(table, line_key, families)
    several_methods = table["method"].nunique() > 1
    figure, axes = plt.subplots(
        1, len(groups), figsize=(4.2 * len(groups), 3.4), sharey=True, squeeze=False
    )
    for panel, (names, cells) in zip(axes[0], groups, strict=True):
        for (method, value), line in cells.groupby(["method", line_key], sort=False):
            name = model_label(str(value), labels) if line_key == "source" else f"{value:g}"
            prefix = label_method(str(method)) if several_methods else ""
            label = f"{prefix} {SYMBOLS.get(line_key, '')} {name}".strip()
            style = looks[str(method), value]
            (drawn,) = panel.plot(line[x], line["value"], label=label, clip_on=False, **style)
            one_line, symbol = " ".join(label.split()), SYMBOLS.get(x, x)
            points = zip(line[x], rate_texts(line), strict=True)
            name_points(drawn, [f"{one_line}, {symbol} {at:g}: {text}" for at, text in points])
            if "ci_low" in line:
                bounds = (line["ci_low"], line["ci_high"])
                panel.fill_between(line[x], *bounds, color=style["color"], alpha=0.15)
        panel.set(xlabel=AXIS_LABELS[x], ylim=(0, 100))
        panel.set_xticks(sorted(set(cells[x])))
        title = "\n→ ".join(labels.get(str(name), str(name)) for name in names)
        panel.set_title(title if len(names) > 1 else f"→ {title}", fontsize=9.5)
        sns.despine(ax=panel)
    axes[0][0].set_ylabel("success rate (%)")
    axes[0][-1].legend(loc="upper left", bbox_to_anchor=(1.02, 1), frameon=False)
    figure.tight_layout()
    return figure


def line_looks(
    table: pd.DataFrame, line_key: str, families: Mapping[str, str]
) -> dict[tuple[str, Any], Look]:
    """The look of each line, by method and value of `line_key`.

    A source looks like its family, and a number has a colour by its rank. Sources of one
    family, and methods, differ in their dashes.
    """
    methods, values = unique(table["method"]), unique(table[line_key])
    looks: dict[tuple[str, Any], Look] = {}
    if line_key == "source":
        lines_drawn: dict[str, int] = defaultdict(int)
        for method in methods:
            for value in values:
                family = look(families.get(value, value))
                dashes = LINES[lines_drawn[family["color"]] % len(LINES)]
                looks[method, value] = {**family, "linestyle": dashes}
                lines_drawn[family["color"]] += 1
        return looks
    colours = sns.color_palette("flare", len(values))
    for value, colour, marker in zip(sorted(values), colours, cycle("osD^vPX"), strict=False):
        for method, dashes in zip(methods, cycle(LINES), strict=False):
            looks[method, value] = {"color": colour, "marker": marker, "linestyle": dashes}
    return looks
