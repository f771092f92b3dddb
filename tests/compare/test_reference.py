"""The results that the repository keeps: they conform, and a run of today agrees with them."""

import json
import zipfile
from dataclasses import replace

import pytest
from crate_profiles import find_violations
from inputs import ROOT
from nrg.compare.agreement import Kind, judge_agreement
from nrg.compare.run_record import read_other, read_record

CRATES = sorted((ROOT / "tests/reference").glob("*.crate.zip"))
DEMO = ROOT / "results/digits/report.crate.zip"


def test_they_are_small():
    assert "digits.crate.zip" in [path.name for path in CRATES]
    assert sum(path.stat().st_size for path in CRATES) < 2e6


@pytest.mark.parametrize("path", CRATES, ids=lambda path: path.name)
def test_each_conforms(path):
    with zipfile.ZipFile(path) as crate:
        metadata = json.loads(crate.read("ro-crate-metadata.json"))
    assert find_violations(metadata) == []


@pytest.mark.parametrize("path", CRATES, ids=lambda path: path.name)
def test_each_is_the_same_as_itself(path):
    here, there = (read_record(path.read_bytes(), name) for name in ("here", "there"))
    here = replace(here, tables={"table1": here.tables["table1"]})  # one is enough, and quick
    found = judge_agreement(here, there)
    assert found.kind is Kind.IDENTICAL
    assert (found.cells["basis"] == "paired").all()
    assert (found.cells["difference"] == 0).all()
    assert found.cells["same_networks"].all()
    assert found.cells["same_attack"].all()


@pytest.mark.long
@pytest.mark.skipif(not DEMO.exists(), reason="needs the results of make demo")
def test_a_demo_of_today_agrees_with_the_reference():
    here, there = read_other(str(DEMO)), read_other(f"{ROOT}/tests/reference/digits.crate.zip")
    found = judge_agreement(here, there)
    assert found.kind is not Kind.DIFFER, found.sentence
    if here.facts["device"] == there.facts["device"] and here.weights == there.weights:
        assert (found.cells["difference"].fillna(0) == 0).all(), (
            "the same machine, the same numbers"
        )
