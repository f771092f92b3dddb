"""When an attack succeeds, and how often guessing would."""

import numpy as np
import pandas as pd
import pytest
from nrg.analysis.metrics import SUCCESS_RULES, rate_by_chance, succeeded
from nrg.base.resources import WORKFLOW
from nrg.base.table_files import TOP
from nrg.base.yaml_files import read_yaml

PREDICTIONS = pd.DataFrame([[3, 1, 4, 0, 5], [2, 7, 1, 8, 0], [6, 5, 4, 3, 2]], columns=TOP)
PREDICTIONS = PREDICTIONS.assign(label=[3, 0, 9], target_label=[5, 2, 1])


@pytest.mark.parametrize(
    ("metric", "successes"),
    [
        ("top1_success", [False, True, True]),
        ("top5_success", [False, False, True]),
        ("targeted_top1_success", [False, True, False]),
        ("targeted_top5_success", [True, True, False]),
    ],
)
def test_success_depends_on_the_first_labels_and_on_the_one_that_is_sought(metric, successes):
    assert succeeded(PREDICTIONS, metric).tolist() == successes


def test_other_metrics_are_no_success():
    for metric in ("destruction_rate", "top3", "none"):
        with pytest.raises(KeyError):
            succeeded(PREDICTIONS, metric)
        with pytest.raises(KeyError):
            rate_by_chance(metric, 10)


@pytest.mark.parametrize("metric", SUCCESS_RULES)
@pytest.mark.parametrize("classes", [5, 10, 100])
def test_random_labels_succeed_as_often_as_chance_says(metric, classes):
    rng = np.random.default_rng(0)
    guesses = rng.permuted(np.tile(np.arange(classes), (20_000, 1)), axis=1)[:, :5]
    frame = pd.DataFrame(guesses, columns=TOP).assign(label=0, target_label=1)
    share = 100 * succeeded(frame, metric).mean()
    assert share == pytest.approx(rate_by_chance(metric, classes), abs=1.5)


def test_the_schema_allows_exactly_these_rates_wherever_it_lists_them():
    schema = read_yaml(WORKFLOW / "schemas/exhibit.schema.yaml")
    kinds = [branch["then"].get("properties", {}).get("metric", {}) for branch in schema["allOf"]]
    (rates,) = [rule["enum"] for rule in kinds if len(rule.get("enum", ())) > 2]
    assert {*rates} == {*SUCCESS_RULES}
    assert {*SUCCESS_RULES} <= {*schema["properties"]["metric"]["enum"]}
