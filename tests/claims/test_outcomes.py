"""What a claim comes to, as written and on average."""

import numpy as np
import pandas as pd
import pytest
from claim_panels import (
    DENIED,
    MEAN,
    NOTHING,
    PAIRS,
    PEAK,
    RANKED,
    curve,
    draw_panel,
    source_panel,
    two_methods,
    zoo_models,
)
from nrg.claims.claims_file import Claim
from nrg.claims.kinds import judge
from nrg.claims.ledger import judge_claim
from nrg.claims.of_models import why_errors_are_alike
from nrg.claims.outcomes import Outcome, find_stand_ins, name_outcome
from nrg.study.settings import load_suite

CLEAR, OPEN, AGAINST = (30, 60), (50, 51), (60, 40)


@pytest.mark.parametrize(
    ("pairs", "verdict", "on_average", "outcome"),
    [
        ([CLEAR, CLEAR], "supported", "supported", "holds"),
        ([CLEAR, OPEN], "inconclusive", "supported", "holds on average, undecided in places"),
        ([CLEAR] * 3 + [AGAINST], "contradicted", "supported", "holds on average, not everywhere"),
        ([CLEAR] + [AGAINST] * 3, "contradicted", "contradicted", "reversed"),
        ([OPEN, OPEN], "inconclusive", "inconclusive", "undecided"),
        (
            [(30, 55), (55, 30)],
            "contradicted",
            "inconclusive",
            "undecided on average, fails in places",
        ),
    ],
)
def test_a_sentence_on_every_pair_has_a_verdict_as_written_and_one_on_average(
    pairs, verdict, on_average, outcome
):
    found = judge([PAIRS], two_methods(*pairs), NOTHING)
    assert (found.verdict, found.on_average) == (verdict, on_average)
    assert name_outcome(found.verdict, found.on_average) == outcome


@pytest.mark.parametrize("test", [PAIRS, MEAN, DENIED, PEAK], ids=lambda test: test["kind"])
def test_of_a_single_comparison_the_two_verdicts_are_one(test):
    if test is PEAK:
        panels = [draw_panel(curve("m", *rates)) for rates in ((20, 40, 70, 40), (70, 40, 30, 20))]
    else:
        panels = [two_methods(pair) for pair in (CLEAR, OPEN, AGAINST)]
    for panel in panels:
        found = judge([test], panel, NOTHING)
        assert found.verdict == found.on_average


def test_the_mean_of_a_denied_difference_is_judged_by_its_margin():
    cells = two_methods((40, 44), (40, 20), n=2000)
    apart = [DENIED | {"where": {"target": [name]}} for name in ("t0", "t1")]
    panel = two_methods((40, 52), (40, 20), n=2000)
    found = judge(apart, panel, NOTHING)
    assert (found.verdict, found.on_average) == ("contradicted", "supported")
    assert judge(apart, cells, NOTHING).on_average == "supported"
    both = judge(apart, two_methods((40, 52), (40, 56), n=2000), NOTHING)
    assert both.on_average == "contradicted"


def test_plus_agrees_with_the_sentence_whatever_its_direction():
    panel = two_methods(AGAINST, AGAINST)
    found = judge([PAIRS | {"direction": -1}], panel, NOTHING)
    as_it_is = judge([PAIRS], panel, NOTHING)
    assert (found.verdict, as_it_is.verdict) == ("supported", "contradicted")
    assert found.effect == pytest.approx(-as_it_is.effect)
    assert (found.low, found.high) == pytest.approx((-as_it_is.high, -as_it_is.low), abs=0.3)
    assert all(part.low < part.effect < part.high for part in found.parts)
    assert (found.direction, found.parts[0].direction) == (1, 1)
    peaks = judge([PEAK], draw_panel(curve("m", 20, 40, 70, 40)), NOTHING)
    assert (peaks.direction, peaks.parts[0].direction) == (0, 0)


def claim(**fields) -> Claim:
    return Claim("c", ("e",), ("e",), "It is so.", "Tested.", (PAIRS,), **fields)


def test_a_sentence_about_a_network_that_the_run_lacks_cannot_be_judged():
    panels = {"e": two_methods(CLEAR)}
    stand_ins = pd.DataFrame({"family": "f", "stand_in": [True, False]}, index=["alexnet", "vgg"])
    found = judge_claim(claim(networks=("alexnet",)), panels, stand_ins)
    assert (found.verdict, found.outcome) == ("supported", Outcome.CANNOT_BE_JUDGED)
    assert found.outcome_reason.startswith("The sentence is about torchvision’s alexnet, and ")
    for others in (("vgg",), (), ("resnet18",)):
        assert judge_claim(claim(networks=others), panels, stand_ins).outcome == "holds"
    assert judge_claim(claim(networks=("alexnet",)), panels, NOTHING).outcome == "holds"
    assert "alexnet and vgg, and this run has other networks" in find_stand_ins(
        ["alexnet", "vgg"], stand_ins.assign(stand_in=True)
    )


def test_a_claim_that_is_not_run_cannot_be_judged_and_says_why():
    found = judge_claim(claim(), {}, NOTHING)
    assert (found.verdict, found.on_average, found.outcome) == (
        "not run",
        None,
        "cannot be judged here",
    )
    assert found.outcome_reason == "This run does not build e."


def test_errors_that_cannot_be_told_apart_cannot_be_judged():
    capacity = Claim("c", ("e",), ("e",), "So.", "Tested.", ({"kind": "capacity", "box": "black"},))
    panels = {"e": source_panel(-2)}
    found = judge_claim(capacity, panels, RANKED.assign(n=100))
    assert (found.verdict, found.outcome) == ("supported", Outcome.CANNOT_BE_JUDGED)
    assert "cannot be told apart (1 to 5 of 100 images, p = 0." in found.outcome_reason
    assert judge_claim(capacity, panels, RANKED.assign(n=100_000)).outcome == "holds"
    assert judge_claim(capacity, panels, RANKED).outcome == "holds", "n is not known"


def test_models_without_any_error_cannot_be_told_apart():
    assert why_errors_are_alike(zoo_models(top1_error=np.zeros(15), n=np.full(15, 50)))


def test_a_scaled_down_network_stands_in_for_the_papers():
    paper = load_suite("imagenet", {})
    assert paper.list_stand_ins(paper) == []
    digits = load_suite("digits", {})
    assert digits.list_stand_ins(paper) == list(digits.zoo)
    retrained = {"zoo_defaults": {"weights": "IMAGENET1K_V2"}}
    assert len(load_suite("imagenet", retrained).list_stand_ins(paper)) == len(paper.zoo)
