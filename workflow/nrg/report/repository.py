"""The git repository of the workflow: its commit, and what differs from it."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

ARCHIVE_MARK = ".git_archival.txt"  # git archive writes the commit and its date into this file


class Mark(NamedTuple):
    """The commit that `git archive` unpacked, and its date; empty where it is unknown."""

    commit: str = ""
    date: str = ""


def run_git(folder: str | Path, *arguments: str) -> str:
    """Return git's output for the repository that holds a folder.

    Variables of the environment that name another repository are ignored.

    Raises:
        OSError, CalledProcessError: there is no git, or no repository.
    """
    command = ["git", "-C", str(folder), *arguments]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    done = subprocess.run(
        command,
        capture_output=True,
        check=True,
        env=environment,
        encoding="utf-8",
        errors="replace",
    )
    return done.stdout.strip("\n")


def run_git_at_top(folder: str | Path, *arguments: str) -> str | None:
    """Return git's output for a folder that is the top of a repository, and None for any other.

    The project may be unpacked inside the repository of something else.
    """
    try:
        top = run_git(folder, "rev-parse", "--show-toplevel")
        return (
            run_git(folder, *arguments) if Path(top).resolve() == Path(folder).resolve() else None
        )
    except (OSError, subprocess.CalledProcessError):
        return None


def read_archive_mark(folder: str | Path) -> Mark:
    """The commit and date that `git archive` wrote into an unpacked copy, if it did."""
    path = Path(folder, ARCHIVE_MARK)
    lines = path.read_text(encoding="utf-8").split() if path.is_file() else []
    is_marked = len(lines) == 2 and "$" not in "".join(lines)
    return Mark(*lines) if is_marked else Mark()


def find_commit(folder: str | Path) -> str:
    """The git commit of the project's repository, with a remark if tracked files differ from it.

    In an unpacked archive that git made, it is the commit of the archive; elsewhere "unknown".
    """
    head = run_git_at_top(folder, "rev-parse", "HEAD")
    if head is None:
        return read_archive_mark(folder).commit or "unknown"
    changes = run_git_at_top(folder, "status", "--porcelain", "--untracked-files=no")
    return head + (" (with local changes)" if changes else "")


def find_commit_date(folder: str | Path) -> str:
    """When the project's commit was made (ISO 8601), or today's date where that is unknown."""
    date = run_git_at_top(folder, "show", "--no-patch", "--format=%cI", "HEAD")
    return date or read_archive_mark(folder).date or datetime.now(UTC).date().isoformat()


def list_untracked(folder: str | Path) -> list[str]:
    """Files of the project's repository that git neither tracks nor ignores.

    A folder of such files is listed as one.
    """
    status = run_git_at_top(folder, "status", "--porcelain", "-z", "--untracked-files=normal") or ""
    return sorted(entry[3:] for entry in status.split("\0") if entry.startswith("??"))
