"""The page: what is printed is right, and safe."""

import base64
import gzip
import json
import re
from dataclasses import dataclass, replace
from html import unescape

from made_ledger import made_claim, made_gain, made_ledger
from made_tables import SETTINGS, made_table
from nrg.report.context import gather
from nrg.report.page import json_script, pack, set_spaces
from nrg.report.write import render_page
from nrg.study.exhibits import load_exhibits

HOSTILE = "</script><img src=x onerror=alert(1)>"


def test_names_of_users_are_printed_and_never_run(run):
    zoo = {name: replace(model, label=HOSTILE) for name, model in SETTINGS.suite.zoo.items()}
    hostile = replace(SETTINGS, suite=replace(SETTINGS.suite, zoo=zoo, title=HOSTILE))
    page = render_page(gather(replace(run, settings=hostile)), b"")
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_json_in_a_script_cannot_end_it():
    text = json_script({"name": HOSTILE, "line": "\u2028"})
    assert "<" not in text
    assert "\u2028" not in text
    assert json.loads(text) == {"name": HOSTILE, "line": "\u2028"}


def test_packed_data_are_the_json_that_was_packed():
    @dataclass
    class Held:
        names: dict[int, list[str | None]]

    text = gzip.decompress(base64.b64decode(pack(Held({1: [HOSTILE, None]}))))
    assert json.loads(text) == {"names": {"1": [HOSTILE, None]}}


def test_a_claim_is_shown_with_its_comparisons_and_the_papers_own_outcome(run):
    part = {"label": HOSTILE, "setting": "", "effect": 1.0, "ci_low": 0.5, "ci_high": None}
    part |= {"p": 0.01, "p_holm": None, "n": 30, "verdict": "supported", "unit": "points"}
    claim = made_claim("lift", says="It lifts.", exhibits=["table1", "table9"])
    claim |= {"outcome": "reversed", "verdict": "contradicted", "summary": "It does not."}
    claim |= {"effect": -1.5, "ci_low": -2, "ci_high": -1, "p": 0.0001, "holding": 3, "of": 30}
    claim |= {
        "lacking": ["Table 3a"],
        "parts": [part] * 2,
        "our_limit": "3 pairs",
        "over": "images; models held fixed",
    }
    claim["paper"] = {"verdict": "supported", "summary": "All.", "effect": 5, "holding": 30}
    claim["paper"] |= {"of": 30, "exceptions": ["alexnet"], "outcome": "holds"}
    write_ledger(run, made_ledger(claim))
    page = render_page(gather(run), b"")
    own = page.partition('<details class="claim"')[2].partition("</details>")[0]
    row = own.partition("<summary>")[2].partition("</summary>")[0]
    assert " ".join(re.sub("<[^>]+>", " ", row).split()) == (
        "It lifts ✗ reversed strictly: contradicted 3 of 30 agree tested in part: without "
        "Table 3a −1.5 points −2.0 to −1.0 "
        "p &lt; 0.001 ✓ holds 30 of 30 agree"
    )
    assert '<a href="#rule-paired">' in own
    assert "Except alexnet" in own
    assert "The limit is ours: 3 pairs." in own
    assert "The interval and p are over images; models held fixed." in own
    assert "Results known when the test was written: digits." in own
    assert "at least +0.5" in own
    assert "Nobody peeked." in page
    assert '<a href="#table1">Table 1</a>' in own
    assert "Table 9" in own, "which is not built, and so no link"
    assert HOSTILE not in own


def test_the_first_screen_says_how_much_noise_reduction_gains_and_for_how_many_gradients(run):
    equal = {"plain_gradients": 20, "reduced_gradients": 20, "ci_low": -1.0}
    gains = [made_gain(), made_gain(**equal)]
    write_ledger(run, made_ledger(made_claim("lift"), gains=gains))
    first = text_of(render_page(gather(run), b""), 'class="answer"')
    assert "At equal cost (equally many gradients) Undecided FGSM fools" in first
    assert "At 20 times the cost (more gradients for nr-) Yes, on average FGSM fools" in first
    assert "FGSM fools other networks in 30.0 %" in first
    assert "nr-FGSM in 36.0 % : +6.0 points , 95 % interval +5.0 to +7.0" in first
    assert "The paper prints 40.0 and 60.0 %: +20.0 points." in first
    assert "The rate rises in 29 of 30 pairs of a source and another network." in first
    assert first.index("not the paper’s setting") < first.index("At equal cost")


def test_claims_that_the_setting_cannot_judge_stand_before_the_outcomes(run):
    limited = made_claim("one", outcome="cannot be judged here", outcome_reason="Too few errors.")
    write_ledger(run, made_ledger(limited, made_claim("two"), gains=[made_gain()]))
    first = text_of(render_page(gather(run), b""), 'class="answer"')
    assert "Therefore one claim cannot be judged here: Too few errors. The claim one ." in first
    assert first.index("Too few errors") < first.index("What became of the paper’s claims")


