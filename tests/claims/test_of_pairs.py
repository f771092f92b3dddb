"""Tests of pairs and of limits, on simulated data whose truth is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from claim_panels import (
    ALIKE,
    DENIED,
    MEAN,
    NOTHING,
    PAIRS,
    draw_panel,
    ratio_panel,
    two_methods,
    verdict,
)
from nrg.analysis import statistics
from nrg.analysis.panels import join_panels, new_panel
from nrg.claims.kinds import judge
from nrg.claims.of_pairs import bound_ratios
from nrg.claims.verdict_texts import describe
from scipy.stats import norm, ttest_1samp


def with_costs(panel, **gradients: int):
    """Add what each method's attack costs, in gradients per image."""
    cells = panel.cells.assign(gradients=panel.cells["method"].map(gradients))
    return replace(panel, cells=cells)


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


def test_a_mean_over_pairs_can_be_significant_where_single_pairs_are_not():
    pairs = [(40, 43)] * 30
    panel = two_methods(*pairs, n=400)
    assert verdict(PAIRS, panel) == "inconclusive"
    (part,) = judge([MEAN], panel, NOTHING).parts
    gains = panel.outcomes[1::2].mean(0) - panel.outcomes[::2].mean(0)
    expected = ttest_1samp(gains, 0)
    assert part.effect == pytest.approx(gains.mean())
    assert norm.isf(part.p) == pytest.approx(norm.isf(expected.pvalue), rel=0.05)
    interval = expected.confidence_interval(0.95)
    assert (part.low, part.high) == pytest.approx(tuple(interval), abs=0.15)
    assert (part.verdict, part.facts["pairs"], part.n) == ("supported", 30, 400)


def test_equal_cost_is_read_from_the_attacks():
    """Only the exhibit whose two attacks cost equally much is compared, whatever its name."""
    rates = {"e": (30, 20), "reading_equal": (30, 90)}
    equal, dear = (
        draw_panel([({"method": m, "exhibit": e}, r) for m, r in zip("ab", own, strict=True)])
        for e, own in rates.items()
    )
    panel = join_panels([with_costs(equal, a=100, b=100), with_costs(dear, a=100, b=2000)])
    (part,) = judge([MEAN | {"gradients": "equal"}], panel, NOTHING).parts
    assert (part.verdict, part.facts) == ("contradicted", {"pairs": 1, "gradients": "equal"})
    (both,) = judge([MEAN], panel, NOTHING).parts
    assert both.facts == {"pairs": 2, "gradients": "as printed"}


def test_each_mean_over_a_group_is_a_part():
    rows = [
        ({"method": m, "target": t, "source": s}, rate)
        for t, rates in (("t", (30, 60)), ("u", (60, 30)))
        for m, rate in zip("ab", rates, strict=True)
        for s in "xyz"
    ]
    parts = judge([MEAN | {"each": ["target"]}], draw_panel(rows), NOTHING).parts
    assert [(part.label, part.verdict) for part in parts] == [
        ("t", "supported"),
        ("u", "contradicted"),
    ]


def test_ratios_within_a_factor_are_bounded_where_they_are_not_known():
    left, right = np.array([1, np.inf, 4.0]), np.array([np.inf, 2, 2.0])
    at_least, at_most = bound_ratios(left, right, farthest=4)
    assert at_least.tolist() == [4, 0, 0.5]
    assert at_most.tolist() == [np.inf, 0.5, 0.5]


def test_images_beyond_reach_both_ways_are_left_out_and_counted():
    panel = ratio_panel(1, n=200, reach=2)
    out = int(np.isinf(panel.outcomes).all(0).sum())
    assert 0 < out < 100
    found = judge([ALIKE], panel, NOTHING)
    assert found.parts[0].n == 200 - out
    one = int(np.isinf(panel.outcomes).any(0).sum()) - out
    assert found.parts[0].facts == {"left_out": out, "beyond_reach": one}
    assert found.notes[0].startswith("t, ")
    assert f"{out} of 200 images left out" in found.notes[0]


def test_what_lies_beyond_reach_never_makes_two_distances_alike():
    """With a true ratio of 4 most right distances are beyond a short reach and are no evidence."""
    assert verdict(ALIKE, ratio_panel(4, n=400, reach=1.5)) != "supported"
    assert verdict(ALIKE, ratio_panel(1 / 4, n=400, reach=1.5)) != "supported"


def test_a_rate_of_few_images_is_not_taken_for_certain():
    """All of 5 adversarial images were destroyed, and 60 % of 200 others."""
    cells = pd.DataFrame({"exhibit": "e", "method": ["a", "b"], "source": "s", "target": "t"})
    outcomes = np.full((2, 205), np.nan, np.float32)
    outcomes[0, :5] = 100
    outcomes[1, 5:] = np.where(np.arange(200) < 120, 100, 0)
    (part,) = judge([PAIRS], new_panel(cells, outcomes, map(str, range(205))), NOTHING).parts
    assert part.p > 0.05
    assert statistics.rates_p(*outcomes) == part.p


