"""The paper's own numbers, tested against its sentences with the sampling error of print."""

import numpy as np
import pandas as pd
import pytest
from claim_panels import NOTHING, PAIRS, curve, draw_panel
from nrg.analysis.panels import join_panels, new_panel
from nrg.analysis.printed import read_printed_panels
from nrg.base.resources import WORKFLOW
from nrg.claims.claims_file import load_claims
from nrg.claims.entries import to_json
from nrg.claims.in_print import judge_paper
from nrg.claims.kinds import judge
from nrg.claims.ledger import list_printed_models
from scipy.stats import norm

CLAIMS = {claim.id: claim for claim in load_claims(WORKFLOW / "resources/claims.yaml")}
PRINTED = read_printed_panels()


def in_print(*pairs: tuple[float, float], n: float = 5000):
    """A table as a paper prints it: methods a and b, and one target for each pair of rates."""
    rows = [
        {"exhibit": "e", "source": "s", "target": f"t{place}", "method": method, "value": rate}
        for place, pair in enumerate(pairs)
        for method, rate in zip("ab", pair, strict=True)
    ]
    return new_panel(pd.DataFrame(rows), counts=np.full(len(rows), n))


def on_paper(panel, test=PAIRS) -> dict:
    found = judge_paper(["e"], [test], {"e": panel}, NOTHING)
    assert found is not None
    return to_json(found)


def written(claim: str) -> dict:
    found = judge_paper(CLAIMS[claim].panels, CLAIMS[claim].tests, PRINTED, list_printed_models())
    assert found is not None
    return to_json(found)


def test_a_change_of_sign_alone_contradicts_nothing():
    whitebox = written("nrg-whitebox")
    assert (whitebox["verdict"], whitebox["holding"], whitebox["of"]) == ("inconclusive", 5, 6)
    (alexnet,) = whitebox["otherwise"]
    assert alexnet["effect"] == pytest.approx(-0.2)
    assert alexnet["allowance"] == pytest.approx(
        1.96 * 100 * np.sqrt((0.983 * 0.017 + 0.981 * 0.019) / 5000), rel=0.06
    )
    assert not alexnet["significant"]
    assert (
        "1 disagrees by 0.2 points, which is within sampling error (±0.5 points)"
        in whitebox["summary"]
    )
    assert written("nrg-l2")["verdict"] == "inconclusive"


def test_every_printed_number_has_the_number_of_images_that_the_paper_gives():
    counts = {name: set(panel.counts) for name, panel in PRINTED.items() if name != "table4"}
    assert counts == {"table1": {5000}, "table2": {5000}, "table5": {5000}} | {
        name: {1000} for name in ("table3a", "table3b", "table6", "table7", "table8")
    }
    assert np.isnan(PRINTED["table4"].counts).all()
    both = join_panels([PRINTED["table4"], PRINTED["table1"]])
    assert (np.isnan(both.counts).sum(), (both.counts == 5000).sum()) == (16, 72)


@pytest.mark.parametrize(
    ("pairs", "n", "verdict"),
    [
        ([(30, 60), (40, 45)], 5000, "supported"),
        ([(30, 60), (40, 40.1)], 5000, "supported"),  # as printed; the sign agrees
        ([(30, 60), (40, 39)], 5000, "inconclusive"),
        ([(30, 60), (40, 36)], 5000, "contradicted"),
        ([(30, 60), (40, 36)], 1000, "inconclusive"),
        ([(30, 60), (40, 10)], np.nan, "inconclusive"),  # the number of images is not known
    ],
)
def test_print_is_judged_by_its_sampling_error(pairs, n, verdict):
    assert on_paper(in_print(*pairs, n=n))["verdict"] == verdict


