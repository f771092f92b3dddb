"""How far along a line a label first changes.

Imports nothing slow, for plans count what it takes.
"""

from collections.abc import Callable

import numpy as np

NEAREST = 0.02  # pixels, where the grid begins
POINTS = 64  # of the grid, each about an eighth farther than the one before
AT_ONCE = 16  # points of a line that are tried together
TOLERANCE = 0.01  # relative, of a distance; below NEAREST, of that
HALVINGS = 7  # of a cell: enough for the first, which begins at zero, and so for all

Changed = Callable[[np.ndarray, np.ndarray], np.ndarray]


def grid(reach: float) -> np.ndarray:
    """Distances from NEAREST to the reach, in pixels, each larger than the last by one factor."""
    return np.geomspace(min(NEAREST, reach), reach, POINTS)


def first_changes(changed: Changed, count: int, reach: float) -> np.ndarray:
    """The smallest distance at which each of `count` images has another label, (count,).

    The first point of the grid with another label ends the cell that holds the first change; the
    cell is halved until what is left of it is within TOLERANCE. So an island of another label is
    found if it spans a point of the grid, whatever lies behind it.

    Args:
        changed: whether the label is another one, for rows of images and signed distances, both
            (points,).
        reach: how far to look both ways, in pixels.

    Returns:
        The distance the nearer way; inf where no label changes within reach.
    """
    found = np.full(count, np.inf)
    distances, left = grid(reach), np.arange(count)
    for start in range(0, POINTS, AT_ONCE):
        own = distances[start : start + AT_ONCE]
        signed = np.concatenate([own, -own])
        flags = changed(np.repeat(left, len(signed)), np.tile(signed, len(left)))
        flags = flags.reshape(len(left), 2, len(own))
        place = np.where(flags.any(2), flags.argmax(2), len(own))  # of each image and way
        soonest = place.min(1)
        hit, way = np.nonzero((place == soonest[:, None]) & (soonest < len(own))[:, None])
        high = start + soonest[hit]
        low = np.where(high > 0, distances[high - 1], 0.0)
        sign = np.where(way == 0, 1.0, -1.0)
        ends = halved(changed, left[hit], sign, low, distances[high])
        np.minimum.at(found, left[hit], ends)
        left = left[soonest == len(own)]
        if not len(left):
            break
    return found


def halved(
    changed: Changed, rows: np.ndarray, sign: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """The upper ends of cells whose label is changed there, and is not at their lower ends."""
    for _ in range(HALVINGS):
        wide = high - low > TOLERANCE * np.maximum(high, NEAREST)
        if not wide.any():
            break
        middle = (low + high) / 2
        there = np.zeros(len(rows), bool)
        there[wide] = changed(rows[wide], sign[wide] * middle[wide])
        high = np.where(wide & there, middle, high)
        low = np.where(wide & ~there, middle, low)
    return high


def most_passes() -> int:
    """How often at most one image goes through a network along one line, both ways."""
    return 2 * (POINTS + HALVINGS)
