"""Python processes beside that of the tests, which hold locks, wait, and are killed."""

import os
import subprocess
import sys
import time
from collections.abc import Callable

from inputs import ROOT


def start(code: str, *arguments: object) -> subprocess.Popen:
    """Run code that imports the package in another process, with its three streams as pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(condition: Callable[[], bool], seconds: float = 600) -> None:
    """Wait until the condition is true; fail if it is not by then."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)
