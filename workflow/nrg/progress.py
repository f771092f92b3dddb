"""What a watching person sees: lines on the terminal and in the job's log."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from nrg.errors import UserError

log = logging.getLogger("nrg")
SECONDS_BETWEEN_LINES = 10
RSS_UNITS = 2**20 if sys.platform == "darwin" else 2**10  # of ru_maxrss in a MB


@contextmanager
def logged(path: str | Path, job: str) -> Iterator[None]:
    """Send the package's messages, with the job's name, to the terminal and to a log file.

    A UserError ends the process with its message and no traceback.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    handlers = [logging.StreamHandler(sys.stderr), logging.FileHandler(path, "w")]
    for handler in handlers:
        handler.setFormatter(logging.Formatter(f"%(asctime)s [{job}] %(message)s", "%H:%M:%S"))
        log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
        log.info("peak memory %.0f MB", getrusage(RUSAGE_SELF).ru_maxrss / RSS_UNITS)
    except UserError as error:
        log.error("error: %s", error)
        sys.exit(1)
    except Exception:
        log.removeHandler(handlers[0])  # Python prints the traceback to the terminal
        log.exception("failed")
        raise
    finally:
        for handler in handlers:
            log.removeHandler(handler)
            handler.close()


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
