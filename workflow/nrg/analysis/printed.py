"""The numbers that the paper prints."""

from functools import cache

import numpy as np
import pandas as pd

from nrg.analysis.panels import Panel, new_panel
from nrg.base.resources import WORKFLOW
from nrg.base.table_files import read_csv
from nrg.study.attacks import count_gradients_per_image
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_suite

# How many images are behind a printed rate: 5,000 (section 4); 1,000 for ensembles (section 5.2).
# The paper does not say it of Table 4, whose networks also differ by their seeds.
IMAGES_IN_PRINT = {"table1": 5000, "table2": 5000, "table5": 5000} | {
    name: 1000 for name in ("table3a", "table3b", "table6", "table7", "table8")
}


@cache
def read_printed_values() -> pd.DataFrame:
    """Every printed number: exhibit, metric, method, source, target, value (percent)."""
    return read_csv(WORKFLOW / "resources/reported_values.csv")


def read_printed_panels() -> dict[str, Panel]:
    """The paper's own tables as panels, by the name of the exhibit."""
    printed = read_printed_values().drop(columns="metric")
    # A user's exhibits may name models that the paper's suite does not know.
    exhibits = load_exhibits(load_suite("imagenet", {}), names=set(printed["exhibit"]))
    costs = {
        (name, method.name): count_gradients_per_image([method.attack])
        for name, exhibit in exhibits.items()
        for method in exhibit.methods
    }
    panels = {}
    for exhibit, table in printed.groupby("exhibit"):
        name = str(exhibit)
        gradients = [costs[name, method] for method in table["method"]]
        cells = table.assign(gradients=gradients).reset_index(drop=True)
        counts = np.full(len(table), IMAGES_IN_PRINT.get(name, np.nan))
        panels[name] = new_panel(cells, counts=counts)
    return panels
