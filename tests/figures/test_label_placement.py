"""Labels beside the points of a picture."""

import numpy as np
from matplotlib.figure import Figure
from nrg.figures.label_placement import (
    Box,
    find_label_centres,
    measure_distances,
    measure_overlap,
    move_apart,
)


def test_labels_cover_neither_each_other_nor_points():
    rng = np.random.default_rng(0)
    places = rng.uniform(60, 240, (12, 2))
    places[1] = places[0] + 3
    sizes = np.full((12, 2), (45.0, 9.0))
    centres = find_label_centres(places, sizes, np.array([[0, 0], [300, 300]]))
    boxes = [Box(*ends) for ends in zip(centres - sizes / 2, centres + sizes / 2, strict=True)]
    for index, box in enumerate(boxes):
        assert all(measure_overlap(box, other) == 0 for other in boxes[index + 1 :])
        assert all(measure_overlap(box, Box(place, place + 1e-3)) == 0 for place in places)


def test_a_label_is_nearest_to_its_own_point():
    places = np.array([[100.0, 100], [116, 100], [200, 200], [200, 216]])
    sizes = np.full((4, 2), (40.0, 9.0))
    centres = find_label_centres(places, sizes, np.array([[0, 0], [300, 300]]))
    for index, (centre, size) in enumerate(zip(centres, sizes, strict=True)):
        distances = measure_distances(Box(centre - size / 2, centre + size / 2), places)
        assert distances.argmin() == index


def test_points_that_cover_each_other_are_moved_apart_and_others_stay():
    axes = Figure().add_axes((0, 0, 1, 1), xlim=(0, 100), ylim=(0, 100))
    points = np.array([[50.0, 50], [50, 50], [50.5, 50], [90, 10]])
    moved = move_apart(axes, points, 15)
    assert (moved[3] == points[3]).all()
    at = axes.transData.transform(moved) / axes.figure.dpi * 72
    for index in range(4):
        others = np.delete(at, index, axis=0) - at[index]
        assert np.hypot(*others.T).min() > 14.9
    assert (move_apart(axes, points[:1], 15) == points[:1]).all()
