"""Label maps: a label has one colour."""

import numpy as np
import pandas as pd
from nrg.figures.decision_maps import NAMED, assign_colours, draw_decision_maps
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
