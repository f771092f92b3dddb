"""Tests of curves, on made data whose truth is known."""

import pytest
from claim_panels import VERDICTS, curve, made, verdict
from nrg.claims_of_curves import KINDS

TREND = {"kind": "trend", "axis": "m"}
PEAK = {"kind": "peak", "axis": "m", "inner": True, "about": {"s": 2}}
CASES = [
    (TREND, made(curve("m", 20, 40, 60, 80)), "supported"),
    (TREND, made(curve("m", 20, 60, 40, 80)), "contradicted"),
    (TREND, made(curve("m", 50, 50, 50, 50)), "inconclusive"),
    (TREND, made(curve("m", 50)), "not run"),
    (PEAK, made(curve("m", 20, 40, 70, 40, 20)), "supported"),
    (PEAK, made(curve("m", 70, 40, 30, 20, 10)), "contradicted"),
    (PEAK, made(curve("m", 50, 50, 50, 50, 50)), "inconclusive"),
    (PEAK, made(curve("m", 0, 0, 0)), "not run"),
    (PEAK | {"about": {"other": 2}}, made(curve("m", 20, 40, 20)), "not run"),
]


@pytest.mark.parametrize(("test", "panel", "expected"), CASES)
def test_every_kind_comes_to_every_verdict(test, panel, expected):
    assert verdict(test, panel) == expected


def test_the_cases_are_of_every_kind_and_verdict():
    seen = {(test["kind"], expected) for test, _, expected in CASES}
    assert seen == {(kind.__name__, verdict) for kind in KINDS for verdict in VERDICTS}
