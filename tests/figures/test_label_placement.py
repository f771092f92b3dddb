"""Labels beside the points of a picture."""

import numpy as np
from nrg.figures.label_placement import Box, label_centres, overlap


def test_labels_cover_neither_each_other_nor_points():
    rng = np.random.default_rng(0)
    places = rng.uniform(60, 240, (12, 2))
    places[1] = places[0] + 3
    sizes = np.full((12, 2), (45.0, 9.0))
    centres = label_centres(places, sizes, np.array([[0, 0], [300, 300]]))
    boxes = [Box(*ends) for ends in zip(centres - sizes / 2, centres + sizes / 2, strict=True)]
    for index, box in enumerate(boxes):
        assert all(overlap(box, other) == 0 for other in boxes[index + 1 :])
        assert all(overlap(box, Box(place, place + 1e-3)) == 0 for place in places)
