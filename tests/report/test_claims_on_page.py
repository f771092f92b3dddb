"""Claims by outcome, by exhibit, and as intervals."""

from made_ledger import made_claim
from nrg.report.claims_on_page import arrange_claims, group_claims_by_exhibit, name_only_part


def names(claims):
    return [claim["id"] for claim in claims]


CLAIMS = [
    made_claim("undecided", outcome="undecided", verdict="inconclusive", effect=-23.0, ci_low=-31),
    made_claim("good", exhibits=["table2", "table1"]),
    made_claim("limited", outcome="cannot be judged here", outcome_reason="Too few.", effect=None),
    made_claim("ours", written=False),
    made_claim("absent", verdict="not run", exhibits=["table9"]),
    made_claim("cosine", unit="cosine"),
    made_claim("neutral", direction=0),
]


def test_the_papers_claims_are_counted_by_outcome_and_others_apart():
    ledger = arrange_claims(CLAIMS, ["table1", "table2", "table3a"])
    assert [(group.outcome, names(group.claims)) for group in ledger.groups] == [
        ("holds", ["good", "cosine", "neutral"]),
        ("undecided", ["undecided"]),
        ("cannot be judged here", ["limited"]),
    ]
    assert names(ledger.others) == ["ours"]
    assert names(ledger.not_run) == ["absent"]
    assert {why: names(claims) for why, claims in ledger.limits.items()} == {
        "Too few.": ["limited"]
    }
    assert ledger.exhibits == ["table1", "table2"]


def test_intervals_are_drawn_for_claims_in_points_with_a_sign():
    ledger = arrange_claims(CLAIMS, [])
    assert names(interval.claim for interval in ledger.plotted) == ["good", "undecided"]
    assert ledger.reach == 40
    assert (ledger.place(-40), ledger.place(0), ledger.place(20)) == (0, 50, 75)
    assert [(group.outcome, names(group.claims)) for group in ledger.undrawn] == [
        ("holds", ["cosine", "neutral"]),
        ("cannot be judged here", ["limited"]),
    ], "and what is not drawn is told"


def test_points_from_a_level_are_drawn_with_the_level():
    claim = made_claim("nearly saturated", unit="points from 90 %")
    (drawn,) = arrange_claims([claim], []).plotted
    assert (names([drawn.claim]), drawn.of) == (["nearly saturated"], "points from 90 %")
    assert not arrange_claims([made_claim("trend", unit="points per step")], []).plotted


def test_a_claim_of_several_means_is_drawn_as_each_of_them():
    means = {"single sources": (7.5, 6.6), "ensembles": (4.4, 2.7)}
    parts = [
        {"label": label, "pairs": 90, "effect": effect, "ci_low": low, "ci_high": 9.0}
        for label, (effect, low) in means.items()
    ]
    claim = made_claim("on average", effect=None, unit=None, direction=0, parts=parts)
    drawn = arrange_claims([claim], []).plotted
    assert {mean.of: (mean.effect, mean.ci_low) for mean in drawn} == means
    peaks = [{key: part[key] for key in part if key != "pairs"} for part in parts]
    assert not arrange_claims([claim | {"parts": peaks}], []).plotted


def test_what_the_papers_numbers_contradict_is_measured_by_its_own_limits():
    against = {"verdict": "contradicted", "outcome": "reversed"}
    claims = [
        made_claim("against", paper=against),
        made_claim("by our limit", paper=against, our_limit="3 pairs"),
        made_claim("for", paper={"verdict": "supported", "outcome": "holds"}),
    ]
    ledger = arrange_claims(claims, [])
    assert names(ledger.printed) == ["against", "for"]
    assert names(ledger.against) == ["against"]


def test_a_claim_with_one_comparison_says_which():
    claim = made_claim("on average", parts=[{"label": "single sources"}])
    (drawn,) = arrange_claims([claim], []).plotted
    assert drawn.of == name_only_part(claim) == "single sources"
    assert name_only_part(made_claim("every", parts=[{"label": "a → b"}, {"label": "b → a"}])) == ""


def test_each_exhibit_knows_the_tested_claims_that_rest_on_it():
    by_exhibit = group_claims_by_exhibit(CLAIMS)
    assert names(by_exhibit["table2"]) == ["good"]
    assert "table9" not in by_exhibit
