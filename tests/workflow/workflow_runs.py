"""Running the workflow in a folder of its own."""

import os
import subprocess
import sys
from pathlib import Path

from inputs import ROOT

SMALL = ROOT / "tests/workflow/small.yaml"


def snakemake(folder: Path, *arguments: str, project: Path = ROOT) -> subprocess.CompletedProcess:
    """Run Snakemake as a user would, with its files in another folder; returns both streams."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(project / "Snakefile")]
    command += ["--directory", str(folder), *arguments]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )
