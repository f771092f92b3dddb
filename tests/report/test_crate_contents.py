"""What of a run goes into its crate."""

import json
import subprocess
import zipfile
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from inputs import ROOT
from nrg.base.table_files import read_csv, write_parquet
from nrg.report.crate_contents import (
    WORKFLOW_FOLDERS,
    join_outcomes,
    list_configuration_files,
    pack_run,
)
from nrg.report.effects import read_effects
from nrg.report.provenance import UserFile, gather_provenance


@pytest.fixture
def provenance(run):
    return gather_provenance(run, read_effects([]), {})


def open_crate(content: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(BytesIO(content))


def test_it_holds_results_configuration_and_workflow(run, provenance):
    run = replace(run, configuration={"seed": 7})
    crate = open_crate(pack_run(run, provenance, {"net": {"tensors_sha256": "abc"}}))
    members = set(crate.namelist())
    assert {"exhibits/table1.csv", "exhibits/table1.svg", "Snakefile", "config.yaml"} <= members
    assert json.loads(crate.read("run-config.json")) == {"seed": 7}
    assert crate.read("requirements.lock") == (ROOT / "requirements.lock").read_bytes()
    graph = json.loads(crate.read("ro-crate-metadata.json"))["@graph"]
    facts = {entity["name"]: entity["value"] for entity in graph if "value" in entity}
    assert facts["weights sha256"] == "net abc"


def test_no_file_of_the_workflow_is_missing(run, provenance):
    listing = ["git", "-C", str(ROOT), "ls-files", *WORKFLOW_FOLDERS]
    tracked = subprocess.run(listing, capture_output=True, text=True)
    if tracked.returncode:
        pytest.skip("needs the repository")
    members = set(open_crate(pack_run(run, provenance, {})).namelist())
    files = {name for name in tracked.stdout.split() if (ROOT / name).is_file()}
    assert len(files) > 200
    assert files <= members


def test_the_commit_goes_along_unless_files_differ_from_it(run, provenance):
    commit = "0123456789" * 4
    clean = open_crate(pack_run(run, replace(provenance, commit=commit, date="2026-01-01"), {}))
    assert clean.read(".git_archival.txt").decode() == f"{commit}\n2026-01-01\n"
    changed = replace(provenance, commit=f"{commit} (with local changes)")
    assert ".git_archival.txt" not in open_crate(pack_run(run, changed, {})).namelist()


def test_the_users_suite_goes_along_from_below_the_runs_folder(
    run, provenance, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "suites").mkdir()
    for name in ("suites/mine.yaml", "labels.csv"):
        (tmp_path / name).write_text("x")
    files = [
        UserFile("suite", "suites/mine.yaml", "0"),
        UserFile("suite", str(tmp_path / "suites/mine.yaml"), "0"),
        UserFile("suite", "../outside.yaml", "0"),
        UserFile("labels", "labels.csv", "0"),
    ]
    members = [
        file.member for file in list_configuration_files(run, replace(provenance, user_files=files))
    ]
    assert members == ["run-config.json", "suites/mine.yaml"]


def test_outcomes_of_all_exhibits_are_joined_by_the_row_of_their_table(run):
    table = read_csv(run.table(run.made[0]))
    cells = table[["exhibit", "metric", "method", "source", "target"]].iloc[[2, 0]]
    outcomes = cells.assign(attack=["a", "b"], unit="i", outcome=np.array([100, 0], np.int8))
    write_parquet(outcomes, run.results.fill("exhibits/{exhibit}.parquet", exhibit="table1"))
    joined = join_outcomes(run).sort_values("row")
    assert joined["row"].tolist() == [0, 2]
    assert joined["attack"].tolist() == ["b", "a"]
    assert joined["succeeded"].tolist() == [False, True]
    assert joined["value"].isna().all()
