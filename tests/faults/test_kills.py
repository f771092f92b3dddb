"""Killed at any moment, the same command goes on, and ends as if nothing had been."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from inputs import ROOT
from processes import wait_for
from workflow_runs import LIGHT

pytestmark = pytest.mark.long
needs_proc = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="looks for jobs in Linux's /proc"
)

WHILE_CRAFTING, ANYWHERE = 15, 5
VICTIMS = ("workflow", "job", "both")
CRAFTING = "craft_adversarial_sets.py"


def start(folder: Path, *arguments: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--directory", str(folder), *arguments]
    output = (folder / "output.txt").open("a")
    return subprocess.Popen(command, stdout=output, stderr=output)


def children(process: int) -> list[int]:
    """Processes that descend from one, with it."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
        except OSError:
            continue
        parents[int(folder.name)] = int(stat.rsplit(")", 1)[1].split()[1])
    found = {process}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def command_of(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text(encoding="utf-8")
    except OSError:
        return ""


def jobs_of(run: subprocess.Popen, name: str = "/scripts/") -> list[int]:
    """The Python processes of a run's jobs, or of those of one script."""
    own = [child for child in children(run.pid) if child != run.pid]
    return [
        child for child in own if ".snakemake/scripts" in (c := command_of(child)) and name in c
    ]


def kill(run: subprocess.Popen, whom: str, name: str = "/scripts/") -> list[int]:
    """SIGKILL to the workflow, to its jobs, or to both; returns the jobs that were there."""
    jobs = jobs_of(run, name)
    if whom != "workflow":
        for job in jobs:
            end(job)
    if whom != "job":
        run.kill()
    run.wait(900)
    return jobs


def end(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def computing(folder: Path, since: float) -> bool:
    """Whether a crafting job has begun to compute since then, and has not ended."""
    for log in (folder / "logs/light/craft_adversarial_sets").rglob("*.log"):
        with suppress(OSError):
            text = log.read_text()
            if log.stat().st_mtime > since and " thread" in text and "peak" not in text:
                return True
    return False


def strike(run: subprocess.Popen, folder: Path, name: str, whom: str, delay: float) -> bool:
    """Kill once a job of this name has worked for a while; False if the run ends before.

    One that crafts has worked since it computes, imports and all apart.
    """
    since = time.time()
    while run.poll() is None:
        if jobs_of(run, name) and (name != CRAFTING or computing(folder, since)):
            time.sleep(delay)
            if jobs_of(run, name):
                kill(run, whom, name)
                return True
        time.sleep(0.05)
    return False


def check(folder: Path, undisturbed: Path) -> None:
    """All results are the undisturbed run's, and nothing half-written is left."""
    for kind in ("exhibits/*", "predictions/*/*.parquet"):
        expected = sorted((undisturbed / "results/light").glob(kind))
        assert expected
        for path in expected:
            ours = folder / path.relative_to(undisturbed)
            assert ours.read_bytes() == path.read_bytes(), path.name
    assert not list((folder / "results").rglob(".*.part"))


@needs_proc
def test_twenty_kills_change_nothing(light_run, tmp_path):
    """By turns one job runs at a time, and two; adversarial sets are temporary, as by default."""
    arguments = ["--config", f"suite={LIGHT}", "exhibits=figure3b"]
    chance = random.Random(3)  # its first two kills come before anything is crafted
    moments = [(CRAFTING, chance.uniform(0, 1)) for _ in range(WHILE_CRAFTING)]
    moments += [("/scripts/", chance.uniform(0, 3)) for _ in range(ANYWHERE)]
    chance.shuffle(moments)
    output = tmp_path / "output.txt"
    for number, (name, delay) in enumerate(moments):
        victim, cores = VICTIMS[number % len(VICTIMS)], str(1 + number % 2)
        while not strike(
            run := start(tmp_path, "--cores", cores, *arguments), tmp_path, name, victim, delay
        ):
            assert run.wait() == 0, output.read_text()[-5000:]
            check(tmp_path, light_run[0])
            shutil.rmtree(tmp_path / "results/light/predictions")  # so that it crafts again
    run = start(tmp_path, "--cores", "2", *arguments)
    assert run.wait(600) == 0, output.read_text()[-5000:]
    check(tmp_path, light_run[0])


@needs_proc
def test_a_job_that_outlives_its_run_is_waited_for(light_run, tmp_path):
    """It stands still in the middle of a set until the next run has come to the same job."""
    finished, arguments = light_run
    folder = tmp_path / "run"
    shutil.copytree(finished, folder, symlinks=True)
    results = folder / "results/light"
    shutil.rmtree(results / "predictions/vgg13_bn")
    next((results / "adversarial/vgg13_bn").rglob("*.safetensors")).unlink()
    (results / "exhibits/figure3b.csv").unlink()
    told, since = folder / "output.txt", time.time()
    arguments = ["--cores", "2", *arguments, "--", "results/light/exhibits/figure3b.csv"]
    first = start(folder, *arguments)
    wait_for(lambda: computing(folder, since))
    (orphan,) = jobs_of(first, CRAFTING)
    os.kill(orphan, signal.SIGSTOP)
    first.kill()
    first.wait()
    second = start(folder, *arguments)
    try:
        wait_for(lambda: "still running: waiting" in told.read_text())
    finally:
        os.kill(orphan, signal.SIGCONT)
    assert second.wait(900) == 0, told.read_text()
    assert "it has finished, and its results are used" in told.read_text()
    check(folder, finished)
