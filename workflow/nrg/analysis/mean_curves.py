"""Curves that are means over sources."""

import pandas as pd

from nrg.analysis.panels import Panel
from nrg.analysis.statistics import interval


def average_sources(panel: Panel, axes: list[str]) -> pd.DataFrame:
    """The mean of the cells over their sources, for each method, target and point on the axes.

    All sources are resampled with the same images, as in the tests of claims.

    Returns:
        method, target, the axes, value in percent, and its bootstrap 95 % interval over images:
        ci_low and ci_high.
    """
    keys = ["method", "target", *axes]
    means = []
    for key, cells in panel.cells[panel.cells["shown"]].groupby(keys, sort=False):
        draws = panel.draws[:, cells.index].mean(axis=1)
        low, high = interval(draws, 0.05, len(panel.units))
        bounds = {"value": cells["value"].mean(), "ci_low": low, "ci_high": high}
        means.append(dict(zip(keys, key, strict=True)) | bounds)
    return pd.DataFrame(means)