def test_a_run_without_a_counterpart_in_the_paper_answers_the_question_by_its_own_numbers(run):
    table = made_table().assign(paper_value=float("nan"))
    table.to_csv(run.results.fill("exhibits/{exhibit}.csv", exhibit="table1"), index=False)
    absent = [made_claim(name, verdict="not run", summary="Not tested.") for name in "ab"]
    write_ledger(run, made_ledger(*absent, gains=[made_gain(paper=None)]))
    page = render_page(gather(run), b"")
    first = text_of(page, 'class="answer"')
    assert "Does noise reduction help adversarial images to fool other networks?" in first
    assert "The paper prints no numbers for these images and networks." in first
    assert "nr-FGSM in 36.0 %" in first
    assert "What became of the paper’s claims" not in first
    assert page.index('id="table1"') < page.index('id="summary"') < page.index('id="claims"')
    assert 'id="distance"' not in page
    assert "2 claims were not tested" in page
    assert '<details class="claim"' not in page


def test_a_run_on_the_papers_images_goes_on_with_the_papers_claims(run):
    table = made_table().assign(paper_value=float("nan"))
    table.to_csv(run.results.fill("exhibits/{exhibit}.csv", exhibit="table1"), index=False)
    write_ledger(run, made_ledger(made_claim("one"), gains=[made_gain(paper=None)]))
    suite = replace(SETTINGS.suite, paper_setting=True)
    run = replace(run, settings=replace(SETTINGS, suite=suite))
    page = render_page(gather(run), b"")
    assert "The paper prints no numbers for these networks." in text_of(page, 'class="answer"')
    assert page.index('id="summary"') < page.index('id="claims"') < page.index('id="table1"')
    assert 'id="distance"' not in page


def test_a_percent_sign_stays_with_its_number_and_text_that_is_set_as_it_is(run):
    kept = "<pre>a\n  1 % b</pre>", "<script>\n x = 5 % 2\n</script>"
    html = "<p>\n  36.0 % of 5</p>{}\n {}".format(*kept)
    assert set_spaces(html) == "<p>\n36.0\N{NO-BREAK SPACE}% of 5</p>{}\n{}".format(*kept)
    write_ledger(run, made_ledger(made_claim("one"), gains=[made_gain()]))
    assert "36.0\N{NO-BREAK SPACE}%" in render_page(gather(run), b"")


def test_a_run_that_reduces_noise_beyond_the_papers_tables_alone_answers_by_these(run):
    write_ledger(run, made_ledger(made_claim("one"), gains=[made_gain(paper=None)]))
    run = replace(run, exhibits=[replace(each, reading=True) for each in run.exhibits])
    first = text_of(render_page(gather(run), b""), 'class="answer"')
    assert "Does noise reduction help adversarial images to fool other networks?" in first
    assert "nr-FGSM in 36.0 %" in first
    assert "does not tell" not in first


def test_a_run_without_noise_reduction_says_that_it_does_not_answer_the_question(run):
    write_ledger(run, made_ledger(made_claim("other")))
    page = render_page(gather(run), b"")
    assert "does not tell whether noise reduction helps" in text_of(page, 'class="answer"')
    assert 'id="summary"' not in page


def test_a_claim_that_the_paper_does_not_write_is_shown_where_no_other_was_tested(run):
    untested = made_claim("papers", verdict="not run", summary="Not tested.")
    write_ledger(run, made_ledger(made_claim("ours", written=False), untested))
    page = render_page(gather(run), b"")
    claims = page.partition('id="claims"')[2]
    assert "Not written in the paper (1)" in claims
    assert 'id="claim-ours"' in claims
    assert "Each claim is a sentence of the paper" not in claims
    assert "1 claim was not tested" in claims


def test_a_run_of_two_networks_has_a_page(run):
    zoo = {name: SETTINGS.suite.zoo[name] for name in ("alexnet", "resnet34")}
    suite = replace(SETTINGS.suite, zoo=zoo)
    table = made_table()
    table = table[table["source"].isin(zoo) & table["target"].isin(zoo)]
    table.to_csv(run.results.fill("exhibits/{exhibit}.csv", exhibit="table1"), index=False)
    write_ledger(run, made_ledger(gains=[made_gain(pairs=2)]))
    small = replace(
        run, settings=replace(SETTINGS, suite=suite), exhibits=[load_exhibits(suite)["table1"]]
    )
    first = text_of(render_page(gather(small), b""), 'class="answer"')
    assert "with 2 networks." in first
    assert "nr-FGSM in 36.0 %" in first


def write_ledger(run, ledger) -> None:
    run.results.fill("claims.json").write_text(json.dumps(ledger))


def text_of(page: str, section: str) -> str:
    """The text of a section of the page, in one line."""
    html = page.partition(f"<section {section}")[2].partition("</section>")[0].partition(">")[2]
    return " ".join(unescape(re.sub("<[^>]+>", " ", html)).split())
