"""One visual style for every figure: sizes, type, colours, a look for each family of models."""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter
from seaborn.utils import relative_luminance

Look = dict[str, Any]  # how to draw a line or marker: arguments of matplotlib's `plot`
RATES = "crest"  # light to dark in even steps of luminance, legible in grey and to the colour-blind
DIFFERENCES = "PuOr"  # orange to violet around white, which the colour-blind can tell apart
ORDERED = "flare"  # light to dark, for lines that have an order
# Colours of seaborn's palette "colorblind", in steps of luminance, and the markers of the paper's
# Figures 6 and 9. A family has the same look in every figure.
FAMILIES: dict[str, Look] = {
    "alexnet": {"color": "#d55e00", "marker": "p", "markersize": 7},
    "squeezenet": {"color": "#949494", "marker": "D", "markersize": 5.5},
    "vgg": {"color": "#de8f05", "marker": "o", "markersize": 6},
    "resnet": {"color": "#0173b2", "marker": "*", "markersize": 10},
    "densenet": {"color": "#029e73", "marker": "s", "markersize": 6},
}
OTHER_FAMILY: Look = {"color": "#cc78bc", "marker": "X", "markersize": 7}
INK = "#262626"  # of axes and their text, for which a page may put a colour of its own
LINES = ("-", "--", ":", "-.")

RC = {
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "figure.facecolor": "white",
    "savefig.bbox": "tight",
    "savefig.pad_inches": 0.05,
    "text.parse_math": False,  # a model's name may have dollars
    "svg.fonttype": "none",  # text stays text: small, searchable, read by screen readers
    "svg.hashsalt": "nrg",  # the same figure is the same file
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the project's style, without a display, whatever the user's matplotlibrc says."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.use("svg")
        sns.set_theme(context="paper", style="ticks", palette="colorblind", rc=RC)
        yield


def make_panels(
    rows: int, columns: int, size: tuple[float, float], **options: Any
) -> tuple[Figure, np.ndarray]:
    """A figure of this size, in inches, with its axes, (rows, columns).

    Args:
        options: of matplotlib's `subplots`.
    """
    return plt.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained", **options)


def find_look(name: str) -> Look:
    """Colour and marker of a family.

    A family of the user's own looks like the paper's family whose name its own begins with.
    """
    known = (family for family in FAMILIES if name.startswith(family))
    return FAMILIES.get(next(known, ""), OTHER_FAMILY)


class Shade(NamedTuple):
    """A background colour, and the text colour, black or white, that reads best on it (CSS)."""

    background: str
    text: str


def shade(value: float, low: float, high: float, colours: str = RATES) -> Shade:
    """The colours of a value between low and high, with a text colour of enough contrast."""
    position = min(1.0, max(0.0, (value - low) / (high - low)))
    colour = mpl.colormaps[colours](position)
    text = "#000" if relative_luminance(colour) > 0.179 else "#fff"
    return Shade(mpl.colors.to_hex(colour), text)


def find_rate_limits(rates: Iterable[float]) -> tuple[float, float]:
    """Limits of an axis that show these rates, and no more of 0 to 100 % than these need."""
    known = [rate for rate in rates if not math.isnan(rate)] or [0.0, 100.0]
    low, high = min(known), max(known)
    margin = max(1.0, 0.06 * (high - low))
    return max(0.0, low - margin), min(100.0, high + margin)


def measure_error_bars(table: pd.DataFrame) -> np.ndarray:
    """Distances of each value to the ends of its interval, (2, n)."""
    distances = [table["value"] - table["ci_low"], table["ci_high"] - table["value"]]
    return np.clip(distances, 0, None)  # rounding may leave an end on the wrong side of its value


def label_logarithmic(axis: Axis) -> None:
    """Label a logarithmic axis in plain numbers, because mathematical text as 10^2 is not drawn."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.set_minor_formatter(NullFormatter())
