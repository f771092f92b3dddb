"""Where results come from: code, versions, machine, weights, and the time each stage took."""

import json
import os
import platform
import shlex
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from nrg.base.code_hash import files_behind_factory
from nrg.base.files import file_sha256
from nrg.study.crafting_jobs import Job
from nrg.study.exhibits import Exhibit
from nrg.study.settings import Model, Settings

ARCHIVE_MARK = ".git_archival.txt"  # git archive puts the commit and its date into it
COMMAND = "NRG_COMMAND"  # in the environment of a run's jobs: how the run was started
PACKAGES = ("torch", "torchvision", "numpy", "pandas", "scikit-learn", "snakemake")


def git(folder: str | Path, *arguments: str) -> str:
    """What git says of the repository that a folder lies in, whatever its environment names.

    Raises:
        OSError, CalledProcessError: no git, or no repository.
    """
    command = ["git", "-C", str(folder), *arguments]
    own = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    done = subprocess.run(
        command, capture_output=True, check=True, env=own, encoding="utf-8", errors="replace"
    )
    return done.stdout.strip("\n")


def own_git(folder: str | Path, *arguments: str) -> str | None:
    """What git says of a folder that is itself the top of a repository; None of any other.

    The project may be unpacked inside a repository of something else.
    """
    try:
        top = git(folder, "rev-parse", "--show-toplevel")
        return git(folder, *arguments) if Path(top).resolve() == Path(folder).resolve() else None
    except (OSError, subprocess.CalledProcessError):
        return None


def archive_mark(folder: str | Path) -> tuple[str, str]:
    """The commit, and its date, that `git archive` wrote into an unpacked copy; else empty."""
    path = Path(folder, ARCHIVE_MARK)
    lines = path.read_text(encoding="utf-8").split() if path.is_file() else []
    marked = len(lines) == 2 and "$" not in "".join(lines)
    return (lines[0], lines[1]) if marked else ("", "")


def commit(folder: str | Path) -> str:
    """The git commit of the project's own repository, marked if tracked files differ from it.

    Of an archive that git made, the commit that it was made from; else "unknown".
    """
    found = own_git(folder, "rev-parse", "HEAD")
    if found is None:
        return archive_mark(folder)[0] or "unknown"
    dirty = own_git(folder, "status", "--porcelain", "--untracked-files=no")
    return found + (" (with local changes)" if dirty else "")


def untracked(folder: str | Path) -> list[str]:
    """Files of the project's own repository that git neither tracks nor ignores, folders as one."""
    found = own_git(folder, "status", "--porcelain", "-z", "--untracked-files=normal") or ""
    return sorted(entry[3:] for entry in found.split("\0") if entry.startswith("??"))


def commit_date(folder: str | Path) -> str:
    """When the commit of the project was made, ISO 8601; where it is unknown, today."""
    made = own_git(folder, "show", "--no-patch", "--format=%cI", "HEAD")
    return made or archive_mark(folder)[1] or datetime.now(UTC).date().isoformat()


def own_files(settings: Settings, given: Sequence[str]) -> list[dict[str, str]]:
    """The files of the user's own that say what to run: what each is, its path and its SHA-256.

    Args:
        given: configuration files.
    """
    found = {path: "configuration" for path in given}
    found |= {str(path): "suite" for path in settings.files}
    for model in settings.suite.zoo.values():
        for path in files_behind_factory(model.factory):
            found.setdefault(str(path), f"code behind {model.factory}")
        for path in model.files:
            found.setdefault(path, f"read by {model.name}")
    for key in ("labels", "classes"):
        if (path := getattr(settings.suite.data, key)) is not None:
            found.setdefault(path, key)
    return [
        {"what": what, "path": path, "sha256": file_sha256(Path(path).expanduser())}
        for path, what in found.items()
        if Path(path).expanduser().is_file()
    ]


def model_facts(model: Model) -> dict[str, str]:
    """How a model is built and what pixels it gets, in words."""
    size = model.input_size
    return {
        "factory": model.factory,
        "arguments": json.dumps(dict(model.arguments), sort_keys=True, ensure_ascii=False),
        "weights": str(model.weights),
        "mean": ", ".join(f"{value:g}" for value in model.mean),
        "std": ", ".join(f"{value:g}" for value in model.std),
        "input size": f"{size}×{size}" if size else "the images'",
    }


def command_line(
    config: Mapping[str, Any],
    base: Mapping[str, Any],
    files: Sequence[str] = (),
    options: Sequence[str] = ("--cores", "all"),
    path: str = "",
) -> str:
    """The snakemake command that runs this configuration.

    Args:
        base: what the configuration files say by themselves.
        files: those of them to be given.
        options: with which cores, jobs and resources.
        path: the PYTHONPATH that it was run with.
    """
    changed = {key: value for key, value in config.items() if base.get(key) != value}
    entries = [
        f"{key}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for key, value in changed.items()
    ]
    words = ["snakemake", *options]
    words += ["--configfile", *files] if files else []
    words += ["--config", *entries] if entries else []
    before = f"PYTHONPATH={shlex.quote(path)} " if path else ""
    return before + shlex.join(words)


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
    if exhibit.kind.attacks_mlps:
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
