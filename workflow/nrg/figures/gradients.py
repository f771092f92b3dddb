"""Gradients as pictures (Figure 2), and cosines between gradients."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nrg.figures.images import show_image
from nrg.figures.labels import model_label, rate_texts
from nrg.figures.style import name_points

PARTS = {
    "image": "clean image",
    "gradient": "∇f",
    "parallel": "∇f∥",
    "perpendicular": "∇f⊥",
    "difference": "∇f − ∇f∥",
}


def draw_gradients(pictures: Mapping[str, np.ndarray], table: pd.DataFrame) -> Figure:
    """One image, its gradients, and the share of high frequencies over many images.

    Args:
        pictures: "image" (C, H, W), and for each m or part a rendered gradient (1, H, W), uint8.
        table: the exhibit in long form, with the column m; its method is "nrg", or a part.
    """
    figure, axes = plt.subplots(
        1, len(pictures) + 1, figsize=(2.4 * len(pictures) + 3.4, 2.8), squeeze=False
    )
    for panel, (name, pixels) in zip(axes[0], pictures.items(), strict=False):
        show_image(panel, pixels)
        panel.set_title(PARTS.get(name, f"m = {name}"), fontsize=9)
    draw_shares(axes[0][-1], table)
    figure.tight_layout()
    return figure


def draw_shares(panel: Axes, table: pd.DataFrame) -> None:
    """The share of high frequencies against m, or for each part of the gradient."""
    errors = error_bars(table)
    line: Line2D
    if (table["method"] == "nrg").all():
        line, *_ = panel.errorbar(table["m"], table["value"], errors, marker="o", capsize=3)
        names = [f"m {m:g}" for m in table["m"]]
        panel.set_xscale("log")
        panel.set_xticks(table["m"].tolist(), [str(m) for m in table["m"]])
        panel.minorticks_off()
        panel.set_xlabel("m")
    else:
        names = [PARTS[method] for method in table["method"]]
        line, *_ = panel.errorbar(range(len(names)), table["value"], errors, fmt="o", capsize=3)
        panel.set_xticks(range(len(names)), names)
        panel.margins(x=0.2)
    points = zip(names, rate_texts(table), strict=True)
    name_points(line, [f"{name}: {text}" for name, text in points])
    panel.set_ylabel("high-frequency energy (%)")
    panel.set_ylim(bottom=0)
    sns.despine(ax=panel)


def error_bars(table: pd.DataFrame) -> np.ndarray:
    """Distances of each value to the ends of its interval, (2, n)."""
    return np.array([table["value"] - table["ci_low"], table["ci_high"] - table["value"]])


def draw_cosines(table: pd.DataFrame) -> Figure:
    """The cosine between two models' gradients against m.

    A thin line is a pair of models, and the thick one is their mean.

    Args:
        table: the exhibit in long form, with the column m; 0 is the plain gradient.
    """
    figure, axes = plt.subplots(figsize=(5, 3.4))
    ms = sorted(set(table["m"]))
    table = table.assign(position=[ms.index(m) for m in table["m"]])
    for _, pair in table.groupby(["source", "target"]):
        axes.plot(pair["position"], pair["value"], color="gray", alpha=0.5, linewidth=0.8)
    means = table.groupby("m")["value"].mean()[ms].tolist()
    (line,) = axes.plot(range(len(ms)), means, marker="o", linewidth=2.5, label="mean over pairs")
    names = [f"m {m}" if m else "plain gradient" for m in ms]
    name_points(line, [f"{name}: {mean:.3f}" for name, mean in zip(names, means, strict=True)])
    axes.set_xticks(range(len(ms)), [str(m) if m else "plain" for m in ms])
    axes.set(xlabel="m", ylabel="cosine between two models")
    axes.legend(frameon=False)
    sns.despine(ax=axes)
    return figure


def draw_copy_cosines(table: pd.DataFrame, labels: Mapping[str, str]) -> Figure:
    """The cosine between gradients at noisy copies of an image against σ, one line per model.

    Args:
        table: the exhibit in long form, with the column sigma, in pixels.
        labels: names of models to print.
    """
    figure, axes = plt.subplots(figsize=(5, 3.4))
    for source, rows in table.groupby("source", sort=False):
        line: Line2D
        line, *_ = axes.errorbar(
            rows["sigma"],
            rows["value"],
            yerr=error_bars(rows),
            marker="o",
            capsize=3,
            label=model_label(str(source), labels),
        )
        points = zip(rows["sigma"], rows["value"], strict=True)
        name_points(line, [f"σ {sigma:g}: {value:.3f}" for sigma, value in points])
    axes.set(xlabel="σ", ylabel="cosine between two noisy copies")
    axes.legend(frameon=False)
    sns.despine(ax=axes)
    return figure
