"""How far along a line a label first changes.

Does not import torch: the plan reads this module to count passes, and must start quickly.
"""

from collections.abc import Callable

import numpy as np

NEAREST = 0.02  # where the grid begins, in pixels
POINTS = 64  # of the grid, each about an eighth farther than the one before
AT_ONCE = 16  # points of a line that are tried together
TOLERANCE = 0.01  # width of a narrow enough cell, relative to its distance (at least NEAREST)
HALVINGS = 7  # of a cell, at most; enough for the first one, the widest relative to TOLERANCE

Changed = Callable[[np.ndarray, np.ndarray], np.ndarray]


def distance_grid(reach: float) -> np.ndarray:
    """Distances from NEAREST to the reach, in pixels, in a geometric progression."""
    return np.geomspace(min(NEAREST, reach), reach, POINTS)


def first_changes(changed: Changed, count: int, reach: float) -> np.ndarray:
    """The smallest distance at which each of `count` images has another label, (count,).

    The line is searched in both directions. Grid points are tried from near to far. Between the
    first one with another label and the point before it lies the first change; this cell is halved
    until it is as narrow as TOLERANCE says. So an island of another label is found if it spans a
    point of the grid, whatever lies behind it.

    Args:
        changed: whether the label is another one, for rows of images and signed distances, both
            (points,).
        reach: how far to look in both directions, in pixels.

    Returns:
        The distance in the nearer direction; inf where no label changes within reach.
    """
    nearest = np.full(count, np.inf)
    distances, unchanged = distance_grid(reach), np.arange(count)
    for start in range(0, POINTS, AT_ONCE):
        tried = distances[start : start + AT_ONCE]
        signed = np.concatenate([tried, -tried])
        flags = changed(np.repeat(unchanged, len(signed)), np.tile(signed, len(unchanged)))
        flags = flags.reshape(len(unchanged), 2, len(tried))
        # The first point with another label, for each image and direction.
        first = np.where(flags.any(2), flags.argmax(2), len(tried))
        sooner = first.min(1)
        hit, direction = np.nonzero((first == sooner[:, None]) & (sooner < len(tried))[:, None])
        high = start + sooner[hit]
        low = np.where(high > 0, distances[high - 1], 0.0)
        sign = np.where(direction == 0, 1.0, -1.0)
        ends = halve_cells(changed, unchanged[hit], sign, low, distances[high])
        np.minimum.at(nearest, unchanged[hit], ends)
        unchanged = unchanged[sooner == len(tried)]
        if not len(unchanged):
            break
    return nearest


def halve_cells(
    changed: Changed, rows: np.ndarray, sign: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Halve cells whose label is changed at the upper end, and not at the lower one.

    Args:
        rows: the image of each cell, (cells,).
        sign: 1 or −1, its direction.
        low, high: its ends, in pixels, both positive or zero.

    Returns:
        The new upper ends, (cells,).
    """
    for _ in range(HALVINGS):
        wide = high - low > TOLERANCE * np.maximum(high, NEAREST)
        if not wide.any():
            break
        middle = (low + high) / 2
        beyond = np.zeros(len(rows), bool)
        beyond[wide] = changed(rows[wide], sign[wide] * middle[wide])
        high = np.where(wide & beyond, middle, high)
        low = np.where(wide & ~beyond, middle, low)
    return high


def most_passes() -> int:
    """The most passes that one image can need along one line, both directions together."""
    return 2 * (POINTS + HALVINGS)
