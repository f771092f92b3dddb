"""Messages of jobs on the terminal and in their logs, and the progress of long loops."""

import hashlib
import logging
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from errno import EDQUOT, ENOSPC
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any

from nrg.base.errors import UserError
from nrg.base.locks import job_lock_path, wait_for_lock

log = logging.getLogger("nrg")
SECONDS_BETWEEN_LINES = 10
PEAK = "peak memory"  # the beginning of the last line of a log
RSS_UNITS_PER_MB = 2**20 if sys.platform == "darwin" else 2**10  # of getrusage's ru_maxrss


@dataclass(frozen=True)
class Work:
    """What a job makes.

    Args:
        outputs: paths of the files that it makes.
        identity: a hash of everything that it makes them from.
    """

    outputs: tuple[str, ...]
    identity: str


def identify_work(outputs: Iterable[str], inputs: Iterable[str], *settings: Any) -> Work:
    """The work of a job, which is another if its settings, or inputs' sizes or times, change."""
    files = [(path, (status := Path(path).stat()).st_size, status.st_mtime_ns) for path in inputs]
    text = repr((files, settings))
    return Work(tuple(outputs), hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest())


@contextmanager
def log_job(path: str | Path, job: str, work: Work | None = None) -> Iterator[None]:
    """Log the package's messages during a job, with the job's name, on the terminal and in a file.

    An error that users can fix ends the process with its message and without a traceback.

    A job may outlive the run that started it, if the workflow was killed and the job was not. It
    still holds the job's lock, so the same job of the next run waits for it to end. If the earlier
    job finished the same work, as the identity that it left in the lock says, the later job ends
    the process successfully without doing the work again.

    Args:
        path: of the log file.
        job: its name.
        work: what it makes; None for a job that always runs.
    """
    waited = False

    def report_waiting() -> None:
        nonlocal waited
        waited = True
        print_message(job, "this job of an earlier run is still running: waiting")

    lock_path = job_lock_path(path)
    lock = wait_for_lock(lock_path, report_waiting)
    if (
        waited
        and work is not None
        and lock_path.read_text(encoding="utf-8") == work.identity
        and all(Path(output).is_file() for output in work.outputs)
    ):
        print_message(job, "it has finished, and its results are used")
        lock.close()
        sys.exit(0)
    lock.truncate(0)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    terminal = logging.StreamHandler(sys.stderr)
    handlers: list[logging.Handler] = [terminal, logging.FileHandler(path, "w", "utf-8")]
    for handler in handlers:
        log.addHandler(handler)
    name_job(job)
    log.setLevel(logging.INFO)
    try:
        yield
        if work is not None:
            lock.write(work.identity)
        largest = max(getrusage(who).ru_maxrss for who in (RUSAGE_SELF, RUSAGE_CHILDREN))
        log.info(f"{PEAK} %.0f MB", largest / RSS_UNITS_PER_MB)
    except Exception as error:
        if (advice := explain_error(error)) is not None:
            log.error("error: %s", advice)
            sys.exit(1)
        log.removeHandler(terminal)  # on which Python prints the traceback
        log.exception("failed")
        raise
    finally:
        for handler in handlers:
            log.removeHandler(handler)
            handler.close()
        lock.close()


def name_job(job: str) -> None:
    """Begin the messages of this process with another name from here on."""
    for handler in log.handlers:
        handler.setFormatter(logging.Formatter(f"%(asctime)s [{job}] %(message)s", "%H:%M:%S"))


def explain_error(error: Exception) -> str | None:
    """The message for an error that users can fix; None for any other error."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":  # torch's
        return (
            f"out of memory ({error}): set a smaller microbatch, or gpu_microbatch, and fewer "
            "threads or jobs at once"
        )
    full = getattr(error, "errno", None) in (ENOSPC, EDQUOT)
    if full or os.strerror(ENOSPC) in str(error):  # safetensors' errors have no number
        return (
            f"the disk is full ({error}); no incomplete file is left: free some space, and the "
            "same command continues"
        )
    return None


def print_message(job: str, message: str) -> None:
    """Print a message in the form of the log, before the log is open."""
    print(f"{time.strftime('%H:%M:%S')} [{job}] {message}", file=sys.stderr, flush=True)


class Progress:
    """Logs the progress of a loop every ten seconds and at its end: done, speed and time left.

    Args:
        unit: what is counted, in the plural.
        total: how many there are.
    """

    def __init__(self, unit: str, total: int) -> None:
        self.unit = unit
        self.total = total
        self.done = 0

    def __enter__(self) -> "Progress":
        self.start = self.last = time.monotonic()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.report(f"in {format_duration(time.monotonic() - self.start)}")

    def advance(self, count: int) -> None:
        """Count further units as done."""
        self.done += count
        now = time.monotonic()
        if now - self.last >= SECONDS_BETWEEN_LINES and self.done < self.total:
            self.last = now
            seconds_left = (now - self.start) / self.done * (self.total - self.done)
            self.report(f"{format_duration(seconds_left)} left")

    def report(self, ending: str) -> None:
        """Log one line; `ending` is the time left, or the time taken."""
        rate = self.done / max(time.monotonic() - self.start, 1e-9)
        share = f"{self.done:,} of {self.total:,} {self.unit}"
        percent = 100 * self.done / self.total if self.total else 100
        log.info("%s (%.0f%%), %.3g/s, %s", share, percent, rate, ending)


def format_duration(seconds: float) -> str:
    """A time as text: 90 as "1 min 30 s"; from a hundred hours on only the hours are given."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 100:
        return f"{hours:,} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
