"""A run in a few sentences."""

import json

from nrg.report.brief import describe_findings

GAIN = {"exhibit": "table1", "plain": "fgsm", "reduced": "nr-fgsm", "plain_mean": 33.6}
GAIN |= {"reduced_mean": 39.3, "gain": 5.7, "ci_low": 4.7, "ci_high": 6.8, "paper": None}
PAPER = {"plain_mean": 40.4, "reduced_mean": 59.5}


def test_gains_and_outcomes_are_said_in_sentences(tmp_path):
    path = tmp_path / "claims.json"
    assert describe_findings(path) == []
    claims = [{"outcome": outcome} for outcome in ("holds", "undecided", "holds", None)]
    gains = [GAIN, GAIN | {"exhibit": "my_own", "plain": "a_b", "paper": PAPER}]
    gains.append(GAIN | {"exhibit": "reading_cw"})
    path.write_text(json.dumps({"gains": gains, "claims": claims}))
    first, second, last = describe_findings(path)
    assert first == (
        "Table 1: nr-FGSM fools other networks in 39.3 % of cases, FGSM in 33.6 %: +5.7 points "
        "(95 % interval +4.7 to +6.8)."
    )
    assert second.startswith("my own: ")
    assert r"a\_b in" in second, "a name is no markup"
    assert second.endswith("The paper prints 59.5 and 40.4 %.")
    assert last == "Outcomes of the 3 claims tested: “holds” 2, “undecided” 1."
