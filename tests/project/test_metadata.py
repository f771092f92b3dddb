"""The files that describe the project say the same: version, authors, licence and the paper."""

import json
import re
import tomllib

import pytest
import yaml
from inputs import ROOT
from nrg.report.citation import PAPER

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
CODEMETA = json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))
CODECHECK = yaml.safe_load((ROOT / "codecheck.yml").read_text(encoding="utf-8"))
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
LICENSE = (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_every_file_names_the_same_version():
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", CHANGELOG, re.MULTILINE)
    versions = {
        "CITATION.cff": CITATION["version"],
        "codemeta.json": CODEMETA["version"],
        "codecheck.yml": re.search(r"nrg (\S+),", CODECHECK["source"])[1],
        "CHANGELOG.md": released[0],
    }
    assert versions == dict.fromkeys(versions, PROJECT["version"])


def test_every_file_names_the_same_authors_and_licence():
    authors = [author["name"] for author in PROJECT["authors"]]
    assert [author["name"] for author in CITATION["authors"]] == authors
    assert [author["name"] for author in CODEMETA["author"]] == authors
    assert f"by {' and '.join(authors)}," in CODECHECK["source"]
    assert re.search(r"Copyright \(c\) \d{4} (.*)", LICENSE)[1] == " and ".join(authors)
    assert LICENSE.startswith(f"{PROJECT['license']} License")
    assert CITATION["license"] == PROJECT["license"]
    assert CODEMETA["license"].endswith(f"/{PROJECT['license']}")


def test_every_file_names_the_same_paper():
    preferred, publication = CITATION["preferred-citation"], CODEMETA["referencePublication"]
    names = [(author["given-names"], author["family-names"]) for author in preferred["authors"]]
    assert [(a["givenName"], a["familyName"]) for a in publication["author"]] == names
    assert [author["name"] for author in CODECHECK["paper"]["authors"]] == list(
        map(" ".join, names)
    )
    assert publication["name"] == CODECHECK["paper"]["title"] == preferred["title"]
    assert publication["url"] == CODECHECK["paper"]["reference"] == preferred["url"]
    assert preferred["title"] in PAPER
    assert " and ".join(f"{family}, {given}" for given, family in names) in PAPER


def test_the_check_lists_every_exhibit_of_the_paper():
    exhibits = yaml.safe_load((ROOT / "workflow/exhibits.yaml").read_text(encoding="utf-8"))
    own = [name for name, entry in exhibits.items() if not entry.get("reading")]
    files = [entry["file"] for entry in CODECHECK["manifest"]]
    assert files[:2] == ["results/digits/report.html", "results/digits/claims.json"]
    assert files[2:] == [f"results/digits/exhibits/{name}.csv" for name in own]
    assert all(entry["comment"] for entry in CODECHECK["manifest"])


@pytest.mark.parametrize("key", ["mandatory-flags", "software-stack-deployment"])
def test_the_catalog_is_told_how_the_workflow_is_used(key):
    text = (ROOT / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(text)["usage"][key]


def test_a_commit_is_checked_by_what_lint_runs():
    text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    (repository,) = yaml.safe_load(text)["repos"]
    assert [hook["entry"] for hook in repository["hooks"]] == ["make lint"]
    assert re.search(r"^lint:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
