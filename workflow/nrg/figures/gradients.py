"""Gradients as pictures (Figure 2), with the share of high frequencies in them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nrg.figures.images import show_image
from nrg.figures.labels import write_rates
from nrg.figures.style import INK, Look, make_panels, measure_error_bars
from nrg.figures.svg_files import name_points

PARTS = {
    "image": "clean image",
    "gradient": "∇f",
    "parallel": "∇f∥",
    "perpendicular": "∇f⊥",
    "difference": "∇f − ∇f∥",
}

BARS: Look = {"capsize": 3, "color": INK}  # of the colour that is read beside pictures in the dark


def draw_gradients(pictures: Mapping[str, np.ndarray], table: pd.DataFrame) -> Figure:
    """One image, its gradients, and the share of high frequencies over many images.

    Args:
        pictures: "image" (C, H, W), and for each m or part a rendered gradient (1, H, W), uint8.
        table: the exhibit in long form, with the column m; its method is "nrg", or a part.
    """
    widths = [*([2] * len(pictures)), 3]
    figure, axes = make_panels(1, len(widths), (sum(widths), 3), width_ratios=widths)
    for panel, (name, pixels) in zip(axes[0], pictures.items(), strict=False):
        show_image(panel, pixels)
        panel.set_title(PARTS.get(name, f"m = {name}"), fontsize=9)
    scale = figure.colorbar(
        ScalarMappable(Normalize(0, 1), "gray"),
        ax=axes[0][1 : len(pictures)].tolist(),
        location="bottom",
        ticks=[0, 1],
        aspect=40,
        label="absolute value of the gradient at a pixel",
    )
    scale.set_ticklabels(["0", "99th percentile of its picture, and more"])
    first, last = scale.ax.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")
    draw_shares(axes[0][-1], table)
    return figure


def draw_shares(panel: Axes, table: pd.DataFrame) -> None:
    """The share of high frequencies against m, or for each part of the gradient."""
    errors = measure_error_bars(table)
    line: Line2D
    if (table["method"] == "nrg").all():
        line, *_ = panel.errorbar(table["m"], table["value"], errors, marker="o", **BARS)
        names = [f"m {m:g}" for m in table["m"]]
        panel.set_xscale("log")
        panel.set_xticks(table["m"].tolist(), [str(m) for m in table["m"]])
        panel.minorticks_off()
        panel.set_xlabel("number of noisy copies m (logarithmic)")
    else:
        names = [PARTS[method] for method in table["method"]]
        line, *_ = panel.errorbar(range(len(names)), table["value"], errors, fmt="o", **BARS)
        panel.set_xticks(range(len(names)), names)
        panel.margins(x=0.2)
    points = zip(names, write_rates(table), strict=True)
    name_points(line, [f"{name}: {text}" for name, text in points])
    panel.set_ylabel("energy above 0.25\ncycles per pixel (%)")
    panel.set_ylim(bottom=0)
    sns.despine(ax=panel)
