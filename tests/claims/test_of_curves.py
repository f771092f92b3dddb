"""Tests of curves, on simulated data whose truth is known."""

import pytest
from claim_panels import DIFFER, NOTHING, PEAK, TREND, curve, draw_panel, tops, verdict
from nrg.claims.kinds import judge
from nrg.claims.parts import CannotTest


def test_a_peak_at_the_end_of_the_grid_is_no_inner_peak():
    """Too large a step harms too: a curve that still rises where the grid ends does not say so."""
    step = {"kind": "peak", "axis": "m", "inner": True, "about": {"all": 3}}
    assert verdict(step, draw_panel(curve("m", 10, 20, 40, 60))) == "contradicted"
    assert verdict(step, draw_panel(curve("m", 10, 20, 40, 60, 40))) == "supported"


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
    (part,) = judge([DIFFER | {"over": ["target"]}], draw_panel(rows), NOTHING).parts
    assert (part.label, part.effect, part.low, part.high) == ("b and a", 1, 1, 1)


def test_few_images_do_not_say_where_a_curve_is_highest():
    few = {"rows": curve("m", 20, 40, 70, 40, 20), "n": 19}
    with pytest.raises(CannotTest, match="only 19 images, and it takes 20"):
        judge([PEAK], draw_panel(**few), NOTHING)
    assert verdict(TREND, draw_panel(**few)) != "not run"
