"""Figure 1a: a drawing without data."""

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

START = (-0.6, -0.4)  # the clean image
SHARED, OWN = 2.6, 1.75  # how far ∇f∥ and ∇f⊥ go


def trace_boundary_a(y: np.ndarray) -> np.ndarray:
    """Where model A changes its label, at each height off the manifold."""
    return 0.9 + 0.25 * np.sin(1.3 * y) - 1.5 * y.clip(0) ** 2


def trace_boundary_b(y: np.ndarray) -> np.ndarray:
    """Where model B does."""
    return 0.9 + 0.25 * np.sin(1.3 * y + 0.25) + 0.2 * y.clip(0) ** 2


def draw_schematic() -> Figure:
    """Two models that agree between the classes and differ off the data manifold."""
    figure, axes = plt.subplots(figsize=(4.2, 3.4), layout="constrained")
    y = np.linspace(-1.6, 2.2, 300)
    colours = sns.color_palette("colorblind")
    axes.plot(trace_boundary_a(y), y, color=colours[0], label="boundary of model A")
    axes.plot(trace_boundary_b(y), y, "--", color=colours[1], label="boundary of model B")
    draw_arrow(axes, (SHARED, 0), "∇f∥, which both share", "black", (-40, -13))
    draw_arrow(axes, (0, OWN), "∇f⊥, of A alone", "dimgray", (6, 4))
    draw_arrow(axes, (SHARED, OWN), "∇f of A", "firebrick", (6, -2))
    axes.plot(*START, "o", color="black")
    axes.annotate("x", START, (-12, -4), textcoords="offset points")
    axes.set(xlim=(-1.6, 3.4), ylim=(-1.6, 2.2), xticks=[], yticks=[])
    axes.set(xlabel="along the data manifold, between the classes", ylabel="off the manifold")
    axes.legend(loc="lower right", frameon=False, fontsize=8.5)
    sns.despine(ax=axes)
    return figure


def draw_arrow(
    axes: Axes, step: tuple[float, float], text: str, colour: str, place: tuple[float, float]
) -> None:
    """An arrow from the clean image, with a text at its tip.

    Args:
        place: of the text from the tip, in points.
    """
    end = (START[0] + step[0], START[1] + step[1])
    arrow = {"arrowstyle": "-|>", "color": colour, "lw": 1.8, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", end, START, arrowprops=arrow)
    axes.annotate(text, end, place, textcoords="offset points", color=colour, fontsize=9)
