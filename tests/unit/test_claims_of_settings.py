"""Tests of how much settings matter, on made data whose truth is known."""

import numpy as np
import pytest
from claim_panels import VERDICTS, made, verdict
from nrg.claims_of_settings import KINDS, variation

TEST = {
    "kind": "sensitive",
    "axis": "alpha",
    "left": {"exhibit": "plain"},
    "right": {"exhibit": "targeted"},
}


def panel(plain, targeted, n: int = 300, seed: int = 0):
    """Success along α of either attack, from three sources on two targets."""
    rows = [
        ({"exhibit": name, "source": source, "target": target, "alpha": float(alpha)}, rate)
        for name, rates in (("plain", plain), ("targeted", targeted))
        for source in "abc"
        for target in ("t", "u")
        for alpha, rate in enumerate(rates)
    ]
    return made(rows, n=n, seed=seed)


FLAT, PEAKED = (70, 70, 70, 70, 70), (20, 30, 40, 45, 35)
CASES = [
    (panel(FLAT, PEAKED), "supported"),
    (panel(PEAKED, FLAT), "contradicted"),
    (panel(FLAT, FLAT), "inconclusive"),
    (panel(FLAT, PEAKED[:1]), "not run"),
]


@pytest.mark.parametrize(("panel", "expected"), CASES)
def test_every_verdict(panel, expected):
    assert verdict(TEST, panel) == expected


def test_the_cases_are_of_every_verdict():
    assert {expected for _, expected in CASES} == set(VERDICTS)
    assert [kind.__name__ for kind in KINDS] == ["sensitive"]


TURNED = PEAKED[::-1]


@pytest.mark.parametrize("curves", [(FLAT, (30,) * 5), (PEAKED, TURNED), ((95,) * 5, (50,) * 5)])
def test_chance_seldom_makes_one_attack_more_sensitive(curves):
    runs = [verdict(TEST, panel(*curves, n=100, seed=seed)) for seed in range(60)]
    assert runs.count("supported") <= 0.06 * 60
    assert runs.count("contradicted") <= 0.06 * 60


def test_a_curve_that_rises_and_falls_by_ten_points_more_is_mostly_found():
    runs = [
        verdict(TEST, panel((60, 62, 65, 64, 63), (25, 32, 40, 36, 30), n=500, seed=seed))
        for seed in range(30)
    ]
    assert runs.count("supported") >= 0.8 * 30


def test_the_variance_is_that_of_the_rates_without_the_chance_of_few_images():
    random = np.random.default_rng(0)
    flat = [variation(100.0 * (random.random((5, 40)) < 0.5)).mean() for _ in range(400)]
    assert abs(np.mean(flat)) < 3 * np.std(flat) / 400**0.5
    curves = [
        100.0 * (random.random((5, 100)) < np.array(PEAKED)[:, None] / 100) for _ in range(400)
    ]
    found = [variation(curve).mean() for curve in curves]
    assert np.mean(found) == pytest.approx(np.var(PEAKED, ddof=1), rel=0.05)
    errors = [variation(curve).std() / 100**0.5 for curve in curves]
    assert np.mean(errors) == pytest.approx(np.std(found), rel=0.15)


def test_images_that_some_point_lacks_play_no_part():
    curve = np.array([[0.0, 0, 0, np.nan, 0], [100, 100, 100, 100, 100]])
    found = variation(curve)
    assert np.isnan(found).tolist() == [False, False, False, True, False]
    assert found[0] == pytest.approx(np.var([0, 100], ddof=1))
    assert np.isnan(variation(curve * np.nan)).all()
