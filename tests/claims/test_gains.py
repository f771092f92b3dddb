"""The gain of every attack that has a noise-reduced form."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from nrg.analysis.panels import Panel, new_panel
from nrg.analysis.printed import read_printed_panels
from nrg.claims.entries import to_json
from nrg.claims.gains import measure_gain, measure_gains
from nrg.study.attacks import count_gradients_per_image
from nrg.study.exhibits import Exhibit, find_reduced_forms, load_exhibits
from nrg.study.settings import load_suite

EXHIBITS = load_exhibits(load_suite("digits", {}))
PRINTED = read_printed_panels()


def drawn(exhibit: Exhibit, n: int = 200) -> Panel:
    """An exhibit's panel, in which noise reduction raises every rate from 30 to 40 %."""
    random = np.random.default_rng(0)
    cells = pd.DataFrame(
        [
            {"exhibit": exhibit.name, "method": method.name, "source": source, "target": target}
            | {"gradients": count_gradients_per_image([method.attack])}
            for source in exhibit.sources
            for target in exhibit.targets
            for method in exhibit.methods
        ]
    )
    rates = 0.3 + 0.1 * cells["method"].str.startswith("nr-").to_numpy()
    outcomes = (random.random((len(cells), n)) < rates[:, None]) * np.float32(100)
    return new_panel(cells, outcomes, [f"i{k}" for k in range(n)])


def test_the_tables_that_compare_an_attack_with_its_reduced_form_are_found_from_their_attacks():
    found = {
        name: [(plain.name, reduced.name) for plain, reduced in find_reduced_forms(exhibit)]
        for name, exhibit in EXHIBITS.items()
    }
    tables = ["table1", "table2", "table3a", "table3b", "table5", "table6", "table7", "table8"]
    assert [name for name in found if found[name] and name in PRINTED] == tables
    assert found["table1"] == [("fgsm", "nr-fgsm")]
    assert found["reading_table8_budget"] == [("igsm", "nr-igsm"), ("igsm", "nr-igsm-k5-m4")]
    for name in ("reading_floor", "reading_estimators", "reading_few_steps", "figure4", "table4"):
        assert not found[name]


def test_a_gain_is_the_mean_difference_over_black_box_pairs_with_an_interval_over_images():
    panel = drawn(EXHIBITS["table1"])
    (gain,) = measure_gains([EXHIBITS["table1"]], {"table1": panel}, PRINTED)
    black = ~panel.cells["white"].to_numpy()
    reduced = (panel.cells["method"] == "nr-fgsm").to_numpy()
    plain_mean, reduced_mean = (panel.values[black & side].mean() for side in (~reduced, reduced))
    assert (gain.plain_mean, gain.reduced_mean) == pytest.approx((plain_mean, reduced_mean))
    assert gain.gain == pytest.approx(reduced_mean - plain_mean)
    images = panel.outcomes[black & reduced].mean(0) - panel.outcomes[black & ~reduced].mean(0)
    half = 1.96 * images.std(ddof=1) / len(images) ** 0.5
    assert (gain.ci_low, gain.ci_high) == pytest.approx(
        (gain.gain - half, gain.gain + half), abs=0.3
    )
    assert (gain.pairs, gain.images) == (30, 200)
    assert 25 <= gain.pairs_raised <= 30
    assert (gain.plain_gradients, gain.reduced_gradients) == (1, 20)
    assert gain.p < 0.001
    json.dumps(to_json(gain), allow_nan=False)


def test_the_papers_means_are_those_of_the_same_pairs():
    exhibit = EXHIBITS["table1"]
    (gain,) = measure_gains([exhibit], {"table1": drawn(exhibit)}, PRINTED)
    assert (gain.paper.plain_mean, gain.paper.reduced_mean) == pytest.approx((40.43, 59.55))
    two = replace(exhibit, sources=("alexnet", "resnet34"), targets=("alexnet", "resnet34"))
    (gain,) = measure_gains([two], {"table1": drawn(two)}, PRINTED)
    cells = PRINTED["table1"].cells.set_index(["source", "target", "method"])["value"]
    pairs = [("alexnet", "resnet34"), ("resnet34", "alexnet")]
    assert gain.paper.plain_mean == pytest.approx(np.mean([cells[*pair, "fgsm"] for pair in pairs]))
    (control,) = measure_gains(
        [EXHIBITS["reading_equal_step"]],
        {"reading_equal_step": drawn(EXHIBITS["reading_equal_step"])},
        PRINTED,
    )
    assert control.paper is None


def test_a_table_without_black_box_pairs_or_images_has_no_gain():
    exhibit = EXHIBITS["table1"]
    (plain, reduced), panel = find_reduced_forms(exhibit)[0], drawn(exhibit, 3)
    white = panel.only(panel.cells["white"].to_numpy())
    assert measure_gain("table1", plain, reduced, white, None) is None
    nothing = new_panel(panel.cells, panel.outcomes * np.nan, panel.units)
    assert measure_gain("table1", plain, reduced, nothing, None) is None
    assert measure_gains([exhibit], {}, PRINTED) == []


def test_one_image_has_a_gain_without_an_interval():
    exhibit = EXHIBITS["table1"]
    (gain,) = measure_gains([exhibit], {"table1": drawn(exhibit, 1)}, PRINTED)
    assert (gain.ci_low, gain.ci_high, gain.images) == (None, None, 1)
    json.dumps(to_json(gain), allow_nan=False)
