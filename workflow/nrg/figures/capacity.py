"""Figures 6 and 9: success rates by the test error and size of the source."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nrg.figures.label_placement import move_apart, place_labels
from nrg.figures.labels import write_rates
from nrg.figures.legends import add_legend
from nrg.figures.style import RATES, Look, find_look, label_logarithmic, make_panels, shade
from nrg.figures.svg_files import name_points
from nrg.study.exhibits import label_method

MARGIN = 0.28  # of the range of the points, on each side of them
APART = 20  # points of type between two markers at least


def draw_capacity(table: pd.DataFrame, labels: Mapping[str, str]) -> Figure:
    """Sources by test error and size, filled and labelled by success rate.

    The shape of a point, and the colour of its outline, are those of the source's family. Points
    that would cover one another are moved apart, and a line leads from each to its true place.

    Args:
        table: the exhibit in long form, with family, parameters and top1_error (percent) of the
            source.
        labels: names of models to print.
    """
    methods = table["method"].unique().tolist()
    size = (5.2 * len(methods), 5.3)
    figure, axes = make_panels(1, len(methods), size, sharex=True, sharey=True)
    table = table.assign(millions=table["parameters"] / 1e6)
    colours = ScalarMappable(find_colour_range(table["value"]), RATES)
    for panel, method in zip(axes[0], methods, strict=True):
        target = str(table["target"].iloc[0])
        title = f"{label_method(method)} → {labels.get(target, target)}"
        panel.set(xlabel="Top-1 error of the source (%)", title=title)
        sns.despine(ax=panel)
    set_limits(axes[0][0], table)
    axes[0][0].set_ylabel("parameters of the source\n(millions, logarithmic axis)")
    families = table["family"].unique().tolist()
    handles = [Line2D([], [], label=family, **outline_look(family)) for family in families]
    add_legend(figure, handles, "family of the source")
    figure.colorbar(
        colours,
        ax=axes[0].tolist(),
        label="success rate (%), from the lowest to the highest here",
        location="bottom",
        fraction=0.05,
        aspect=50,
    )
    figure.draw_without_rendering()  # so that the axes have their final place
    for panel, method in zip(axes[0], methods, strict=True):
        draw_sources(panel, table[table["method"] == method], colours)
    return figure


def find_colour_range(rates: "pd.Series[float]") -> Normalize:
    """A scale of colours from the lowest to the highest rate, rounded outwards to whole percent."""
    low, high = np.floor(rates.min()), np.ceil(rates.max())
    return Normalize(low, max(high, low + 1))


def set_limits(panel: Axes, table: pd.DataFrame) -> None:
    """Limits with room for labels around all sources, and a logarithmic axis of their sizes."""
    errors, powers = table["top1_error"], np.log10(table["millions"])
    panel.set_xlim(errors.min() - measure_room(errors), errors.max() + measure_room(errors))
    panel.set_yscale("log")
    panel.set_ylim(
        10 ** (powers.min() - measure_room(powers)), 10 ** (powers.max() + measure_room(powers))
    )
    label_logarithmic(panel.yaxis)


def measure_room(values: "pd.Series[float]") -> float:
    """How far an axis goes on beyond these values."""
    return float(MARGIN * (np.ptp(values) or 1))


def draw_sources(panel: Axes, cells: pd.DataFrame, colours: ScalarMappable) -> None:
    """The sources of one attack, one row of `cells` each, with their names and rates."""
    places = cells[["top1_error", "millions"]].to_numpy()
    moved = move_apart(panel, places, APART)
    for place, spot in zip(places, moved, strict=True):
        if not np.allclose(place, spot):
            panel.plot(*zip(place, spot, strict=True), color="black", linewidth=0.8, zorder=4)
            panel.plot(*place, ".", color="black", markersize=5, zorder=4)
    rows = cells[["source", "family", "value"]].itertuples(index=False)
    for (source, family, rate), place, spot, text in zip(
        rows, places, moved, write_rates(cells), strict=True
    ):
        (point,) = panel.plot(*spot, **outline_look(family))
        point.set_markerfacecolor(shade(rate, *colours.get_clim(), RATES).background)
        name = f"{source}: {text}, Top-1 error {place[0]:.2f} %"
        name_points(point, [f"{name}, {place[1]:.3g} million parameters"])
    texts = [f"{c.source} {c.value:.1f}" for c in cells.itertuples()]
    place_labels(panel, moved, texts, size=8.5)


def outline_look(family: str) -> Look:
    """A family's marker in its colour, empty."""
    style = find_look(family)
    return {
        "marker": style["marker"],
        "markersize": 1.7 * style["markersize"],
        "linestyle": "",
        "markeredgecolor": style["color"],
        "markeredgewidth": 1.6,
        "markerfacecolor": "white",
    }
