"""Legends above the panels of a picture."""

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.figure import Figure

PHONE = 4.2  # inches of a picture that a phone shows without scrolling
ROW = 0.19  # inches


def add_legend(
    figure: Figure, handles: Sequence[Artist], title: str = "", width: float = PHONE
) -> None:
    """Put a legend above the panels, and make the figure higher by its rows.

    Args:
        handles: what is explained, each with its label.
        width: in inches, which as many entries share as there is room for.
    """
    longest = max(len(str(handle.get_label())) for handle in handles)
    entry = 0.5 + 0.075 * longest  # inches
    columns = max(1, min(len(handles), int(width / entry)))
    rows = -(-len(handles) // columns) + bool(title)
    figure.set_figheight(figure.get_figheight() + ROW * rows)
    figure.legend(
        handles=handles,
        loc="outside upper left",
        ncols=columns,
        frameon=False,
        title=title or None,
        alignment="left",
    )
