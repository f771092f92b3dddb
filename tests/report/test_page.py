"""The page: what is printed is right, and safe."""

import json
import re
from dataclasses import replace

from made_ledger import made_claim, made_ledger
from made_tables import SETTINGS
from nrg.report.context import gather
from nrg.report.page import json_script
from nrg.report.write import render_page

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


def test_a_claim_is_shown_with_its_comparisons_and_the_papers_own_outcome(run):
    part = {"label": HOSTILE, "setting": "", "effect": 1.0, "ci_low": 0.5, "ci_high": None}
    part |= {"p": 0.01, "p_holm": None, "n": 30, "verdict": "supported"}
    claim = made_claim("lift", says="It lifts.", exhibits=["table1", "table9"])
    claim |= {"outcome": "reversed", "verdict": "contradicted", "summary": "It does not."}
    claim |= {"effect": -1.5, "ci_low": -2, "ci_high": -1, "p": 0.0001, "holding": 3, "of": 30}
    claim |= {"parts": [part] * 2, "our_limit": "3 pairs", "over": "images; models held fixed"}
    claim["paper"] = {"verdict": "supported", "summary": "All.", "effect": 5, "holding": 30}
    claim["paper"] |= {"of": 30, "exceptions": ["alexnet"], "outcome": "holds"}
    run.results.fill("claims.json").write_text(json.dumps(made_ledger(claim)))
    page = render_page(gather(run), b"")
    own = page.partition('<details class="claim"')[2].partition("</details>")[0]
    row = own.partition("<summary>")[2].partition("</summary>")[0]
    assert " ".join(re.sub("<[^>]+>", " ", row).split()) == (
        "It lifts ✗ reversed strictly: contradicted 3 of 30 agree −1.5 points −2.0 to −1.0 "
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
