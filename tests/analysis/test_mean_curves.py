"""Means over sources have the interval of a bootstrap that draws the same images for all."""

import numpy as np
import pandas as pd
from nrg.analysis.mean_curves import average_sources
from nrg.analysis.panels import new_panel


def test_sources_are_resampled_together():
    rng = np.random.default_rng(0)
    one = 100.0 * (rng.random(100) < 0.6)
    cells = [
        {"method": "igsm", "source": source, "target": "t", "alpha": alpha, "shown": shown}
        for alpha in (1, 5)
        for source, shown in (("a", True), ("b", True), ("c", False))
    ]
    # At alpha 1 the sources agree on every image, at alpha 5 they never do.
    outcomes = np.stack([one, one, 0 * one, one, 100 - one, 0 * one])
    panel = new_panel(pd.DataFrame(cells), outcomes, [f"image {n}" for n in range(100)])
    means = average_sources(panel, ["alpha"]).set_index("alpha")
    assert means.loc[1, "value"] == one.mean()
    assert means.loc[5, "value"] == 50
    assert means.loc[1, "ci_low"] < one.mean() - 5
    assert means.loc[1, "ci_high"] > one.mean() + 5
    assert means.loc[5, "ci_low"] == means.loc[5, "ci_high"] == 50
