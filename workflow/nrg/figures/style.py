"""One visual style for every figure: sizes, type, colours, a look for each family of models."""

import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from nrg.base.files import write_whole

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
POINTS = "points"  # begins the id of an artist whose markers have titles
SVG = "http://www.w3.org/2000/svg"
ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")

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


def look(name: str) -> Look:
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
    red, green, blue, _ = mpl.colormaps[colours](position)
    # The relative luminance of WCAG 2.2.
    luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    return Shade(mpl.colors.to_hex((red, green, blue)), "#000" if luminance > 0.179 else "#fff")


def linear(channel: float) -> float:
    """A channel of sRGB in [0, 1] as a linear one."""
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def rate_limits(rates: Iterable[float]) -> tuple[float, float]:
    """Limits of an axis that show these rates, and no more of 0 to 100 % than these need."""
    known = [rate for rate in rates if not math.isnan(rate)]
    low, high = min(known), max(known)
    margin = max(1.0, 0.06 * (high - low))
    return max(0.0, low - margin), min(100.0, high + margin)


def error_bars(table: pd.DataFrame) -> np.ndarray:
    """Distances of each value to the ends of its interval, (2, n)."""
    distances = [table["value"] - table["ci_low"], table["ci_high"] - table["value"]]
    return np.clip(distances, 0, None)  # rounding may leave an end on the wrong side of its value


def logarithmic(axis: Axis) -> None:
    """Label a logarithmic axis in plain numbers, because mathematical text as 10^2 is not drawn."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.set_minor_formatter(NullFormatter())


def name_points(artist: Artist, texts: Sequence[str]) -> None:
    """Give each marker of a line a text, which becomes the marker's title in the SVG."""
    artist.set_gid(POINTS + json.dumps(texts))


def save_svg(figure: Figure, path: str | Path) -> None:
    """Write a figure as SVG; equal figures are equal bytes.

    Raises:
        ValueError: an artist has more or fewer markers than texts of `name_points`.
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    with write_whole(path) as part:
        part.write_bytes(with_titles(buffer.getvalue()))


def with_titles(svg: bytes) -> bytes:
    """The SVG with the texts of `name_points` as titles of the markers.

    Raises:
        ValueError: an artist has more or fewer markers than texts.
    """
    root = ElementTree.fromstring(svg)
    for group in root.iter(f"{{{SVG}}}g"):
        name = group.get("id", "")
        if name.startswith(POINTS):
            texts = json.loads(name.removeprefix(POINTS))
            del group.attrib["id"]
            group.set("class", POINTS)
            for marker, text in zip(group.iter(f"{{{SVG}}}use"), texts, strict=True):
                ElementTree.SubElement(marker, f"{{{SVG}}}title").text = text
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content
