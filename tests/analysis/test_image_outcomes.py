"""An exhibit's outcomes in long form."""

import numpy as np
import pandas as pd
from nrg.analysis.image_outcomes import COLUMNS, list_outcomes
from nrg.analysis.panels import CLEAN, new_panel
from nrg.analysis.tables import tabulate
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_suite

EXHIBITS = load_exhibits(load_suite("imagenet", {}))


def test_a_tables_values_are_the_means_of_its_outcomes():
    exhibit = EXHIBITS["figure3a"]
    methods = exhibit.methods[:2]
    cells = pd.DataFrame(
        {"exhibit": "figure3a", "method": m.name, "source": "s", "target": "t", **dict(m.axes)}
        for m in methods
    )
    panel = new_panel(cells, np.array([[100.0, 0, np.nan], [100, 100, 0]]), ["a", "b", "c"])
    outcomes = list_outcomes(exhibit, panel)
    assert list(outcomes) == [*COLUMNS[:5], "sigma", *COLUMNS[5:]]
    assert outcomes["unit"].tolist() == ["a", "b", "a", "b", "c"], "one was not scored"
    assert outcomes["outcome"].dtype == np.int8
    table = tabulate(exhibit, panel)
    means = outcomes.groupby("sigma")["outcome"].mean()
    assert means.tolist() == table["value"].tolist()
    names = outcomes.groupby("sigma")["attack"].unique().explode().tolist()
    assert names == [method.attack.name for method in methods]


def test_clean_images_have_no_attack_and_a_metric_of_their_own():
    exhibit = EXHIBITS["figure4"]
    cells = pd.DataFrame({"exhibit": "figure4", "method": ["fgsm", CLEAN]})
    cells = cells.assign(source="s", target="t", shown=[True, False], strength=5.0)
    outcomes = list_outcomes(exhibit, new_panel(cells, np.array([[0.0], [100]]), ["a"]))
    assert outcomes["metric"].tolist() == ["destruction_rate", "survival_rate"]
    assert outcomes["attack"].tolist() == [exhibit.methods[0].attack.name, ""]


def test_a_probe_says_its_settings():
    exhibit = EXHIBITS["figure5"]
    cells = pd.DataFrame(
        {"exhibit": ["figure5"], "method": "parallel", "source": "s", "target": "t"}
    )
    outcomes = list_outcomes(exhibit, new_panel(cells, np.array([[1.5, np.inf]]), ["a", "b"]))
    assert outcomes["outcome"].tolist() == [1.5, np.inf]
    assert set(outcomes["attack"]) == {str(exhibit.probe)}
