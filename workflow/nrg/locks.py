"""Locks that the kernel frees when the process that holds them ends, however it ends."""

import fcntl
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from nrg.errors import UserError

BETWEEN_TRIES = 0.2  # seconds


def try_lock(path: str | Path) -> IO | None:
    """Lock a file, which is made if missing: the lock lasts as long as the returned file is open.

    Returns:
        None if another process holds it. Where the file system knows no locks, nobody ever does.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    except OSError:
        pass
    return file


def hold(folder: str) -> IO:
    """Lock a folder of results for one run, by a file beside Snakemake's own.

    Raises:
        UserError: another run is at work in it.
    """
    file = try_lock(Path(".snakemake") / f"{Path(folder).name}.lock")
    if file is None:
        raise UserError(
            f"another run is at work in {Path(folder).absolute()}: wait for it to end, or give "
            "this one a folder of its own (snakemake --directory)"
        )
    return file


def lock(path: str | Path, at_wait: Callable[[], None]) -> IO:
    """Lock a file as soon as it can be; `at_wait` is called once if that is not at once."""
    file = try_lock(path)
    if file is None:
        at_wait()
    while file is None:
        time.sleep(BETWEEN_TRIES)
        file = try_lock(path)
    return file
