"""What was found on several zoos, and its spread between them."""

import json

import pytest
from nrg.claims.claims_file import Claim
from nrg.claims.entries import to_json
from nrg.claims.replicates import compare_ledgers, list_comparable
from scipy import stats

GAINS = (5.5, 7.0, 6.1, 4.2)
EFFECTS = (1.0, -0.5, 0.25, 0.75)
OUTCOMES = ("holds", "undecided", "holds", "reversed")


def gain(value: float, reduced: str = "nr-fgsm") -> dict:
    interval = {"gain": value, "ci_low": value - 1, "ci_high": value + 1}
    return {"exhibit": "table1", "plain": "fgsm", "reduced": reduced} | interval


def claim(name: str, outcome: str, effect: float | None, **more) -> dict:
    entry = {"id": name, "says": f"{name}.", "unit": "points", "kinds": ["every_pair"]}
    entry |= {"outcome": outcome, "effect": effect, "ci_low": 0.1, "ci_high": 0.9}
    return entry | {"parts": []} | more


def ledger(zoo: int) -> dict:
    claims = [claim("blackbox", OUTCOMES[zoo], EFFECTS[zoo])]
    claims.append(claim("curves", "cannot be judged here", None))
    return {"gains": [gain(GAINS[zoo])], "claims": claims}


def compare(*ledgers: dict):
    names = [entry["id"] for entry in ledgers[0]["claims"]]
    return compare_ledgers([*range(len(ledgers))], ledgers, names)


def test_a_gain_has_the_interval_of_scipy_over_zoos_and_the_runs_own_over_images():
    (found,) = compare(*map(ledger, range(4))).gains
    expected = stats.ttest_1samp(GAINS, 0).confidence_interval(0.95)
    assert (found.exhibit, found.plain, found.reduced) == ("table1", "fgsm", "nr-fgsm")
    assert found.gain.values == list(GAINS)
    assert found.gain.mean == pytest.approx(sum(GAINS) / 4)
    assert (found.gain.zoos_low, found.gain.zoos_high) == pytest.approx(tuple(expected))
    assert (found.gain.own, found.gain.ci_low, found.gain.ci_high) == (5.5, 4.5, 6.5)


def test_a_claim_has_its_outcome_on_every_zoo_and_one_that_none_can_judge_is_left_out():
    comparison = compare(*map(ledger, range(4)))
    (found,) = comparison.claims
    assert found.outcomes == list(OUTCOMES)
    assert found.counts == {"holds": 2, "undecided": 1, "reversed": 1}
    (effect,) = found.effects
    expected = stats.ttest_1samp(EFFECTS, 0).confidence_interval(0.95)
    assert (effect.zoos_low, effect.zoos_high) == pytest.approx(tuple(expected))
    stored = json.loads(json.dumps(to_json(comparison), allow_nan=False))["claims"][0]
    assert stored["effects"][0]["values"] == list(EFFECTS)
    assert stored["counts"] == found.counts


def test_a_claim_on_several_means_has_the_spread_of_each():
    def on_zoo(single: float) -> dict:
        parts = [
            {"label": label, "pairs": 12, "effect": effect, "ci_low": 0.0, "ci_high": 9.0}
            for label, effect in (("single sources", single), ("ensembles", 4.0))
        ]
        means = claim("mean", "holds", None, kinds=["mean"], unit="", parts=parts)
        return {"gains": [], "claims": [means]}

    (found,) = compare(on_zoo(7.0), on_zoo(8.0)).claims
    assert [effect.label for effect in found.effects] == ["single sources", "ensembles"]
    assert found.effects[0].mean == 7.5
    assert found.unit == "points"
    assert found.effects[1].zoos_low is None, "equal values say nothing of the spread"


def test_a_gain_that_one_zoo_lacks_is_not_compared():
    more = ledger(0)
    more["gains"].append(gain(1.0, "nr-igsm"))
    assert [found.reduced for found in compare(more, ledger(1)).gains] == ["nr-fgsm"]


def test_claims_are_compared_if_every_zoo_builds_what_this_run_builds_of_them():
    def reads(*names: str) -> Claim:
        return Claim("+".join(names), (), names, "", "", ())

    claims = [reads("table1"), reads("table1", "figure3a"), reads("table1", "table2")]
    comparable = list_comparable(claims, ["table1", "figure3a"], ["table1"])
    assert comparable == ["table1", "table1+table2"]
