"""Cosines between gradients: of two models, and at two noisy copies of an image."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nrg.figures.curves import assign_looks
from nrg.figures.labels import label_model
from nrg.figures.legends import add_legend
from nrg.figures.setting_axes import label_setting, name_setting
from nrg.figures.style import Look, measure_error_bars
from nrg.figures.svg_files import name_points

TOP, BOTTOM = "#029e73", "#d55e00"  # colours of the pairs with the largest and smallest cosine


def draw_cosines(table: pd.DataFrame, labels: Mapping[str, str]) -> Figure:
    """The cosine between two models' gradients against m.

    A thin line is a pair of models, and the thick one is their mean. The pairs with the largest and
    the smallest cosine at the largest m are named.

    Args:
        table: the exhibit in long form, with the column m; 0 is the plain gradient.
        labels: names of models to print.
    """
    figure, axes = plt.subplots(figsize=(4.2, 3.2), layout="constrained")
    ms = sorted(set(table["m"]))
    table = table.assign(position=[ms.index(m) for m in table["m"]])
    named = find_extreme_pairs(table)
    for ends, pair in table.groupby(["source", "target"], sort=False):
        style: Look = {"color": "gray", "alpha": 0.5, "linewidth": 0.8}
        if ends in named:
            rank, colour = named[ends]
            text = " and ".join(labels.get(str(end), str(end)) for end in ends)
            style = {"color": colour, "linewidth": 1.5, "label": f"{rank}: {text}"}
        axes.plot(pair["position"], pair["value"], **style)
    means = table.groupby("m")["value"].mean()[ms].tolist()
    (line,) = axes.plot(
        range(len(ms)), means, color="#0173b2", marker="o", linewidth=2.5, label="mean over pairs"
    )
    names = [f"m {m}" if m else "plain gradient" for m in ms]
    name_points(line, [f"{name}: {mean:.3f}" for name, mean in zip(names, means, strict=True)])
    axes.set_xticks(range(len(ms)), [str(m) if m else "plain" for m in ms])
    axes.set(xlabel="number of noisy copies m", ylabel="cosine between two models’ gradients")
    add_legend(figure, axes.get_legend_handles_labels()[0])
    sns.despine(ax=axes)
    return figure


def find_extreme_pairs(table: pd.DataFrame) -> dict[tuple[str, str], tuple[str, str]]:
    """What to call the pairs with the largest and smallest cosine at the largest m, and a colour.

    Empty if there is one pair, which is the mean.
    """
    last = table[table["m"] == table["m"].max()].set_index(["source", "target"])["value"]
    if len(last) < 2:
        return {}
    return {
        last.idxmax(): ("largest at the end", TOP),
        last.idxmin(): ("smallest at the end", BOTTOM),
    }


def draw_copy_cosines(
    table: pd.DataFrame, labels: Mapping[str, str], families: Mapping[str, str], scale: float
) -> Figure:
    """The cosine between gradients at noisy copies of an image against σ, one line per model.

    Args:
        table: the exhibit in long form, with the column sigma, in pixels.
        labels: names of models to print.
        families: of models; lines of one family have one colour.
        scale: this run's pixels for one of the paper's.
    """
    figure, axes = plt.subplots(figsize=(4.2, 3.6), layout="constrained")
    looks = assign_looks(table, "source", families)
    for (method, source), rows in table.groupby(["method", "source"], sort=False):
        label = label_model(str(source), labels)
        line: Line2D
        line, *_ = axes.errorbar(
            rows["sigma"],
            rows["value"],
            yerr=measure_error_bars(rows),
            capsize=3,
            label=label,
            **looks[str(method), source],
        )
        points = zip(rows["sigma"], rows["value"], strict=True)
        name_points(
            line,
            [f"{label}, {name_setting('sigma', s, scale)}: {value:.3f}" for s, value in points],
        )
    label_setting(axes, "sigma", table["sigma"], scale)
    axes.set(ylabel="cosine between the gradients\nat two noisy copies of an image")
    axes.legend(frameon=False)
    sns.despine(ax=axes)
    return figure
