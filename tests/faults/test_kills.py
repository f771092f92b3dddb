"""Killed at any moment, the same command goes on, and ends as if nothing had been."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from inputs import ROOT
from workflow_runs import SMALL

pytestmark = pytest.mark.long
needs_proc = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="looks for jobs in Linux's /proc"
)

WHILE_CRAFTING, ANYWHERE = 15, 5
VICTIMS = ("workflow", "job", "both")
CRAFTING = "craft_adversarial_sets.py"
COMMAND = [
    sys.executable,
    "-m",
    "snakemake",
    "--snakefile",
    str(ROOT / "Snakefile"),
    "--cores",
    "2",
]
COMMAND += ["--config", f"suite={SMALL}", f"mlp_suite={SMALL}", "--directory"]


def start(folder: Path) -> subprocess.Popen:
    output = (folder / "output.txt").open("a")
    return subprocess.Popen([*COMMAND, str(folder)], stdout=output, stderr=output)


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
    run.wait(300)
    return jobs


def end(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def computing(folder: Path, since: float) -> bool:
    """Whether a crafting job has begun to compute since then, and has not ended."""
    for log in (folder / "logs/small/craft_adversarial_sets").rglob("*.log"):
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
    """All exhibits are the undisturbed run's, and nothing half-written is left."""
    expected = sorted((undisturbed / "exhibits").iterdir())
    assert expected
    for path in expected:
        ours = folder / "results/small/exhibits" / path.name
        assert ours.read_bytes() == path.read_bytes(), path.name
    assert not list((folder / "results").rglob(".*.part"))


@needs_proc
def test_twenty_kills_change_nothing(small_run, tmp_path):
    chance = random.Random(0)
    moments = [CRAFTING] * WHILE_CRAFTING + ["/scripts/"] * ANYWHERE
    chance.shuffle(moments)
    folder, ended = tmp_path / "0", 0
    folder.mkdir()
    for number, name in enumerate(moments):
        while not strike(
            run := start(folder), folder, name, VICTIMS[number % len(VICTIMS)], chance.uniform(0, 3)
        ):
            assert run.wait() == 0, (folder / "output.txt").read_text()[-5000:]
            check(folder, small_run[0] / "results/small")
            ended += 1  # all is done before the last kill: begin anew
            folder = tmp_path / str(ended)
            folder.mkdir()
    assert start(folder).wait(600) == 0, (folder / "output.txt").read_text()[-5000:]
    check(folder, small_run[0] / "results/small")


@needs_proc
def test_a_job_that_outlives_its_run_is_waited_for(small_run, tmp_path):
    """It stands still in the middle of a set until the next run has come to the same job."""
    folder = tmp_path / "run"
    shutil.copytree(small_run[0], folder, symlinks=True)
    shutil.rmtree(folder / "results/small/predictions/vgg13_bn")
    told, since = folder / "output.txt", time.time()
    first = start(folder)
    wait_for(lambda: computing(folder, since))
    (orphan,) = jobs_of(first, CRAFTING)
    os.kill(orphan, signal.SIGSTOP)
    first.kill()
    first.wait()
    second = start(folder)
    try:
        wait_for(lambda: "still running: waiting" in told.read_text())
    finally:
        os.kill(orphan, signal.SIGCONT)
    assert second.wait(300) == 0, told.read_text()
    assert "it has finished, and its results are used" in told.read_text()
    check(folder, small_run[0] / "results/small")


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    until = time.time() + seconds
    while not condition():
        assert time.time() < until
        time.sleep(0.05)
