"""Running the workflow in a folder of its own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from inputs import ROOT

SMALL = ROOT / "tests/workflow/small.yaml"
LIGHT = ROOT / "tests/workflow/light.yaml"


def snakemake(folder: Path, *arguments: str, project: Path = ROOT) -> subprocess.CompletedProcess:
    """Run Snakemake as a user would, with its files in another folder; returns both streams."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(project / "Snakefile")]
    command += ["--directory", str(folder), *arguments]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )


def copy_project(to: Path) -> Path:
    """A copy of the project, in which a test may change files."""
    for name in ("workflow", "report", "profiles", "envs"):
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Snakefile", "config.yaml"):
        shutil.copy(ROOT / name, to / name)
    return to


def job_counts(output: str) -> dict[str, int]:
    """How many jobs of each rule Snakemake lists."""
    counts = {rule: int(n) for rule, n in re.findall(r"^(\w+) +(\d+)$", output, re.MULTILINE)}
    counts.pop("total", None)
    return counts
