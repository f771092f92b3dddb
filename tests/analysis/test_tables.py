"""From panels to the paper's tables."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from nrg.analysis.metrics import rate
from nrg.analysis.panels import build_panel, new_panel
from nrg.analysis.printed import read_printed_values
from nrg.analysis.tables import (
    COLUMNS,
    add_capacity,
    build_table,
    count_gradients,
    select_black_box,
    tabulate,
)
from nrg.base.table_files import write_parquet
from nrg.study.attacks import Attack
from nrg.study.exhibits import load_exhibits
from nrg.study.pieces import Piece
from nrg.study.settings import load_suite
from scipy.stats import norm
from scipy.stats import t as student

SUITE = load_suite("imagenet", {})
EXHIBITS = load_exhibits(SUITE)
TABLE1, TABLE4 = EXHIBITS["table1"], EXHIBITS["table4"]
IDS = [f"image-{i}" for i in range(4)]


def read_table(exhibit, files) -> pd.DataFrame:
    """An exhibit's table from the stored files behind it."""
    return build_table(exhibit, build_panel(exhibit, files), files)


@pytest.fixture
def predictions(tmp_path):
    """Made predictions of 40 images on every target of the zoo, in no order; files and frames."""
    rng = np.random.default_rng(0)
    images = pd.DataFrame({"image_id": [f"i{k}" for k in range(40)], "label": np.arange(40) % 7})
    images = images.assign(in_subset=images.index < 10, target_label=0)
    frames = [
        images[["image_id"]].assign(
            source=source,
            attack=attack.name,
            target=target,
            top1=np.where(rng.random(40) < 0.4, images["label"] + 1, images["label"]),
        )
        for source in TABLE1.sources
        for attack in TABLE1.attacks
        for target in SUITE.zoo
    ]
    frame = pd.concat(frames, ignore_index=True).assign(top2=-1, top3=-1, top4=-1, top5=-1)
    files = {"images": tmp_path / "images.parquet", "predictions": [tmp_path / "p.parquet"]}
    write_parquet(images, files["images"])
    write_parquet(frame.sample(frac=1, random_state=0), files["predictions"][0])
    return files, frame, images


def test_a_function_of_ones_own_costs_what_it_took_and_not_its_budget():
    function = Piece("attack", "my_attacks:whole", (("budget", 30),))
    attack = Attack("linf", 15, function=function)
    effects = pd.DataFrame({"source": ["a", "b+c"], "attack": attack.name})
    effects = effects.assign(images=10, gradients=[200, 400])
    assert count_gradients(attack, effects) == 20
    assert count_gradients(Attack("linf", 15, steps=3, alpha=5), effects) == 3


def test_the_promised_columns_and_every_cell_in_the_papers_order(predictions):
    files, stored, images = predictions
    frame = read_table(TABLE1, files)
    assert list(frame) == COLUMNS
    assert len(frame) == 72
    printed = read_printed_values().query("exhibit == 'table1'")
    assert frame["paper_value"].tolist() == printed["value"].tolist()
    assert frame["method"].tolist() == printed["method"].tolist()
    own = stored.query("source == 'alexnet' and target == 'resnet34'")
    own = own[own["attack"] == TABLE1.attacks[0].name].set_index("image_id")
    wrong = own["top1"].to_numpy() != images.set_index("image_id")["label"][own.index].to_numpy()
    cell = frame.query("source == 'alexnet' and target == 'resnet34' and method == 'fgsm'")
    assert cell["value"].item() == pytest.approx(100 * wrong.mean())


def test_the_subset_is_used_where_the_exhibit_says_so(predictions):
    assert set(read_table(replace(TABLE1, images="subset"), predictions[0])["n"]) == {10}


@pytest.mark.parametrize(("successes", "n"), [(0, 30), (7, 30), (30, 30)])
def test_wilson_intervals_in_closed_form(successes, n):
    z, p = norm.ppf(0.975), successes / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    got = rate(successes, n)
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
    got = add_capacity(frame, accuracy)
    assert got["value"].tolist() == [1, 2, 3]
    assert got["parameters"].tolist() == [20, 10, 10]
    assert got["top1_error"].tolist() == [40, 30, 30]


