"""The means over sources that a picture of curves shows, and the exhibit's table does not list."""

from collections.abc import Hashable
from typing import Any

import pandas as pd

from nrg.study.exhibits import Exhibit


def average_plotted(exhibit: Exhibit, table: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """The mean value over the sources at every point of every line, one entry each.

    Args:
        table: the exhibit in long form.

    Returns:
        method, target, the axes of the exhibit, value, and sources (how many there are). Empty
        where the picture shows the rows of the table themselves.
    """
    if not exhibit.mean_over or table.empty:
        return []
    keys = ["method", "target", *exhibit.axes]
    means = table.groupby(keys, sort=False)["value"].agg(["mean", "size"]).reset_index()
    return means.rename(columns={"mean": "value", "size": "sources"}).to_dict("records")