def test_most_and_limits_are_judged_in_the_same_way():
    most = PAIRS | {"kind": "most_pairs"}
    assert on_paper(in_print((30, 31), (40, 41), (50, 49)), most)["verdict"] == "supported"
    assert on_paper(in_print((31, 30.9), (41, 40.9), (50, 51)), most)["verdict"] == "inconclusive"
    assert on_paper(in_print((60, 30), (60, 40), (50, 51)), most)["verdict"] == "contradicted"
    above = {"kind": "rate_above", "percent": 90}
    assert on_paper(in_print((91, 90.5)), above)["verdict"] == "supported"
    assert on_paper(in_print((91, 89.9)), above)["verdict"] == "inconclusive"
    assert on_paper(in_print((91, 80)), above)["verdict"] == "contradicted"
    denied = PAIRS | {"kind": "within", "margin": [-np.inf, 1]}
    assert on_paper(in_print((40, 40.9)), denied)["verdict"] == "supported"
    assert on_paper(in_print((40, 41.2)), denied)["verdict"] == "inconclusive"
    assert on_paper(in_print((40, 50)), denied)["verdict"] == "contradicted"


def test_the_sampling_error_is_that_of_independent_cells():
    (part,) = judge([PAIRS], in_print((40, 36)), NOTHING).parts
    error = 100 * np.sqrt((0.4 * 0.6 + 0.36 * 0.64) / 5000)
    assert part.p == pytest.approx(2 * norm.sf(4 / error), rel=0.6)
    assert part.draws.std() == pytest.approx(error, rel=0.05)


def test_pairing_only_makes_a_difference_surer_than_print_allows():
    """The error of print is cautious: outcomes of the same images vary together."""
    random = np.random.default_rng(0)
    ease = random.normal(size=5000)
    fooled = [100.0 * (ease + random.normal(size=5000) > cut) for cut in (0.3, 0.4)]
    cells = pd.DataFrame({"exhibit": "e", "source": "s", "target": "t", "method": ["a", "b"]})
    own = new_panel(cells, np.array(fooled, np.float32), [str(k) for k in range(5000)])
    (paired,) = judge([PAIRS], own, NOTHING).parts
    printed = on_paper(in_print((fooled[0].mean(), fooled[1].mean())))
    assert printed["otherwise"][0]["allowance"] > 1.96 * paired.draws.std()


def test_a_wrong_sign_by_chance_seldom_contradicts():
    """Of 12 printed pairs without any difference, at most 6 % of tables hold a contradiction."""
    random = np.random.default_rng(1)
    tables = [
        in_print(*(100 * random.binomial(1000, 0.4, (12, 2)) / 1000), n=1000) for _ in range(100)
    ]
    verdicts = [on_paper(table)["verdict"] for table in tables]
    assert verdicts.count("contradicted") <= 0.06 * 100


def test_only_what_is_written_and_has_its_own_limit_can_count_against_the_paper():
    assert not CLAIMS["nrg-l2"].written
    assert CLAIMS["top1-saturated"].our_limit
    counted = [claim for claim in CLAIMS.values() if claim.written and not claim.our_limit]
    verdicts = {
        claim.id: found.verdict
        for claim in counted
        if (found := judge_paper(claim.panels, claim.tests, PRINTED, list_printed_models()))
    }
    assert "contradicted" not in verdicts.values()
    assert verdicts["nrg-fgsm-blackbox"] == "supported"


def test_a_table_without_images_of_a_run_is_refused_by_tests_that_need_them():
    assert judge_paper(["e"], [{"kind": "trend", "axis": "m"}], {}, NOTHING) is None
    panel = draw_panel(curve("m", 50))
    assert judge_paper(["e"], [{"kind": "trend", "axis": "m"}], {"e": panel}, NOTHING) is None


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=lambda claim: claim.id)
def test_every_claim_goes_through_print_or_has_no_entry(claim):
    """This holds even if print is read for a claim that measures something else than success."""
    for names in (claim.reads, claim.panels):
        found = judge_paper(names, claim.tests, PRINTED, list_printed_models(), claim.partly)
        assert found is None or found.verdict in ("supported", "contradicted", "inconclusive")
