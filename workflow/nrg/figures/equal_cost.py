"""Success rates at equal numbers of gradients: a line per attack, named at its end."""

from collections.abc import Sequence
from math import isnan

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from nrg.analysis.equal_cost import Standing
from nrg.figures.label_placement import move_apart
from nrg.figures.style import INK, Look, find_rate_limits, make_panels
from nrg.figures.svg_files import name_points
from nrg.study.equal_cost import find_least_gradients
from nrg.study.exhibits import Exhibit, label_method

REDUCED: Look = {"color": "#0173b2", "linewidth": 2.2, "markersize": 6}
COMPARED: Look = {"color": INK, "linewidth": 1.6, "markersize": 5}
OTHER: Look = {"color": "#767676", "linewidth": 1, "markersize": 4}
MARKERS = "osD^vPX*<>"
APART = 0.012  # between the markers of one budget, in powers of ten
LINE = 11  # points of type between two labels
NO_IMAGE = "No black-box target classifies any of the images correctly."


def draw_equal_cost(exhibit: Exhibit, standings: Sequence[Standing]) -> Figure:
    """The mean rate of every attack against the budget, with 95 % intervals as thin bars.

    Attacks with noise reduction have a colour, and those that others are compared with are black.
    The markers of one budget stand a little apart. Attacks that fit no setting into a budget are
    listed below the picture. Where no black-box target classifies an image, the picture says so.
    """
    figure, ((axes,),) = make_panels(1, 1, (6.4, 4.2))
    names = list(dict.fromkeys(standing.method for standing in standings))
    ends = []
    for number, name in enumerate(names):
        own = [standing for standing in standings if standing.method == name]
        shift = 10 ** (APART * (number - (len(names) - 1) / 2))
        x = [standing.budget * shift for standing in own]
        rates = [standing.rate for standing in own]
        look = find_attack_look(exhibit, own[0])
        marker = MARKERS[number % len(MARKERS)]
        (line,) = axes.plot(x, [rate.value for rate in rates], marker=marker, **look)
        name_points(line, [write_standing(standing) for standing in own])
        bounds = [rate.low for rate in rates], [rate.high for rate in rates]
        axes.vlines(x, *bounds, color=look["color"], linewidth=0.7)
        ends.append((x[-1], rates[-1].value, label_method(name), look["color"]))
    budgets = exhibit.equal_cost.budgets
    axes.set_xscale("log")
    axes.set_xticks(budgets, [f"{budget:g}" for budget in budgets])
    axes.xaxis.set_minor_locator(NullLocator())
    spread = 10 ** (APART * len(names))
    axes.set_xlim(min(budgets) / spread, max(budgets) * spread)
    rates = [standing.rate for standing in standings]  # of a single image without an interval
    shown = [end for rate in rates for end in (rate.low, rate.value, rate.high)]
    axes.set_ylim(find_rate_limits(shown))
    axes.set(xlabel="gradients per image (logarithmic axis)")
    axes.set_ylabel("mean success rate on black-box targets (%)")
    sns.despine(ax=axes)
    if not standings:
        axes.text(0.5, 0.5, NO_IMAGE, ha="center", transform=axes.transAxes)
        return figure
    if lacking := list_lacking(exhibit, standings):
        figure.supxlabel("\n".join(lacking), x=0, ha="left", fontsize=8.5)
    figure.draw_without_rendering()  # so that the axes have their final place
    name_lines(axes, ends)
    return figure


def find_attack_look(exhibit: Exhibit, standing: Standing) -> Look:
    """Colour and width of an attack's line."""
    if standing.attack.sigma > 0:
        return REDUCED
    return COMPARED if standing.method in exhibit.equal_cost.compared_with else OTHER


def write_standing(standing: Standing) -> str:
    """A marker's text: the attack, the gradients that it takes, and its rate."""
    rate = standing.rate
    interval = "" if isnan(rate.low) else f" ({rate.low:.1f}–{rate.high:.1f})"
    name = label_method(standing.method)
    return f"{name}, {standing.gradients:,} gradients: {rate.value:.1f} %{interval}"


def list_lacking(exhibit: Exhibit, standings: Sequence[Standing]) -> list[str]:
    """What to say of attacks without a setting at a budget: "Not at 10 gradients: VMI needs 21"."""
    lines = []
    for budget in exhibit.equal_cost.budgets:
        there = {standing.method for standing in standings if standing.budget == budget}
        needs = [
            f"{label_method(name)} needs {find_least_gradients(exhibit.methods, name)}"
            for name in dict.fromkeys(method.name for method in exhibit.methods)
            if name not in there
        ]
        if needs:
            lines.append(f"Not at {budget:,} gradients: {', '.join(needs)}")
    return lines


def name_lines(axes: Axes, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Write the name of each line to the right of the axes, level with its end or close to it.

    Args:
        ends: of each line its last point, its name and its colour.
    """
    edge = axes.get_xlim()[1]
    heights = np.array([(edge, height) for _, height, _, _ in ends])
    # Equal heights are moved apart up and down, and not sideways.
    heights[:, 1] += 1e-6 * np.arange(len(ends))
    for (x, y, name, colour), (_, height) in zip(
        ends, move_apart(axes, heights, LINE), strict=True
    ):
        axes.plot([x, edge], [y, height], color=colour, linewidth=0.5, linestyle=":", clip_on=False)
        axes.annotate(
            name,
            (edge, height),
            (4, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=9,
            annotation_clip=False,
        )