LIMITED = {"kind": "alike", "limits": [0, 2], "left": {"method": "a"}, "right": {"method": "b"}}


def test_a_limit_on_one_side_alone_keeps_its_level_and_has_power():
    """ "Not much more sensitive" is seldom supported at a ratio of 2, and mostly at one of 1."""
    at_limit = [verdict(LIMITED, ratio_panel(2, seed=seed)) for seed in range(100)]
    assert at_limit.count("supported") <= 0.06 * 100
    assert at_limit.count("contradicted") <= 0.06 * 100
    same = [verdict(LIMITED, ratio_panel(1, seed=seed)) for seed in range(30)]
    assert same.count("supported") >= 0.8 * 30
    assert verdict(LIMITED, ratio_panel(0.1)) == "supported", "it has no lower limit"
    assert verdict(LIMITED, ratio_panel(4)) == "contradicted"


def equal_sides(n: int = 300):
    """Six pairs whose two sides are the same on every image, but not the same for all images."""
    panel = two_methods(*[(40, 40)] * 6, n=n)
    panel.outcomes[1::2] = panel.outcomes[::2]
    return new_panel(panel.cells, panel.outcomes, panel.units)


@pytest.mark.parametrize("margin", [None, [-np.inf, 1], [-np.inf, 0], [0, np.inf]])
def test_rounding_makes_no_difference_where_there_is_none(margin):
    test = MEAN if margin is None else DENIED | {"margin": margin}
    found = judge([test], equal_sides(), NOTHING)
    assert found.verdict == "inconclusive", "of what never varies nothing is known"
    assert (found.parts[0].effect, found.parts[0].low, found.parts[0].high) == (0, 0, 0)


def test_images_that_all_say_the_same_are_no_certainty():
    """Cosines of 0.3 and 0.7 on every image: their spread is rounding, and not an error."""
    panel = two_methods((0, 0), n=5)
    panel.outcomes[:] = np.array([[0.3], [0.7]])
    (part,) = judge(
        [PAIRS], replace(panel, cells=panel.cells.assign(value=[0.3, 0.7])), NOTHING
    ).parts
    assert (part.p, part.verdict) == (1, "inconclusive")


def test_a_boundary_beyond_reach_is_not_much_nearer():
    """alexnet never changes along the left direction and always along the right one."""
    panel = ratio_panel(1, n=60)
    panel.outcomes[0] = np.inf
    found = judge([LIMITED], panel, NOTHING)
    assert (found.verdict, found.parts[0].p < 0.05) == ("supported", True)
    panel.outcomes[:] = panel.outcomes[::-1].copy()
    found = judge([LIMITED], panel, NOTHING)
    assert (found.verdict, found.parts[0].p < 0.05) == ("contradicted", True)
    assert "or more)" in describe(found, 60)
    assert "inf" not in describe(found, 60)
    panel.outcomes[0] = 1
    panel.outcomes[1, :40], panel.outcomes[1, 40:] = np.inf, 1
    assert "too many distances are beyond reach" in describe(judge([LIMITED], panel, NOTHING), 60)


@pytest.mark.parametrize("kind", ["every", "most_pairs", "rate_above"])
def test_a_cell_without_images_is_reported_and_not_counted(kind):
    panel = two_methods((30, 60), (40, 70), (40, 70))
    panel.outcomes[2:4] = np.nan
    values = panel.cells["value"].where(np.isfinite(panel.outcomes).any(1))
    panel = replace(panel, cells=panel.cells.assign(value=values))
    found = judge([PAIRS | {"kind": kind, "percent": 20}], panel, NOTHING)
    assert (found.verdict, len(found.parts)) == ("supported", 4 if kind == "rate_above" else 2)
    text = "2 more have no image" if kind == "rate_above" else "1 more has no image"
    assert text in describe(found, 400)
    panel.outcomes[:] = np.nan
    assert verdict(PAIRS | {"kind": kind, "percent": 20}, panel) == "not run"


def test_a_mean_is_written_once():
    pairs = two_methods((30, 60), (40, 60))
    one = judge([MEAN | {"label": "single sources"}], pairs, NOTHING)
    assert describe(one, 400).count("points") == 1
    assert describe(one, 400).startswith("single sources, ")
    assert "over 2 pairs; p" in describe(one, 400)
    two = judge([MEAN | {"label": name} for name in ("near", "far")], pairs, NOTHING)
    assert describe(two, 400).count(" over 2 pairs") == 2


def test_cells_of_different_images_have_an_interval_and_the_smaller_number():
    """Two rates without an image in common, as destruction rates of two attacks may be."""
    panel = two_methods((20, 80), n=100)
    panel.outcomes[0, :30] = panel.outcomes[1, 30:] = np.nan
    own = new_panel(panel.cells, panel.outcomes, panel.units)
    (part,) = judge([PAIRS], own, NOTHING).parts
    assert (part.n, part.verdict) == (30, "supported")
    assert part.low < part.effect < part.high
