"""Where results come from: code, versions, machine, weights, and the time each stage took."""

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import pandas as pd

PACKAGES = ("torch", "torchvision", "numpy", "pandas", "scikit-learn", "snakemake")


def commit(folder: str | Path) -> str:
    """The git commit of a folder, marked if files differ from it; "unknown" outside git."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(folder), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        dirty = git("status", "--porcelain", "--untracked-files=no")
        return git("rev-parse", "HEAD") + (" (with local changes)" if dirty else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def stage_times(folder: str | Path) -> pd.DataFrame:
    """Jobs, wall time and peak memory of each rule, from Snakemake's benchmark files.

    Args:
        folder: with a folder for each rule.

    Returns:
        stage, jobs, seconds (summed over jobs, some of which ran side by side), max_rss_mb.
    """
    rows = []
    for stage in sorted(path for path in Path(folder).glob("*") if path.is_dir()):
        runs = [pd.read_csv(path, sep="\t", na_values="-") for path in stage.rglob("*.tsv")]
        if runs:
            table = pd.concat(runs)
            rows.append(
                {
                    "stage": stage.name,
                    "jobs": len(table),
                    "seconds": table["s"].sum(),
                    "max_rss_mb": table["max_rss"].max(),
                }
            )
    return pd.DataFrame(rows, columns=["stage", "jobs", "seconds", "max_rss_mb"])
