"""Labels beside the points of a picture, where they cover neither points nor each other."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

ANGLES = np.deg2rad(np.arange(0, 360, 30))
RADII = (8, 14, 22, 32, 44)  # from a point to the nearest edge of its label, in points of type
POINT = 5  # half a marker's side
FAR = 10  # between a point and its label, from where on a leader line is drawn


def place_labels(axes: Axes, points: np.ndarray, texts: Sequence[str], size: float = 7.5) -> None:
    """Write a text beside each point (n, 2), with a thin line where it stands away from it.

    The axes must have their final limits and place in the figure.
    """
    scale = axes.figure.dpi / 72
    places = axes.transData.transform(points) / scale
    corners = axes.get_window_extent().get_points() / scale
    sizes = np.array([(0.58 * size * len(text), 1.25 * size) for text in texts])
    centres = label_centres(places, sizes, corners)
    gaps = np.hypot(*np.maximum(np.abs(centres - places) - sizes / 2, 0).T)
    for point, text, centre, place, gap in zip(points, texts, centres, places, gaps, strict=True):
        line = {"arrowstyle": "-", "color": "gray", "lw": 0.6, "shrinkA": 0, "shrinkB": 3}
        axes.annotate(
            text,
            point,
            centre - place,
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=size,
            arrowprops=line if gap > FAR else None,
        )


def label_centres(places: np.ndarray, sizes: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Where to centre each label, all in points of type.

    Greedy, the most crowded point first: of places around it, near ones before far ones, the one
    whose label covers the least of other labels and points and of what lies outside the corners.

    Args:
        places: (n, 2), the points; sizes: (n, 2), of the labels; corners: (2, 2), of the axes.
    """
    gaps = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    crowded = np.argsort((1 / (gaps + 10)).sum(1), kind="stable")[::-1]
    markers = [(place - POINT, place + POINT) for place in places]
    taken: list[tuple[np.ndarray, np.ndarray]] = []
    centres = np.zeros_like(places)
    for index in crowded:
        half = sizes[index] / 2
        best = np.inf
        for radius in RADII:
            for angle in ANGLES:
                direction = np.array([np.cos(angle), np.sin(angle)])
                centre = places[index] + radius * direction + half * direction
                low, high = centre - half, centre + half
                outside = np.maximum(corners[0] - low, 0) + np.maximum(high - corners[1], 0)
                cost = 0.02 * radius + 10 * outside.sum()
                cost += sum(overlap(low, high, *box) for box in (*taken, *markers))
                if cost < best:
                    best, centres[index] = cost, centre
        taken.append((centres[index] - half, centres[index] + half))
    return centres


def overlap(
    low: np.ndarray, high: np.ndarray, other_low: np.ndarray, other_high: np.ndarray
) -> float:
    """The area that two boxes share."""
    sides = np.minimum(high, other_high) - np.maximum(low, other_low)
    return float(np.prod(np.maximum(sides, 0)))