def test_black_box_pairs_leave_out_members_of_the_source():
    frame = pd.DataFrame({"source": ["a", "a", "a+b", "a+b"], "target": ["a", "b", "b", "c"]})
    assert select_black_box(frame)["target"].tolist() == ["b", "c"]
    assert select_black_box(frame[:0]).empty


def test_the_destruction_rate_counts_only_images_that_fooled_the_target(tmp_path):
    exhibit = replace(EXHIBITS["figure4"], methods=EXHIBITS["figure4"].methods[:1])
    attack = exhibit.attacks[0].name
    images = pd.DataFrame({"image_id": IDS, "label": [0, 1, 2, 3]})

    def rows(attack, transformation, strength, top1):
        return pd.DataFrame({"image_id": IDS, "top1": top1}).assign(
            attack=attack, transformation=transformation, strength=strength
        )

    stored = pd.concat(
        [
            rows(attack, "none", 0.0, [9, 9, 9, 3]),  # the fourth does not fool the target
            rows(attack, "jpeg", 90.0, [0, 9, 9, 3]),  # the first no longer does
            rows("clean", "none", 0.0, [0, 1, 2, 3]),
            rows("clean", "jpeg", 90.0, [0, 1, 9, 3]),
        ]
    )
    files = {"images": tmp_path / "images.parquet", "predictions": tmp_path / "p.parquet"}
    write_parquet(images, files["images"])
    write_parquet(stored, files["predictions"])
    table = read_table(exhibit, files)
    assert list(table) == [*COLUMNS, "transformation", "strength"]
    table = table.set_index("method")
    assert table.loc["fgsm", "value"] == pytest.approx(100 / 3)
    assert table.loc["fgsm", "n"] == 3
    assert table.loc["clean", "value"] == 75
    assert table.loc["clean", "metric"] == "survival_rate"


def test_a_destruction_rate_of_no_image_is_left_out():
    cells = pd.DataFrame({"exhibit": "figure4", "method": ["fgsm", "igsm"]})
    cells = cells.assign(source="s", target="t", transformation="jpeg", strength=90.0)
    panel = new_panel(cells, np.array([[100.0, 0], [np.nan, np.nan]]), ["a", "b"])
    assert tabulate(EXHIBITS["figure4"], panel)["method"].tolist() == ["fgsm"]


def test_a_distance_is_a_median_and_a_cell_without_images_stays():
    cells = pd.DataFrame({"exhibit": "figure5", "method": ["parallel", "perpendicular"]})
    outcomes = np.array([[1.0, 2, np.inf], [np.nan] * 3])
    panel = new_panel(cells.assign(source="s", target="t"), outcomes, list("abc"))
    table = tabulate(EXHIBITS["figure5"], panel)
    assert list(table) == COLUMNS
    assert table["value"].tolist() == pytest.approx([2, np.nan], nan_ok=True)
    assert table["n"].tolist() == [3, 0]


def test_table_4_is_a_mean_over_seeds(tmp_path):
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
    stored = pd.DataFrame(rows)
    paths = [tmp_path / f"{seed}.parquet" for seed in (0, 1)]
    for seed, path in enumerate(paths):
        write_parquet(stored[stored["seed"] == seed], path)
    frame = read_table(TABLE4, {"predictions": paths})
    assert len(frame) == 4
    assert list(frame) == [*COLUMNS, "optimiser", "seeds", "sd"]
    assert frame["value"].tolist() == pytest.approx([30] * 4)
    assert frame["n"].tolist() == [30] * 4
    assert frame["seeds"].tolist() == [2] * 4
    sd = np.std([20, 40], ddof=1)
    assert frame["sd"].tolist() == pytest.approx([sd] * 4)
    low, high = student.interval(0.95, 1, loc=30, scale=sd / np.sqrt(2))
    assert frame["ci_low"].tolist() == pytest.approx([max(low, 0)] * 4)
    assert frame["ci_high"].tolist() == pytest.approx([min(high, 100)] * 4)
    assert frame["paper_value"].tolist() == [89.37, 62.94, 52.86, 60.32]
    (one, *_) = read_table(TABLE4, {"predictions": paths[1:]}).to_dict("records")
    assert one["value"] == pytest.approx(40)
    assert (one["n"], one["seeds"]) == (20, 1)
    assert one["ci_low"] == rate(8, 20)["ci_low"], "with one seed the interval is over its images"
