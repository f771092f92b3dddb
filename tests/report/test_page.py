"""The page: what is printed is right, and safe."""

import json
import re
from dataclasses import replace

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


def test_a_claim_is_shown_with_its_parts_and_the_papers_own_verdict(run):
    part = {"label": HOSTILE, "setting": "", "effect": 1.0, "ci_low": 0.5, "ci_high": None}
    part |= {"p": 0.01, "p_holm": None, "n": 30, "verdict": "supported"}
    claim = {"id": "lift", "says": "It lifts.", "test": "pairs", "exhibits": ["table1", "table9"]}
    claim |= {
        "verdict": "contradicted",
        "summary": "It does not.",
        "effect": -1.5,
        "unit": "points",
    }
    claim |= {"ci_low": -2, "ci_high": -1, "p": 0.0001, "holding": 3, "of": 30, "parts": [part] * 2}
    claim |= {"kinds": ["paired"], "written": True, "our_limit": "3 pairs"}
    claim |= {"over": "images; models held fixed", "seen": "digits"}
    claim["paper"] = {"verdict": "supported", "summary": "All.", "effect": 5, "holding": 30}
    claim["paper"] |= {"of": 30, "exceptions": ["alexnet"]}
    ledger = {"claims": [claim], "alpha": 0.05, "rules": {"paired": "By McNemar."}}
    ledger["blindness"] = "Nobody peeked."
    run.results.fill("claims.json").write_text(json.dumps(ledger))
    page = render_page(gather(run), b"")
    own = page.partition('<article class="claim"')[2].partition("</article>")[0]
    assert "p &lt; 0.001" in own or "p < 0.001" in own
    row = page.partition("The ledger.")[2].partition("</tbody>")[0]
    cells = [
        re.sub("<[^>]+>", "", cell).strip() for cell in re.findall("<t[hd].*?</t[hd]>", row, re.S)
    ]
    assert cells[-9:-1] == [
        *("It lifts", "✗ contradicted", "3 of 30", "−1.5"),
        *("−2 to −1", "points", "0.0001", "✓ supported30 of 30"),
    ]
    assert '<a href="#rule-paired">' in own
    assert "Except alexnet" in own
    assert "The limit is ours: 3 pairs." in own
    assert own.count("nterval and p are over images; models held fixed.") == 2
    assert "Results seen when it was written: digits." in own
    assert "Nobody peeked." in page
    assert '<a href="#table1">Table 1</a>' in own
    assert "Table 9" in own, "which is not built, and so no link"
    assert HOSTILE not in own
