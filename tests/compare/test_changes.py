"""Which verdicts and which facts differ."""

from made_runs import make_crate
from nrg.compare.agreement import judge_agreement
from nrg.compare.provenance_changes import find_fact_changes
from nrg.compare.run_record import read_record
from nrg.compare.verdict_changes import find_verdict_changes
from nrg.compare.write import render_comparison


def read(folder, **changes):
    return read_record(make_crate(folder, **changes), "there")


def cells_of(here, there):
    return judge_agreement(here, there).cells


def test_an_equal_verdict_is_no_change(tmp_path):
    here, there = read(tmp_path), read(tmp_path, successes=(31, 45))
    assert find_verdict_changes(here, there, cells_of(here, there)) == []


def test_a_changed_verdict_says_its_comparisons_and_reasons(tmp_path):
    here, there = (
        read(tmp_path),
        read(tmp_path, verdict="inconclusive", images=range(60), epsilon=27),
    )
    (change,) = find_verdict_changes(here, there, cells_of(here, there))
    assert (change.this["verdict"], change.other["verdict"]) == ("supported", "inconclusive")
    assert [part.label for part in change.parts] == ["alexnet → resnet18"]
    reasons = "; ".join(change.reasons)
    assert "images or seeds: 100 here, 60 there" in reasons
    assert "other settings of attacks" in reasons
    assert "networks" not in reasons


def test_a_verdict_may_change_by_its_outcomes_alone(tmp_path):
    here, there = read(tmp_path), read(tmp_path, verdict="contradicted")
    (change,) = find_verdict_changes(here, there, cells_of(here, there))
    assert list(change.reasons) == ["the outcomes alone"]


def test_facts_that_differ_are_listed_and_no_others(tmp_path):
    here = read(tmp_path)
    changed = {"weights sha256": "alexnet 01; resnet18 03", "models": '{"alexnet": {"mean": "1"}}'}
    there = read(tmp_path, seed=1, **changed)
    changes = find_fact_changes(here, there)
    sides = {change.what: (change.this, change.other) for change in changes}
    expected = {"seed": (0, 1), "weights of resnet18": ("02", "03"), "mean of alexnet": ("0", "1")}
    assert sides == expected


def test_the_page_escapes_what_a_crate_says(tmp_path):
    here, there = read(tmp_path), read(tmp_path, device="<script>alert(1)</script>")
    page = render_comparison(here, there, judge_agreement(here, there))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "McNemar" in page
