"""How many images would decide what is open: against closed forms and against simulated runs."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from claim_panels import NOTHING, PAIRS, curve, draw_panel, two_methods, verdict
from nrg.analysis.panels import new_panel
from nrg.analysis.statistics import student
from nrg.claims.claims_file import Claim
from nrg.claims.entries import to_json
from nrg.claims.kinds import judge
from nrg.claims.ledger import judge_claim
from nrg.claims.parts import Over, Part
from nrg.claims.verdict_texts import are_over_seeds, round_up
from nrg.claims.verdicts import Findings, conclude
from scipy.stats import nct, t


def effect_panel(effects, n: int, spread: float, seed: int):
    """Two methods whose images differ by these effects on average, with this standard deviation."""
    random = np.random.default_rng(seed)
    rows, outcomes = [], []
    for place, effect in enumerate(effects):
        base = random.normal(50, 5, n)
        for method, values in (("a", base), ("b", base + random.normal(effect, spread, n))):
            rows.append({"exhibit": "e", "source": "s", "target": f"t{place}", "method": method})
            outcomes.append(values)
    return new_panel(pd.DataFrame(rows), np.array(outcomes), [f"i{k}" for k in range(n)])


def with_exact_effects(effects, n: int, spread: float):
    """The same, but the run found exactly these effects, and this spread of its images."""
    panel = effect_panel(effects, n, spread, seed=0)
    gain = panel.outcomes[1::2] - panel.outcomes[::2]
    gain = (gain - gain.mean(1, keepdims=True)) / gain.std(1, keepdims=True) * spread
    panel.outcomes[1::2] = panel.outcomes[::2] + gain + np.array(effects)[:, None]
    return new_panel(panel.cells, panel.outcomes, panel.units)


def judge_panel(panel, test=PAIRS) -> dict:
    claim = Claim("c", ("e",), ("e",), "It says so.", "A test.", (test,))
    return to_json(judge_claim(claim, {"e": panel}, NOTHING))


def test_one_effect_needs_as_many_images_as_its_standard_error_says():
    """At n images z is 1; at (1.96 / 1)² n it is expected to be 1.96."""
    found = judge_panel(with_exact_effects([2.0], 100, spread=20.0))
    assert found["verdict"] == "inconclusive"
    assert found["images_needed"] == pytest.approx(1.96**2 * 100, rel=0.15)
    assert found["parts"][0]["images_needed"] == found["images_needed"]
    assert found["seeds_needed"] is None


def test_one_doubtful_pair_of_thirty_needs_holms_last_step_alone():
    """The other 29 are certain, so that Holm's adjustment leaves the last one's p as it is."""
    found = judge_panel(with_exact_effects([2.0, *[30.0] * 29], 200, spread=20.0))
    assert found["images_needed"] == pytest.approx(200 * (1.96 / 2**0.5) ** 2, rel=0.2)
    assert found["parts"][1]["images_needed"] is None, "what is decided needs no more"
    assert "asks each of the 30 pairs to be significant" in found["summary"]
    assert "and 1 does not (s → t0" in found["summary"]
    needed = f"about {found['images_needed']:,} images instead of 200 would decide it"
    assert f"{needed}, more likely as supported." in found["summary"]
    against = judge_panel(with_exact_effects([-2.0, *[30.0] * 9], 200, spread=20.0))
    assert "more likely as contradicted" in against["summary"]


SHARE = PAIRS | {"kind": "most_pairs"}
DENIED = PAIRS | {"kind": "within", "margin": [-6, 6]}


@pytest.mark.parametrize(
    ("test", "effects"),
    [
        (PAIRS, [4, 5, 6, 20]),
        (PAIRS, [6, 6, 6, 6]),
        (PAIRS, [-4, 20, 20]),
        (SHARE, [3, 3, 4, 3, -3]),
        (DENIED, [2.0]),
        (DENIED, [9.0]),
    ],
)
def test_that_many_images_decide_about_half_of_all_runs(test, effects):
    """And a third of them decides far fewer."""
    found = judge_panel(with_exact_effects(effects, 60, spread=20.0), test)
    assert found["verdict"] == "inconclusive"
    n = found["images_needed"]

    def decided(images: int, runs: int) -> float:
        panels = [effect_panel(effects, images, 20.0, seed) for seed in range(1, runs + 1)]
        return np.mean([verdict(test, panel) != "inconclusive" for panel in panels])

    at_n = decided(n, 40)
    assert 0.35 <= at_n <= 0.8
    assert decided(n // 3, 20) < at_n - 0.1


def test_rates_of_the_same_images_too():
    panel = two_methods((40, 45), (40, 48), n=150, seed=3)
    found = judge_panel(panel)
    assert found["verdict"] == "inconclusive"
    rates = panel.cells["value"].to_numpy().reshape(2, 2)
    runs = [two_methods(*rates, n=found["images_needed"], seed=seed) for seed in range(100, 140)]
    assert 0.3 <= np.mean([verdict(PAIRS, run) != "inconclusive" for run in runs]) <= 0.85


def test_where_no_number_of_images_decides_it_says_why():
    same = judge_panel(two_methods((50, 50), n=40, seed=1).only(np.array([True, True])))
    assert same["verdict"] == "inconclusive"
    level = with_exact_effects([0.0], 100, 20.0)
    found = judge_panel(level)
    assert found["images_needed"] is None
    assert "hardly decide it, because " in found["summary"]
    assert found["undecidable"]


def test_what_is_decided_needs_nothing():
    found = judge_panel(two_methods((30, 60), (40, 60)))
    assert (found["verdict"], found["images_needed"]) == ("supported", None)
    assert found["undecidable"] is None
    assert judge([PAIRS], two_methods((30, 60)), NOTHING).needed.parts == ()


def test_an_effect_over_models_is_not_decided_by_images():
    part = Part("targets", "", -0.4, -1, n=8, p=0.26, over=Over.MODELS, low=-0.5, high=-0.3)
    found = conclude([Findings([part], "ρ", "rankings")])
    assert np.isnan(found.needed.multiple)
    assert "over models" in found.needed.reason


def test_seeds_are_counted_where_they_are_what_varies():
    """Five seeds with t 1.5: Student's test asks for more of them."""
    seeds = np.array([1.0, 4.0, -1.0, 2.0, -0.5])
    low, high, p = student(seeds, 0.05)
    part = Part("1 against 9", "sgd", seeds.mean(), 1, n=5, p=p, low=low, high=high)
    found = conclude([Findings([replace(part, over=Over.SEEDS)], noun="recipes")])
    assert are_over_seeds(found.parts)
    more = round_up(found.needed.multiple, 5)
    error = seeds.std(ddof=1)
    power = [
        abs(nct.rvs(n - 1, seeds.mean() / (error / n**0.5), size=4000, random_state=0))
        > t.isf(0.025, n - 1)
        for n in (more // 2, more)
    ]
    assert power[0].mean() < 0.45
    assert 0.45 < power[1].mean() < 0.7


@pytest.mark.parametrize("rates", [(50, 52, 54, 52, 48), (50, 51, 52, 53, 53.5)])
def test_the_place_of_a_peak_is_decided_by_that_many(rates):
    peak = {"kind": "peak", "axis": "m", "inner": True, "about": {"s": 2}}
    found = judge_panel(draw_panel(curve("m", *rates), n=250, seed=2), peak)
    assert found["verdict"] == "inconclusive"
    assert found["images_needed"] > 250
    assert (
        judge_panel(draw_panel(curve("m", 50, 52, 59, 52, 48), n=4000), peak)["verdict"]
        == "supported"
    )


def test_ratios_of_distances_are_decided_by_that_many():
    def panel(n: int, seed: int):
        random = np.random.default_rng(seed)
        steps = np.exp(random.normal(0, 1, (2, n)) + np.array([[0], [0.3]]))
        rows = [{"exhibit": "e", "method": m, "source": "s", "target": "s"} for m in "ab"]
        return new_panel(pd.DataFrame(rows), steps, [f"i{k}" for k in range(n)])

    test = {"kind": "alike", "factor": 2, "left": {"method": "a"}, "right": {"method": "b"}}
    open_ = [p for p in map(panel, [20] * 9, range(9)) if verdict(test, p) == "inconclusive"]
    found = judge_panel(open_[0], test)
    assert 20 < found["images_needed"] < 400
    assert verdict(test, panel(400, 1)) == "supported"


def test_a_small_run_learns_why_sixteen_lifted_pairs_of_sixteen_are_not_enough():
    """A gain of 21 points on average, between 6 and 36, on 64 images."""
    panel = two_methods(*[(30, 36 + 2 * pair) for pair in range(16)], n=64, seed=4)
    found = judge_panel(panel)
    assert found["verdict"] == "inconclusive"
    assert found["holding"] >= 15
    assert "the rule asks each of the 16 pairs to be significant" in found["summary"]
    assert 64 < found["images_needed"] < 64 * 100
    open_ = [part for part in found["parts"] if part["verdict"] == "inconclusive"]
    assert all(part["images_needed"] for part in open_)
    assert f"and {len(open_)} do not" in found["summary"]
