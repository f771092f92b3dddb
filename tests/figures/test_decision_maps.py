"""Label maps: a label has one colour."""

from itertools import combinations

import numpy as np
import pandas as pd
from colours import contrast, oklab
from nrg.figures.decision_maps import COLOURS, NAMED, assign_colours, draw_decision_maps, name_axes
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_suite

EXHIBITS = load_exhibits(load_suite("digits", {}))


def test_labels_beyond_the_palette_are_others():
    exhibit = EXHIBITS["figure5"]
    side = np.arange(5.0)
    grid = [(v, u) for v in side for u in side]
    ends = {"source": "resnet34", "target": "resnet34"}
    maps = pd.DataFrame(grid, columns=["v", "u"]).assign(**ends, label=range(25))
    figure = draw_decision_maps(maps, exhibit, {}, [f"class {i}" for i in range(25)])
    (legend,) = figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert len(names) == NAMED + 1
    assert names[-1] == "others"


def test_a_label_has_the_same_colour_whatever_its_area():
    assert assign_colours([3, 40]) == {3: 3, 40: 4}
    assert assign_colours([40, 3]) == {40: 4, 3: 3}
    assert assign_colours([3, 15, 4]) == {3: 3, 15: 4, 4: 5}, "a place is taken once"


def test_the_colours_of_labels_are_clearly_different_and_none_is_a_bright_slab():
    for one, other in combinations(map(oklab, COLOURS), 2):
        assert np.linalg.norm(one - other) > 0.1
    for colour in COLOURS:
        assert contrast(colour, "#12181b") < 12, "white has 18"


def test_axes_say_along_what_and_in_which_unit():
    along, across = name_axes(EXHIBITS["figure5"])
    assert "sign(∇f∥)" in along
    assert "sign(∇f⊥)" in across
    along, across = name_axes(EXHIBITS["reading_literal_residual"])
    assert "sign" not in along + across
    assert "RMSD" in along
    assert "∇f − ∇f∥" in across
