"""Figures 6 and 9: success rates by the test error and size of the source."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nrg.figures.label_placement import place_labels
from nrg.figures.labels import rate_texts, unique
from nrg.figures.style import RATES, Look, logarithmic, look, name_points
from nrg.study.exhibits import label_method


def draw_capacity(table: pd.DataFrame, labels: Mapping[str, str]) -> Figure:
    """Sources by test error and size, filled and labelled by success rate.

    The shape of a point, and the colour of its outline, are those of the source's family.

    Args:
        table: the exhibit in long form, with family, parameters and top1_error (percent) of the
            source.
        labels: names of models to print.
    """
    methods = unique(table["method"])
    figure, axes = plt.subplots(
        1, len(methods), figsize=(5.4 * len(methods), 4.6), sharey=True, squeeze=False
    )
    table = table.assign(millions=table["parameters"] / 1e6)
    colours = ScalarMappable(Normalize(0, 100), RATES)
    for panel, method in zip(axes[0], methods, strict=True):
        cells = table[table["method"] == method]
        rows = zip(
            *(cells[key] for key in ("source", "family", "top1_error", "millions", "value")),
            rate_texts(cells),
            strict=True,
        )
        for source, family, error, millions, rate, text in rows:
            (point,) = panel.plot(error, millions, **outlined_look(family))
            point.set_markerfacecolor(colours.to_rgba(rate))
            size = f"{millions:.3g} million parameters"
            name_points(point, [f"{source}: {text}, Top-1 error {error:.2f} %, {size}"])
        target = labels.get(cells["target"].iloc[0], "")
        panel.set(xlabel="Top-1 error (%)", title=f"{label_method(method)} → {target}")
        panel.set_yscale("log")
        logarithmic(panel.yaxis)
        panel.margins(0.18)
        sns.despine(ax=panel)
    axes[0][0].set_ylabel("parameters (millions)")
    axes[0][-1].legend(
        handles=[
            Line2D([], [], label=family, **outlined_look(family))
            for family in unique(table["family"])
        ],
        title="family of the source",
        loc="upper left",
        bbox_to_anchor=(1.02, 1),
        frameon=False,
    )
    figure.tight_layout()
    figure.colorbar(
        colours,
        ax=axes[0].tolist(),
        label="success rate (%)",
        location="bottom",
        fraction=0.05,
        aspect=50,
    )
    for panel, method in zip(axes[0], methods, strict=True):
        cells = table[table["method"] == method]
        named = zip(cells["source"], cells["value"], strict=True)
        texts = [f"{source} {rate:.1f}" for source, rate in named]
        place_labels(panel, cells[["top1_error", "millions"]].to_numpy(), texts)
    return figure


def outlined_look(family: str) -> Look:
    """A family's marker in its colour, empty."""
    style = look(family)
    return {
        "marker": style["marker"],
        "markersize": 11,
        "linestyle": "",
        "markeredgecolor": style["color"],
        "markeredgewidth": 2,
        "markerfacecolor": "white",
    }
