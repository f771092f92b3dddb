"""Rates on their shades can be read, and frames lie on the edges of cells."""

import pandas as pd
from colours import contrast
from matplotlib import colormaps
from matplotlib.patches import Rectangle
from nrg.figures.heat_maps import GAP, draw_heat_map
from nrg.figures.style import RATES


def test_every_rate_is_read_on_its_shade():
    rows = [
        {"method": "fgsm", "source": f"s{rate // 21}", "target": f"t{rate % 21}", "value": rate}
        for rate in range(101)
    ]
    axes = draw_heat_map(pd.DataFrame(rows), {}).axes[0]
    rates = {float(text.get_text()): text.get_color() for text in axes.texts}
    assert sorted(rates) == list(range(101)), "and none where there is no cell"
    for rate, ink in rates.items():
        assert contrast(ink, colormaps[RATES](rate / 100)) >= 4.5


def test_frames_lie_on_the_edges_of_their_cells():
    methods, ends = ("igsm", "nr-igsm", "nr-igsm-k5-m4"), ("a+b", "c")
    rows = [
        {"method": method, "source": source, "target": target, "value": 50.0}
        for source in ends
        for target in ("b", "c")
        for method in methods
    ]
    axes = draw_heat_map(pd.DataFrame(rows), {}).axes[0]
    frames = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert [frame.get_bbox().bounds for frame in frames] == [(0, 0, 3, 1), (3 + GAP, 1, 3, 1)]
