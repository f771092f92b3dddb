"""Where results come from: the commit, the user's own files, how models are built."""

import os
import subprocess
import tarfile

import pytest
from inputs import ROOT
from nrg.base.resources import WORKFLOW
from nrg.report.provenance import (
    command_line,
    commit,
    commit_date,
    model_facts,
    own_files,
    untracked,
)
from nrg.study.settings import load_settings
from nrg.study.suite_layers import own_suites


def git(folder, *words):
    done = subprocess.run(
        ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b", *words],
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "outer"
    folder.mkdir()
    git(folder, "init", "--quiet")
    for name in (".git_archival.txt", ".gitattributes"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "first")
    return folder


def test_the_commit_of_another_repository_is_not_the_project_s(repository, monkeypatch):
    project = repository / "project"
    project.mkdir()
    assert commit(project) == "unknown"
    assert untracked(project) == []
    monkeypatch.setenv("GIT_DIR", str(repository / ".git"))
    assert commit(project) == "unknown", "whatever the environment says"
    assert commit(repository) == git(repository, "rev-parse", "HEAD")


def test_an_archive_made_by_git_knows_its_commit(repository, tmp_path):
    git(repository, "archive", "--output", str(tmp_path / "a.tar"), "HEAD")
    unpacked = repository / "unpacked"  # inside a repository, and still the archive's
    with tarfile.open(tmp_path / "a.tar") as archive:
        archive.extractall(unpacked, filter="data")
    assert commit(unpacked) == git(repository, "rev-parse", "HEAD")
    assert commit_date(unpacked) == git(repository, "show", "-s", "--format=%cI", "HEAD")
    copy = repository / "copy"  # as a checkout has the file
    copy.mkdir()
    (copy / ".git_archival.txt").write_bytes((ROOT / ".git_archival.txt").read_bytes())
    assert commit(copy) == "unknown"


def test_files_that_git_does_not_track_are_said(repository):
    (repository / "my models.py").write_bytes(b"")
    (repository / "ünder").mkdir()
    (repository / "ünder/x").write_bytes(b"")
    assert untracked(repository) == ["my models.py", "ünder/"]
    assert commit(repository) == git(repository, "rev-parse", "HEAD"), "no tracked file differs"
    (repository / ".gitattributes").write_bytes(b"")
    assert commit(repository).endswith(" (with local changes)")


def test_files_of_the_user_s_own_are_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_code").mkdir()
    for name in ("__init__", "nets", "blocks"):
        (tmp_path / f"my_code/{name}.py").write_text(
            {"nets": "from . import blocks\n"}.get(name, ""), encoding="utf-8"
        )
    (tmp_path / "base.yaml").write_text(
        "name: base\ntitle: Base\nlike: imagenet\nsubset_images: 1\n", encoding="utf-8"
    )
    (tmp_path / "mine.yaml").write_text(
        "name: mine\ntitle: Mine\nlike: base.yaml\nimages: x\n"
        "add_models: {mine: {factory: 'my_code.nets:net', weights: w.pth, input_size: 9,"
        " arguments: {width: 3}, mean: [0.5], std: [0.25]}}\n",
        encoding="utf-8",
    )
    settings = load_settings({"suite": "mine.yaml"})
    found = {file["path"]: file["what"] for file in own_files(settings, ["given.yaml"])}
    assert found == {
        "mine.yaml": "suite",
        "base.yaml": "suite",
        **dict.fromkeys(
            ("my_code/__init__.py", "my_code/nets.py", "my_code/blocks.py"),
            "code behind my_code.nets:net",
        ),
    }
    assert own_suites("digits", WORKFLOW) == ()
    facts = model_facts(settings.suite.zoo["mine"])
    assert facts["arguments"] == '{"width": 3}'
    assert (facts["mean"], facts["std"], facts["input size"]) == ("0.5", "0.25", "9×9")


def test_the_command_says_how_a_run_was_started():
    said = command_line({"seed": 1}, {}, (), ["--cores", "1"], "/a b" + os.pathsep + "/c")
    assert said == "PYTHONPATH='/a b:/c' snakemake --cores 1 --config seed=1"
