"""A lock is held by one process, and free when that ends, however it ends."""

import os
import signal
import subprocess
import sys

import pytest
from inputs import ROOT
from nrg.base.errors import UserError
from nrg.base.locks import RUN, check_run, lock_folder, name_run, try_lock

HOLD = """
import sys
from nrg.base.locks import lock_folder
held = lock_folder(sys.argv[1])
print("held", flush=True)
input()
"""
JOB = """
import sys
from nrg.base.progress import log, log_job
with log_job(sys.argv[1], sys.argv[2]):
    log.info("at work")
    input()
"""
WORKER = """
import sys
from pathlib import Path
from nrg.base.progress import log, log_job, identify_work
path, seed, made = sys.argv[1:]
with log_job(path, "craft", identify_work([made], [sys.executable], {"seed": seed})):
    log.info("at work")
    if input() == "finish":
        Path(made).write_text(seed)
    else:
        sys.exit(1)
"""


def start(code: str, *arguments: object) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return process


def test_a_folder_has_one_run_and_is_free_when_it_is_killed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = start(HOLD, "results/digits")
    assert run.stdout.readline().strip() == "held"
    with pytest.raises(UserError, match=r"another run is at work in .*results/digits: wait"):
        lock_folder("results/digits")
    run.send_signal(signal.SIGKILL)
    run.communicate()
    lock_folder("results/digits").close()


def test_a_job_that_waited_while_another_run_began_does_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(RUN, raising=False)
    check_run("results/digits")  # of which nothing is known
    name_run()
    lock_folder("results/digits").close()
    check_run("results/digits")
    queued = os.environ[RUN]
    name_run()
    lock_folder("results/digits").close()
    monkeypatch.setenv(RUN, queued)
    with pytest.raises(UserError, match="this job's run has ended, and another one is at work"):
        check_run("results/digits")


def test_a_job_waits_for_itself_of_an_earlier_run(tmp_path):
    path = tmp_path / "logs/job.log"
    orphan = start(JOB, path, "orphan")
    assert "at work" in orphan.stderr.readline()
    path.unlink()  # as Snakemake does before it starts a job
    again = start(JOB, path, "again")
    assert "of an earlier run is still running: waiting" in again.stderr.readline()
    orphan.communicate("\n")
    assert "[again] at work" in again.stderr.readline()
    again.communicate("\n")
    assert again.returncode == orphan.returncode == 0
    assert "orphan" not in path.read_text()


def test_a_lock_is_free_once_its_file_is_closed(tmp_path):
    held = try_lock(tmp_path / "lock")
    assert try_lock(tmp_path / "lock") is None
    held.close()
    assert try_lock(tmp_path / "lock") is not None


@pytest.mark.parametrize(
    ("seed", "ends", "taken"),
    [("0", "finish", True), ("1", "finish", False), ("0", "fail", False)],
)
def test_what_a_job_of_an_earlier_run_finished_meanwhile_is_taken(tmp_path, seed, ends, taken):
    """But not if it had other settings, or failed."""
    path, made = tmp_path / "logs/job.log", tmp_path / "made"
    orphan = start(WORKER, path, "0", made)
    assert "at work" in orphan.stderr.readline()
    path.unlink()
    again = start(WORKER, path, seed, made)
    assert "still running: waiting" in again.stderr.readline()
    orphan.communicate(f"{ends}\n")
    _, said = again.communicate("finish\n")
    assert again.returncode == 0
    assert ("its results are used" in said) == taken
    assert ("at work" in said) != taken
    assert made.read_text() == seed
