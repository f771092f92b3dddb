"""Points that do not cover each other, and labels next to them that cover nothing.

All lengths are in points of type (1/72 inch), unless said otherwise.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes

ANGLES = np.deg2rad(np.arange(0, 360, 30))
STEPS = 200  # of moving points apart, at most
RADII = (8, 14, 22, 32, 44, 60)  # from a point to the nearest edge of its label
MARKER = 7  # half a marker's side
ROUNDS = 4  # how often every label is placed
NEARER = 3  # by how much a label is nearer to its own point than to others
FAR = 10  # distance of a point and its label from which a leader line is drawn


class Box(NamedTuple):
    """A rectangle by its lower left and upper right corners, (2,) each."""

    low: np.ndarray
    high: np.ndarray


def move_apart(axes: Axes, points: np.ndarray, distance: float) -> np.ndarray:
    """Points moved as little as it takes for every two to be this far apart.

    The axes must have their final limits and position in the figure.

    Args:
        points: (n, 2), in data coordinates.
        distance: between any two, in points of type.

    Returns:
        (n, 2), in data coordinates; a point that nothing is near stays where it is.
    """
    scale = axes.figure.dpi / 72
    at = axes.transData.transform(points) / scale
    start = at.copy()
    for _ in range(STEPS):
        apart = at[:, None] - at[None]
        lengths = np.hypot(*apart.transpose(2, 0, 1))
        # Points at the same place leave it in directions of their own.
        angles = 2 * np.pi * np.arange(len(at)) / len(at)
        own = np.stack([np.cos(angles), np.sin(angles)], -1)
        ways = np.where(lengths[..., None] > 1e-6, apart / np.maximum(lengths, 1e-6)[..., None], 0)
        ways += np.where(lengths[..., None] > 1e-6, 0, own[:, None] - own[None])
        lacking = np.maximum(distance - lengths, 0) * (1 - np.eye(len(at)))
        if lacking.max() < 0.01:
            break
        at = at + 0.5 * (ways * lacking[..., None]).sum(1)
    moved: np.ndarray = axes.transData.inverted().transform(at * scale)
    return np.where((at == start).all(1, keepdims=True), points, moved)


def place_labels(axes: Axes, points: np.ndarray, texts: Sequence[str], size: float) -> None:
    """Write a text next to each point, with a thin line where it stands away from it.

    The axes must have their final limits and position in the figure.

    Args:
        points: (n, 2), in data coordinates.
        size: of the type.
    """
    scale = axes.figure.dpi / 72
    positions = axes.transData.transform(points) / scale
    corners = axes.get_window_extent().get_points() / scale
    sizes = np.array([(0.58 * size * len(text), 1.25 * size) for text in texts])
    centres = find_label_centres(positions, sizes, corners)
    gaps = np.hypot(*np.maximum(np.abs(centres - positions) - sizes / 2, 0).T)
    leader = {"arrowstyle": "-", "color": "gray", "lw": 0.6, "shrinkA": 0, "shrinkB": 3}
    for point, text, offset, gap in zip(points, texts, centres - positions, gaps, strict=True):
        axes.annotate(
            text,
            point,
            offset,
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=size,
            arrowprops=leader if gap > FAR else None,
        )


def find_label_centres(positions: np.ndarray, sizes: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Where to centre each label.

    Labels are placed one by one, that at the most crowded point first, and then several times anew,
    each where it is best for the places of all others.

    Args:
        positions: (n, 2), of the points.
        sizes: (n, 2), of the labels.
        corners: (2, 2), of the axes.
    """
    distances = np.hypot(*(positions[:, None] - positions[None]).transpose(2, 0, 1))
    crowded = np.argsort((1 / (distances + 10)).sum(1), kind="stable")[::-1]
    labels: dict[int, Box] = {}
    for index in [*crowded] * ROUNDS:
        others = [label for other, label in labels.items() if other != index]
        candidates = list_boxes(positions[index], sizes[index])
        costs = [measure_cost(box, int(index), positions, others, corners) for box in candidates]
        labels[index] = candidates[int(np.argmin(costs))]
    return np.array([(labels[index].low + labels[index].high) / 2 for index in range(len(sizes))])


def list_boxes(position: np.ndarray, size: np.ndarray) -> list[Box]:
    """Where a label of this size (2,) may stand around its point (2,), near places first."""
    boxes = []
    for radius in RADII:
        for angle in ANGLES:
            direction = np.array([np.cos(angle), np.sin(angle)])
            centre = position + radius * direction + size / 2 * direction
            boxes.append(Box(centre - size / 2, centre + size / 2))
    return boxes


def measure_cost(
    box: Box, index: int, positions: np.ndarray, labels: Sequence[Box], corners: np.ndarray
) -> float:
    """How bad it is for the label of point `index` to stand in a box.

    The cost grows with what the box covers (other labels, points, and what lies outside the axes),
    with its distance from its own point, and with the number of points that are as near.
    """
    outside = np.maximum(corners[0] - box.low, 0) + np.maximum(box.high - corners[1], 0)
    gaps = measure_distances(box, positions)
    nearer = (np.delete(gaps, index) < gaps[index] + NEARER).sum()
    markers = [Box(position - MARKER, position + MARKER) for position in positions]
    covered = sum(measure_overlap(box, other) for other in (*labels, *markers))
    return float(0.2 * gaps[index] + 10 * outside.sum() + 15 * nearer + 3 * covered)


def measure_distances(box: Box, points: np.ndarray) -> np.ndarray:
    """How far each point (n, 2) is from the edge of a box, (n,); 0 within it."""
    beyond = np.maximum(np.maximum(box.low - points, points - box.high), 0)
    distances: np.ndarray = np.hypot(*beyond.T)
    return distances


def measure_overlap(box: Box, other: Box) -> float:
    """The area that two boxes share."""
    sides = np.minimum(box.high, other.high) - np.maximum(box.low, other.low)
    return float(np.prod(np.maximum(sides, 0)))
