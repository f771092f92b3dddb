"""Figure 1a: a drawing without data."""

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.figure import Figure


def draw_schematic() -> Figure:
    """Two models that agree between the classes and differ off the data manifold."""
    figure, axes = plt.subplots(figsize=(5.2, 3.6))
    x = np.linspace(-3, 3, 400)
    boundaries = {
        "model A": 0.9 + 0.25 * np.sin(1.3 * x) - 1.5 * x.clip(0) ** 2,
        "model B": 0.9 + 0.25 * np.sin(1.3 * x + 0.25) + 0.2 * x.clip(0) ** 2,
    }
    for colour, (name, y) in zip(sns.color_palette("colorblind"), boundaries.items(), strict=False):
        axes.plot(y, x, color=colour, label=f"boundary of {name}")
    start = (-0.6, -0.4)
    arrows = {
        "∇f∥, shared": ((2.1, 0.0), "black"),
        "∇f⊥, of A alone": ((0.0, 1.75), "dimgray"),
        "∇f of A": ((2.1, 1.75), "firebrick"),
    }
    for text, (step, colour) in arrows.items():
        end = (start[0] + step[0], start[1] + step[1])
        arrow = {"arrowstyle": "-|>", "color": colour, "lw": 1.8, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", end, start, arrowprops=arrow)
        axes.annotate(text, end, (6, 4), textcoords="offset points", color=colour, fontsize=9)
    axes.plot(*start, "o", color="black")
    axes.annotate("x", start, (-12, -4), textcoords="offset points")
    axes.set(xlim=(-1.6, 3.4), ylim=(-1.6, 2.2), xticks=[], yticks=[])
    axes.set(xlabel="along the data manifold, between the classes", ylabel="off the manifold")
    axes.legend(loc="lower right", frameon=False, fontsize=8.5)
    sns.despine(ax=axes)
    return figure
