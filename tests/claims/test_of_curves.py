"""Tests of curves, on made data whose truth is known."""

import pytest
from claim_panels import NOTHING, VERDICTS, curve, made, verdict
from nrg.claims.contrasts import CannotTest
from nrg.claims.kinds import judge
from nrg.claims.of_curves import KINDS

TREND = {"kind": "trend", "axis": "m"}
PEAK = {"kind": "peak", "axis": "m", "inner": True, "about": {"s": 2}}
DIFFER = {"kind": "peaks_differ", "axis": "m"}


def tops(*curves: list[float]):
    """A curve of every source, a and on."""
    named = zip("abc", curves, strict=False)
    return made([row for source, rates in named for row in curve("m", *rates, source=source)])


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
    (DIFFER, tops([20, 40, 70, 40], [20, 70, 40, 20]), "supported"),
    (DIFFER, tops([20, 40, 70, 40], [20, 40, 70, 40]), "contradicted"),
    (DIFFER, tops([20, 50, 50, 20], [20, 50, 50, 20]), "inconclusive"),
    (DIFFER, tops([20, 40, 70, 40]), "not run"),
]


@pytest.mark.parametrize(("test", "panel", "expected"), CASES)
def test_every_kind_comes_to_every_verdict(test, panel, expected):
    assert verdict(test, panel) == expected


def test_the_cases_are_of_every_kind_and_verdict():
    seen = {(test["kind"], expected) for test, _, expected in CASES}
    assert seen == {(kind.__name__, verdict) for kind in KINDS for verdict in VERDICTS}


def test_a_peak_at_the_end_of_the_grid_is_no_inner_peak():
    """Too large a step harms too: a curve that still rises where the grid ends does not say so."""
    step = {"kind": "peak", "axis": "m", "inner": True, "about": {"all": 3}}
    assert verdict(step, made(curve("m", 10, 20, 40, 60))) == "contradicted"
    assert verdict(step, made(curve("m", 10, 20, 40, 60, 40))) == "supported"


def test_sources_that_peak_apart_are_found_among_three():
    panel = tops([20, 70, 40, 20], [20, 70, 40, 20], [20, 40, 70, 20])
    (part,) = judge([DIFFER], panel, NOTHING).parts
    assert (part.verdict, part.effect) == ("supported", 1)


def test_optimal_places_are_compared_over_targets_together():
    rows = [
        row
        for source, best in (("a", 1), ("b", 2))
        for target in "tu"
        for row in curve("m", *[60 if x == best else 30 for x in range(4)], source=source,
                         target=target)
    ]  # fmt: skip
    (part,) = judge([DIFFER | {"over": ["target"]}], made(rows), NOTHING).parts
    assert (part.label, part.effect, part.low, part.high) == ("b and a", 1, 1, 1)


def test_few_images_do_not_say_where_a_curve_is_highest():
    few = {"rows": curve("m", 20, 40, 70, 40, 20), "n": 19}
    with pytest.raises(CannotTest, match="only 19 images, and it takes 20"):
        judge([PEAK], made(**few), NOTHING)
    assert verdict(TREND, made(**few)) != "not run"
