"""The run that a report is about: its settings, and where its results lie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from nrg.study.crafting_jobs import Job, Key, list_jobs, plan_crafting
from nrg.study.exhibits import Exhibit, load_exhibits
from nrg.study.result_paths import ResultPaths
from nrg.study.settings import Settings


@dataclass(frozen=True)
class Run:
    """What was asked for, and where its results lie.

    Attributes:
        exhibits: those to show, in order.
        not_shown: those asked for that the zoo cannot show.
        replicates: names of the trainings of Table 4's networks.
        results: paths of the suite's results.
        mlp_results: paths of the companion suite's, with the results on Table 4's networks.
        benchmarks: the folder of Snakemake's benchmark files, one folder per rule.
        code: the folder of the workflow, whose git commit is reported.
        command: the command that runs all of this.
        forced_command: the same with --force, which makes a named file again.
        configuration: the whole configuration, as Snakemake merged it.
        files: the configuration files given on the command line.
    """

    settings: Settings
    exhibits: Sequence[Exhibit]
    not_shown: Sequence[Exhibit]
    replicates: Sequence[str]
    results: ResultPaths
    mlp_results: ResultPaths
    benchmarks: Path
    code: Path
    command: str
    forced_command: str
    configuration: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[str] = ()

    @cached_property
    def jobs(self) -> Mapping[Key, Job]:
        """The crafting job that makes each source and attack."""
        suite = self.settings.suite
        return plan_crafting(load_exhibits(suite).values(), suite.jobs)

    def table(self, exhibit: Exhibit) -> Path:
        return self.results.fill("exhibits/{exhibit}.csv", exhibit=exhibit.name)

    def outcomes(self, exhibit: Exhibit) -> Path:
        return self.results.fill("exhibits/{exhibit}.parquet", exhibit=exhibit.name)

    def picture(self, exhibit: Exhibit) -> Path:
        return self.results.fill("exhibits/{exhibit}.svg", exhibit=exhibit.name)

    @property
    def made(self) -> list[Exhibit]:
        """The exhibits whose table and picture exist."""
        return [e for e in self.exhibits if self.table(e).exists() and self.picture(e).exists()]

    def make_command(self, exhibit: Exhibit) -> str:
        """The command that makes an exhibit that is missing."""
        return f"{self.command} -- {self.table(exhibit)}"

    def effects(self) -> list[Path]:
        """Existing files of what attacks did to images, one per crafting job."""
        jobs = list_jobs(self.exhibits, self.jobs)
        pattern = "effects/{source}/{job}.csv"
        paths = [self.results.fill(pattern, source=job.source, job=job.name) for job in jobs]
        return [path for path in paths if path.exists()]

    def mlp_effects(self) -> list[Path]:
        """Existing files of what attacks did with Table 4's networks, one per replicate."""
        pattern = "mlp_effects/{replicate}.csv"
        paths = [self.mlp_results.fill(pattern, replicate=name) for name in self.replicates]
        return [path for path in paths if path.exists()]
