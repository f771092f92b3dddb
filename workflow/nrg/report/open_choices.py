"""What the paper leaves open: the readings taken, and what others give."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from nrg.analysis.tables import black_box
from nrg.base.resources import WORKFLOW
from nrg.base.yaml_files import read_yaml


def load_choices(tables: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """Each choice with the means over black-box pairs of the runs that bear on it.

    Args:
        tables: exhibits in long form, by name, as far as they are made.

    Returns:
        where, open, taken, and means: a list of exhibit, method, says and value (percent; None
        where the exhibit is not made).
    """
    choices = read_yaml(WORKFLOW / "resources/choices.yaml")["choices"]
    return [
        choice | {"means": [entry | mean_of(entry, tables) for entry in choice.get("compare", [])]}
        for choice in choices
    ]


def mean_of(entry: Mapping[str, str], tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """The mean of an exhibit's method over black-box pairs, and how many they are."""
    if entry["exhibit"] not in tables:
        return {"value": None, "pairs": 0}
    table = tables[entry["exhibit"]]
    cells = black_box(table[table["method"] == entry["method"]])
    return {"value": float(cells["value"].mean()) if len(cells) else None, "pairs": len(cells)}
