"""One visual style for every figure: sizes, type, colours, a marker for each family of models."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
import seaborn as sns
from matplotlib.figure import Figure

from nrg.storage import replaced

RATES = "crest"  # light to dark in even steps of luminance: legible in grey and to the colour-blind
MARKERS = {"alexnet": "D", "squeezenet": "P", "vgg": "o", "resnet": "*", "densenet": "s"}

RC = {
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "figure.facecolor": "white",
    "savefig.bbox": "tight",
    "savefig.pad_inches": 0.05,
    "svg.fonttype": "none",  # text stays text: small, searchable, read by screen readers
    "svg.hashsalt": "nrg",  # the same figure is the same file
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the project's style, without a display."""
    with mpl.rc_context():
        mpl.use("svg")
        sns.set_theme(context="paper", style="ticks", palette="colorblind", rc=RC)
        yield


def save_svg(figure: Figure, path: str | Path) -> None:
    with replaced(path) as part:
        figure.savefig(part, format="svg", metadata={"Date": None})
