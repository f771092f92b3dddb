"""What a watching person sees: lines on the terminal and in the job's log."""

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
from resource import RUSAGE_SELF, getrusage
from typing import Any

from nrg.base.errors import UserError
from nrg.base.locks import job_lock_path, wait_for_lock

log = logging.getLogger("nrg")
SECONDS_BETWEEN_LINES = 10
PEAK = "peak memory"  # begins the last line of a log
RSS_UNITS = 2**20 if sys.platform == "darwin" else 2**10  # of ru_maxrss in a MB


@dataclass(frozen=True)
class Work:
    """What a job makes, and a hash of all that it makes it from."""

    outputs: tuple[str, ...]
    identity: str


def identify_work(outputs: Iterable[str], inputs: Iterable[str], *settings: Any) -> Work:
    """A job's work: other settings, or inputs of another size or time, are other work."""
    files = [(path, (found := Path(path).stat()).st_size, found.st_mtime_ns) for path in inputs]
    text = repr((files, settings))
    return Work(tuple(outputs), hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest())


def is_done(work: Work, path: Path) -> bool:
    """Whether a job's lock says that this very work was ended, and its outputs are there."""
    ended = path.read_text(encoding="utf-8") == work.identity
    return ended and all(Path(output).is_file() for output in work.outputs)


@contextmanager
def log_job(path: str | Path, job: str, work: Work | None = None) -> Iterator[None]:
    """Send the package's messages, with the job's name, to the terminal and to a log file.

    A job that outlived the run that started it (a workflow was killed, its jobs were not) still
    holds its lock; the same job of the next run waits for it to end, and ends at once,
    successfully, if that did its very work, whose identity it leaves in the lock. An error that
    users can mend ends the process with its message and no traceback.
    """
    waited = []

    def at_wait() -> None:
        waited.append(True)
        say(job, "this job of an earlier run is still at work: waiting")

    held = wait_for_lock(job_lock_path(path), at_wait)
    if waited and work is not None and is_done(work, job_lock_path(path)):
        say(job, "it has finished, and what it made is taken")
        held.close()
        sys.exit(0)
    held.truncate(0)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    handlers = [logging.StreamHandler(sys.stderr), logging.FileHandler(path, "w", "utf-8")]
    for handler in handlers:
        handler.setFormatter(logging.Formatter(f"%(asctime)s [{job}] %(message)s", "%H:%M:%S"))
        log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
        if work is not None:
            held.write(work.identity)
        log.info(f"{PEAK} %.0f MB", getrusage(RUSAGE_SELF).ru_maxrss / RSS_UNITS)
    except Exception as error:
        if (advice := explain_error(error)) is not None:
            log.error("error: %s", advice)
            sys.exit(1)
        log.removeHandler(handlers[0])  # Python prints the traceback to the terminal
        log.exception("failed")
        raise
    finally:
        for handler in handlers:
            log.removeHandler(handler)
            handler.close()
        held.close()


def explain_error(error: Exception) -> str | None:
    """What to tell users of an error that they can mend; None of any other."""
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
            f"the disk is full ({error}); nothing half-written is left: free some space, and the "
            "same command goes on"
        )
    return None


def say(job: str, message: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} [{job}] {message}", file=sys.stderr, flush=True)


class Progress:
    """Says every ten seconds, and at the end, how far a loop is, how fast, and what remains."""

    def __init__(self, unit: str, total: int) -> None:
        self.unit = unit
        self.total = total
        self.done = 0

    def __enter__(self) -> "Progress":
        self.start = self.last = time.monotonic()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.say(f"in {duration(time.monotonic() - self.start)}")

    def advance(self, count: int) -> None:
        self.done += count
        now = time.monotonic()
        if now - self.last >= SECONDS_BETWEEN_LINES and self.done < self.total:
            self.last = now
            rest = (now - self.start) / self.done * (self.total - self.done)
            self.say(f"{duration(rest)} left")

    def say(self, ending: str) -> None:
        rate = self.done / max(time.monotonic() - self.start, 1e-9)
        share = f"{self.done:,} of {self.total:,} {self.unit}"
        percent = 100 * self.done / self.total if self.total else 100
        log.info("%s (%.0f%%), %.3g/s, %s", share, percent, rate, ending)


def duration(seconds: float) -> str:
    """90 as 1 min 30 s; of a hundred hours and more the hours alone."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 100:
        return f"{hours:,} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
