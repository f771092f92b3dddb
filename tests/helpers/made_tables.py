"""A suite's settings and exhibits, and the table of an exhibit as a run would make it."""

import pandas as pd
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_settings

SETTINGS = load_settings({"suite": "digits", "exhibits": ["table1", "figure3a", "figure1a"]})
EXHIBITS = load_exhibits(SETTINGS.suite)


def made_table(name: str = "table1") -> pd.DataFrame:
    """The exhibit in long form, with the same numbers in every cell."""
    exhibit = EXHIBITS[name]
    return pd.DataFrame(
        {
            "exhibit": name,
            "metric": exhibit.metric,
            "method": method.name,
            "source": source,
            "target": target,
            "value": 10.0 * (1 + place),
            "n": 50,
            "ci_low": 5.0,
            "ci_high": 15.0,
            "paper_value": 12.0,
            **dict(method.axes),
        }
        for source in exhibit.sources
        for target in exhibit.targets
        for place, method in enumerate(exhibit.methods)
    )
