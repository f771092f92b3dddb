"""Where results come from: code, versions, machine, weights, and the time each stage took."""

import json
import platform
import shlex
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from nrg.exhibits import Exhibit
from nrg.jobs import Job

PACKAGES = ("torch", "torchvision", "numpy", "pandas", "scikit-learn", "snakemake")


def git(folder: str | Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def commit(folder: str | Path) -> str:
    """The git commit of a folder, marked if files differ from it; "unknown" outside git."""
    try:
        dirty = git(folder, "status", "--porcelain", "--untracked-files=no")
        return git(folder, "rev-parse", "HEAD") + (" (with local changes)" if dirty else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def commit_date(folder: str | Path) -> str:
    """When the commit of a folder was made, ISO 8601; outside git, today."""
    try:
        return git(folder, "show", "--no-patch", "--format=%cI", "HEAD")
    except (OSError, subprocess.CalledProcessError):
        return datetime.now(UTC).date().isoformat()


def command_line(
    config: Mapping[str, Any], base: Mapping[str, Any], files: Sequence[str] = ()
) -> str:
    """The snakemake command that runs this configuration.

    Args:
        base: what the configuration files say by themselves.
        files: those of them to be given.
    """
    changed = {key: value for key, value in config.items() if base.get(key) != value}
    entries = [
        f"{key}={value if isinstance(value, str) else json.dumps(value)}"
        for key, value in changed.items()
    ]
    words = ["snakemake", "--cores", "all"]
    words += ["--configfile", *files] if files else []
    words += ["--config", *entries] if entries else []
    return shlex.join(words)


def versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def read_benchmark(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep="\t", na_values="-")


def stage_times(folder: str | Path) -> pd.DataFrame:
    """Jobs, wall time and peak memory of each rule, from Snakemake's benchmark files.

    Args:
        folder: with a folder for each rule.

    Returns:
        stage, jobs, seconds (summed over jobs, some of which ran side by side), max_rss_mb.
    """
    rows = []
    for stage in sorted(path for path in Path(folder).glob("*") if path.is_dir()):
        runs = [read_benchmark(path) for path in stage.rglob("*.tsv")]
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


def job_times(
    folder: Path, exhibit: Exhibit, jobs: Iterable[Job], replicates: Sequence[str], on_gpu: bool
) -> dict[str, float]:
    """Wall and GPU time, in seconds, of the jobs behind an exhibit, which others may share.

    Args:
        folder: Snakemake's benchmark files, a folder a rule.
        jobs: the crafting jobs that the exhibit reads; replicates: of networks, where it has any.
        on_gpu: whether jobs that compute networks ran on a GPU, which they hold all the while.

    Returns:
        jobs, seconds and gpu_seconds, without what trained or fetched the models.
    """
    drawing = sorted(folder.glob(f"build_exhibit/{exhibit.name}.tsv"))
    computing = [
        path for path in sorted(folder.glob(f"*/{exhibit.name}.tsv")) if path not in drawing
    ]
    for job in jobs:
        computing += sorted(folder.glob(f"craft_adversarial_sets/{job.source}/{job.name}/*.tsv"))
        computing += sorted(folder.glob(f"score_adversarial_sets/{job.source}/{job.name}.tsv"))
        computing += sorted(folder.glob(f"score_guest/{job.source}/{job.name}-on-*.tsv"))
    if exhibit.kind == "mlps":
        for stage in ("train_mlps", "attack_mlps"):
            computing += [
                path for name in replicates if (path := folder / stage / f"{name}.tsv").exists()
            ]
    computed, drawn = (
        float(sum(read_benchmark(path)["s"].sum() for path in paths))
        for paths in (computing, drawing)
    )
    return {
        "jobs": len(computing) + len(drawing),
        "seconds": computed + drawn,
        "gpu_seconds": computed if on_gpu else 0.0,
    }
