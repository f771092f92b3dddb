"""How long the jobs of a run took, from Snakemake's benchmark files."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nrg.study.crafting_jobs import Job
from nrg.study.exhibits import Exhibit


@dataclass(frozen=True)
class StageTime:
    """The jobs of one rule.

    Attributes:
        stage: the rule's name.
        jobs: how many there were.
        seconds: their wall time, summed over jobs, some of which ran side by side.
        max_rss_mb: the largest peak memory of a job, in MB; NaN if it was not measured.
    """

    stage: str
    jobs: int
    seconds: float
    max_rss_mb: float


@dataclass(frozen=True)
class JobTimes:
    """The jobs behind one exhibit, without those that trained or fetched models.

    Attributes:
        jobs: how many there were; other exhibits may share them.
        seconds: their wall time.
        gpu_seconds: how long of it they held a GPU.
    """

    jobs: int
    seconds: float
    gpu_seconds: float


def read_benchmark(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep="\t", na_values="-")


def sum_stage_times(folder: Path) -> list[StageTime]:
    """Jobs, wall time and peak memory of each rule.

    Args:
        folder: Snakemake's benchmark files, one folder per rule.
    """
    stages = []
    for stage in sorted(path for path in folder.glob("*") if path.is_dir()):
        runs = [read_benchmark(path) for path in stage.rglob("*.tsv")]
        if runs:
            table = pd.concat(runs)
            seconds, memory = float(table["s"].sum()), float(table["max_rss"].max())
            stages.append(StageTime(stage.name, len(table), seconds, memory))
    return stages


def sum_job_times(folder: Path, exhibit: Exhibit, jobs: Iterable[Job], on_gpu: bool) -> JobTimes:
    """Wall time and GPU time of the jobs behind an exhibit.

    Args:
        folder: Snakemake's benchmark files, one folder per rule.
        jobs: the crafting jobs that the exhibit reads.
        on_gpu: whether jobs that compute networks ran on a GPU, which they hold until they end.
    """
    drawing = sorted(folder.glob(f"build_exhibit/{exhibit.name}.tsv"))
    computing = [
        path for path in sorted(folder.glob(f"*/{exhibit.name}.tsv")) if path not in drawing
    ]
    for job in jobs:
        computing += sorted(folder.glob(f"craft_adversarial_sets/{job.source}/{job.name}/*.tsv"))
        computing += sorted(folder.glob(f"score_adversarial_sets/{job.source}/{job.name}.tsv"))
        computing += sorted(folder.glob(f"score_guest/{job.source}/{job.name}-on-*.tsv"))
        computing += sorted(folder.glob(f"score_guests/{job.source}/{job.name}.tsv"))
    if exhibit.kind.attacks_mlps:
        computing += sorted(folder.glob("*_mlps/*.tsv"))
    computed, drawn = sum_wall_seconds(computing), sum_wall_seconds(drawing)
    return JobTimes(
        jobs=len(computing) + len(drawing),
        seconds=computed + drawn,
        gpu_seconds=computed if on_gpu else 0.0,
    )


def sum_wall_seconds(paths: Iterable[Path]) -> float:
    return float(sum(read_benchmark(path)["s"].sum() for path in paths))
