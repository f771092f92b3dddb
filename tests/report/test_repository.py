"""The commit of the workflow, and what differs from it."""

import subprocess
import tarfile

import pytest
from inputs import ROOT
from nrg.report.repository import find_commit, find_commit_date, list_untracked


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
    assert find_commit(project) == "unknown"
    assert list_untracked(project) == []
    monkeypatch.setenv("GIT_DIR", str(repository / ".git"))
    assert find_commit(project) == "unknown", "whatever the environment says"
    assert find_commit(repository) == git(repository, "rev-parse", "HEAD")


def test_an_archive_made_by_git_knows_its_commit(repository, tmp_path):
    git(repository, "archive", "--output", str(tmp_path / "a.tar"), "HEAD")
    unpacked = repository / "unpacked"  # inside a repository, and still the archive's
    with tarfile.open(tmp_path / "a.tar") as archive:
        archive.extractall(unpacked, filter="data")
    assert find_commit(unpacked) == git(repository, "rev-parse", "HEAD")
    assert find_commit_date(unpacked) == git(repository, "show", "-s", "--format=%cI", "HEAD")
    copy = repository / "copy"  # as a checkout has the file
    copy.mkdir()
    (copy / ".git_archival.txt").write_bytes((ROOT / ".git_archival.txt").read_bytes())
    assert find_commit(copy) == "unknown"


def test_files_that_git_does_not_track_are_said(repository):
    (repository / "my models.py").write_bytes(b"")
    (repository / "ünder").mkdir()
    (repository / "ünder/x").write_bytes(b"")
    assert list_untracked(repository) == ["my models.py", "ünder/"]
    assert find_commit(repository) == git(repository, "rev-parse", "HEAD"), (
        "no tracked file differs"
    )
    (repository / ".gitattributes").write_bytes(b"")
    assert find_commit(repository).endswith(" (with local changes)")
