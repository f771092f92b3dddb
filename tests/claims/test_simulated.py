"""Every kind of test keeps its level and has power, by simulations whose truth is known."""

import pytest
from claim_simulations import CASES, rate
from nrg.analysis import statistics
from nrg.claims.of_curves import KINDS as CURVES
from nrg.claims.of_models import KINDS as MODELS
from nrg.claims.of_pairs import KINDS as PAIRS

LEVEL, POWER = 0.06, 0.8


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}: {case.truth}")
def test_wrong_verdicts_are_rare_and_right_ones_are_reached(case, monkeypatch):
    monkeypatch.setattr(statistics, "PERMUTATIONS", 199)
    share = rate(case, case.times)
    assert share >= POWER if case.wanted else share <= LEVEL


def test_every_kind_is_simulated_both_ways():
    kinds = (*PAIRS, *CURVES, *MODELS)
    seen = {(case.kind, bool(case.wanted)) for case in CASES}
    assert seen >= {(k.__name__, power) for k in kinds for power in (False, True)}
