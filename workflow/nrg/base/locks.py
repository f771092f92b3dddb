"""Locks that the kernel frees when the process that holds them ends, however it ends."""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO
from uuid import uuid4

from nrg.base.errors import UserError

BETWEEN_TRIES = 0.2  # seconds
RUN = "NRG_RUN"  # in the environment of a run and of its jobs: the run's own name


def try_lock(path: str | Path) -> IO | None:
    """Lock a file, which is made if missing: the lock lasts as long as the returned file is open.

    Returns:
        None if another process holds it. Where the file system knows no locks, nobody ever does.
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
    """The file, beside Snakemake's own, that says which run a folder of results belongs to."""
    return Path(".snakemake") / f"{Path(folder).name}.lock"


def lock_folder(folder: str) -> IO:
    """Lock a folder of results for one run, and write the run's name into the lock.

    Raises:
        UserError: another run is at work in it.
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
    """Give this run a name of its own, which its jobs inherit."""
    os.environ[RUN] = uuid4().hex


def check_run(folder: str) -> None:
    """Refuse a job that waited in a scheduler while its run was killed and another one began.

    Its configuration may be another. Where the scheduler hands on no environment nothing is known.

    Raises:
        UserError: the folder belongs to another run now.
    """
    path = folder_lock_path(folder)
    now = path.read_text(encoding="utf-8") if path.exists() else ""
    if RUN in os.environ and now not in ("", os.environ[RUN]):
        raise UserError(f"this job's run has ended, and another one is at work in {folder}")


def job_lock_path(log: str | Path) -> Path:
    """The file that a job locks. Its log would not do: Snakemake removes it before a job starts."""
    return (Path(".snakemake") / "jobs" / log).with_suffix(".lock")


def wait_for_lock(path: str | Path, at_wait: Callable[[], None]) -> IO:
    """Lock a file as soon as it can be; `at_wait` is called once if that is not at once."""
    file = try_lock(path)
    if file is None:
        at_wait()
    while file is None:
        time.sleep(BETWEEN_TRIES)
        file = try_lock(path)
    return file
