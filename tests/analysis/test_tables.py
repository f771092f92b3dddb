"""From predictions to the paper's tables."""

import numpy as np
import pandas as pd
import pytest
from nrg.analysis.metrics import rate
from nrg.analysis.tables import COLUMNS, black_box, mlp_table, success_rates, with_capacity
from nrg.base.resources import WORKFLOW
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_suite
from scipy.stats import norm
from scipy.stats import t as student

SUITE = load_suite("imagenet", {})
TABLE1 = load_exhibits(SUITE)["table1"]
TABLE4 = load_exhibits(SUITE)["table4"]


def made_predictions(n: int = 40) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(0)
    images = pd.DataFrame({"image_id": [f"i{k}" for k in range(n)], "label": np.arange(n) % 7})
    images["in_subset"] = images.index < 10
    frames = [
        images.assign(
            source=source,
            attack=attack.name,
            target=target,
            top1=np.where(rng.random(n) < 0.4, images["label"] + 1, images["label"]),
        )
        for source in TABLE1.sources
        for attack in TABLE1.attacks
        for target in SUITE.zoo
    ]
    return pd.concat(frames).drop(columns=["label", "in_subset"]), images


def test_the_promised_columns_and_every_cell_in_the_papers_order():
    predictions, images = made_predictions()
    shuffled = predictions.sample(frac=1, random_state=0)
    frame = success_rates(TABLE1, shuffled, images)
    assert list(frame) == COLUMNS
    assert len(frame) == 72
    printed = pd.read_csv(WORKFLOW / "resources/reported_values.csv").query("exhibit == 'table1'")
    assert frame["paper_value"].tolist() == printed["value"].tolist()
    assert frame["method"].tolist() == printed["method"].tolist()
    own = predictions.query("source == 'alexnet' and target == 'resnet34'")
    own = own[own["attack"] == TABLE1.attacks[0].name].set_index("image_id")
    wrong = own["top1"].to_numpy() != images.set_index("image_id")["label"][own.index].to_numpy()
    cell = frame.query("source == 'alexnet' and target == 'resnet34' and method == 'fgsm'")
    assert cell["value"].item() == pytest.approx(100 * wrong.mean())


def test_the_subset_is_used_where_the_exhibit_says_so():
    from dataclasses import replace

    predictions, images = made_predictions()
    assert set(success_rates(replace(TABLE1, images="subset"), predictions, images)["n"]) == {10}


@pytest.mark.parametrize(("successes", "n"), [(0, 30), (7, 30), (30, 30)])
def test_wilson_intervals_in_closed_form(successes, n):
    z, p = norm.ppf(0.975), successes / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    got = rate(np.arange(n) < successes)
    assert got["value"] == pytest.approx(100 * p)
    assert got["ci_low"] == pytest.approx(100 * (centre - half), abs=1e-9)
    assert got["ci_high"] == pytest.approx(100 * (centre + half), abs=1e-9)


def test_capacity_puts_each_sources_error_and_size_beside_its_rate():
    frame = pd.DataFrame({"source": ["b", "a", "a"], "value": [1, 2, 3]})
    accuracy = pd.DataFrame(
        {
            "model": ["a", "b"],
            "family": ["x", "y"],
            "parameters": [10, 20],
            "top1_accuracy": [70.0, 60.0],
        }
    )
    got = with_capacity(frame, accuracy)
    assert got["value"].tolist() == [1, 2, 3]
    assert got["parameters"].tolist() == [20, 10, 10]
    assert got["top1_error"].tolist() == [40, 30, 30]


def test_black_box_pairs_leave_out_members_of_the_source():
    frame = pd.DataFrame({"source": ["a", "a", "a+b", "a+b"], "target": ["a", "b", "b", "c"]})
    assert black_box(frame)["target"].tolist() == ["b", "c"]


def test_table_4_is_a_mean_over_seeds():
    rows = [
        {
            "optimiser": "adam",
            "seed": seed,
            "attack": attack,
            "source": source,
            "target": target,
            "label": 0,
            "top1": int(i < wrong),
        }
        for seed, wrong, n in ((0, 2, 10), (1, 8, 20))
        for source in ("mlp_d1", "mlp_d3")
        for target in ("mlp_d1", "mlp_d3")
        for attack in (TABLE4.attacks[0].name, "of-another-exhibit")
        for i in range(n)
    ]
    frame = mlp_table(TABLE4, pd.DataFrame(rows))
    assert len(frame) == 4
    assert frame["value"].tolist() == pytest.approx([30] * 4)
    assert frame["n"].tolist() == [30] * 4
    assert frame["seeds"].tolist() == [2] * 4
    sd = np.std([20, 40], ddof=1)
    assert frame["sd"].tolist() == pytest.approx([sd] * 4)
    low, high = student.interval(0.95, 1, loc=30, scale=sd / np.sqrt(2))
    assert frame["ci_low"].tolist() == pytest.approx([max(low, 0)] * 4)
    assert frame["ci_high"].tolist() == pytest.approx([min(high, 100)] * 4)
    assert frame["paper_value"].tolist() == [89.37, 62.94, 52.86, 60.32]
