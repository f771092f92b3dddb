"""Python processes beside that of the tests, which hold locks, wait, and are killed."""

import os
import subprocess
import sys

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
