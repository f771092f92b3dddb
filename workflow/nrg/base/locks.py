"""Locks that the kernel frees when the process that holds them ends, however it ends."""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO
from uuid import uuid4

from nrg.base.errors import UserError

SECONDS_BETWEEN_TRIES = 0.2
RUN = "NRG_RUN"  # the environment variable that holds the name of a run, also in its jobs


def try_lock(path: str | Path) -> TextIO | None:
    """Try to lock a file, which is created if it is missing.

    Returns:
        The open file, which holds the lock until it is closed; None if another process holds the
        lock. File systems without locks let every process have it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    except OSError:
        pass
    return file


def folder_lock_path(folder: str) -> Path:
    """The file, next to Snakemake's own, that names the run which uses a folder of results."""
    return Path(".snakemake") / f"{Path(folder).name}.lock"


def lock_folder(folder: str) -> TextIO:
    """Lock a folder of results for this run, and write the run's name into the lock.

    Returns:
        The open file, which holds the lock until it is closed.

    Raises:
        UserError: another run is using the folder.
    """
    file = try_lock(folder_lock_path(folder))
    if file is None:
        raise UserError(
            f"another run is at work in {Path(folder).absolute()}: wait for it to end, or give "
            "this one a folder of its own (snakemake --directory)"
        )
    file.truncate(0)
    file.write(os.environ.get(RUN, ""))
    file.flush()
    return file


def name_run() -> None:
    """Give this run a unique name, which its jobs inherit."""
    os.environ[RUN] = uuid4().hex


def check_run(folder: str) -> None:
    """Refuse a job that waited in a scheduler while its run was killed and another one began.

    The other run may have other settings. A scheduler that does not pass the environment on to its
    jobs hides the run's name, and then no job is refused.

    Raises:
        UserError: the folder now belongs to another run.
    """
    path = folder_lock_path(folder)
    current_run = path.read_text(encoding="utf-8") if path.exists() else ""
    if RUN in os.environ and current_run not in ("", os.environ[RUN]):
        raise UserError(f"this job's run has ended, and another one is at work in {folder}")


def job_lock_path(log: str | Path) -> Path:
    """The file that a job locks, named after its log.

    The log itself cannot be locked, because Snakemake removes it before a job starts.
    """
    return (Path(".snakemake") / "jobs" / log).with_suffix(".lock")


def wait_for_lock(path: str | Path, on_wait: Callable[[], None]) -> TextIO:
    """Lock a file, waiting until no other process holds it.

    Args:
        on_wait: called once if the lock is not free at first.
    """
    file = try_lock(path)
    if file is None:
        on_wait()
    while file is None:
        time.sleep(SECONDS_BETWEEN_TRIES)
        file = try_lock(path)
    return file
