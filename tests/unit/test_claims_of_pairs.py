"""Tests of pairs and of limits, on made data whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from claim_panels import NOTHING, PAIRS, VERDICTS, curve, made, two_methods, verdict
from nrg.claims import judge
from nrg.claims_of_pairs import KINDS
from nrg.outcomes import new_panel


def distance_panel(later: float):
    """Distances along two directions; the second is `later` by so much."""
    random = np.random.default_rng(0)
    steps = random.exponential(10, (2, 80))
    steps[1] += later
    steps[:, :20] = np.inf
    rows = [{"exhibit": "e", "method": m, "source": "s", "target": "t"} for m in "ab"]
    return new_panel(pd.DataFrame(rows), steps, [f"i{k}" for k in range(80)])


DENIED = PAIRS | {"kind": "within", "margin": [-np.inf, 5]}
ORDER = {key: PAIRS[key] for key in ("kind", "left", "right")} | {"by": "order", "direction": -1}
FLAT = two_methods((0, 0))
CASES = [
    (PAIRS, two_methods((30, 60), (40, 60)), "supported"),
    (PAIRS, two_methods((30, 60), (60, 40)), "contradicted"),
    (PAIRS, two_methods((30, 60), (50, 50)), "inconclusive"),
    (PAIRS, FLAT, "not run"),
    (PAIRS | {"left": {"method": "c"}}, two_methods((30, 60)), "not run"),
    (PAIRS | {"kind": "most"}, two_methods((30, 60), (40, 60), (60, 40)), "supported"),
    (PAIRS | {"kind": "most"}, two_methods((60, 30), (40, 60), (60, 40)), "contradicted"),
    (PAIRS | {"kind": "most"}, two_methods(*[(50, 50)] * 9), "inconclusive"),
    (PAIRS | {"kind": "most"}, FLAT, "not run"),
    (DENIED, two_methods((60, 30)), "supported"),
    (DENIED, two_methods((30, 60)), "contradicted"),
    (DENIED, two_methods((30, 31), n=30), "inconclusive"),
    (DENIED, two_methods((40, 47), n=100), "inconclusive"),
    (DENIED, two_methods((0, 0), (100, 100)), "inconclusive"),
    (DENIED, FLAT, "not run"),
    (ORDER, distance_panel(5), "supported"),
    (ORDER | {"direction": 1}, distance_panel(5), "contradicted"),
    (ORDER, distance_panel(0), "inconclusive"),
    (ORDER, distance_panel(np.inf * 0), "not run"),
    ({"kind": "above", "percent": 90}, two_methods((98, 97)), "supported"),
    ({"kind": "above", "percent": 90}, two_methods((98, 70)), "contradicted"),
    ({"kind": "above", "percent": 90}, two_methods((98, 91)), "inconclusive"),
    ({"kind": "above", "percent": 90, "where": {"m": [3]}}, made(curve("m", 9, 9)), "not run"),
]


@pytest.mark.parametrize(("test", "panel", "expected"), CASES)
def test_every_kind_comes_to_every_verdict(test, panel, expected):
    assert verdict(test, panel) == expected


def test_the_cases_are_of_every_kind_and_verdict():
    seen = {(test["kind"], expected) for test, _, expected in CASES}
    assert seen == {(kind.__name__, verdict) for kind in KINDS for verdict in VERDICTS}


def test_chance_seldom_supports_or_contradicts():
    made_up = [two_methods(*[(45, 45)] * 6, n=120, seed=seed) for seed in range(200)]
    found = [verdict(PAIRS, panel) for panel in made_up]
    assert "supported" not in found
    assert found.count("contradicted") <= 0.05 * 200
    most = [verdict(PAIRS | {"kind": "most"}, panel) for panel in made_up]
    assert most.count("supported") <= 0.05 * 200
    assert most.count("contradicted") <= 0.05 * 200


def test_a_rise_of_ten_points_is_mostly_found():
    panels = [two_methods((40, 50), n=700, seed=seed) for seed in range(100)]
    assert [verdict(PAIRS, panel) for panel in panels].count("supported") > 85


def test_renaming_the_sides_turns_the_verdict():
    panel = two_methods((30, 60), (40, 55))
    swapped = PAIRS | {"left": {"method": "b"}, "right": {"method": "a"}}
    assert verdict(swapped, panel) == "contradicted"
    assert verdict(swapped | {"direction": -1}, panel) == "supported"


def test_a_guest_is_compared_on_the_images_it_knows():
    panel = two_methods((30, 60))
    panel.outcomes[:, 100:] = np.nan
    (part,) = judge([PAIRS], panel, NOTHING).parts
    assert part.n == 100
