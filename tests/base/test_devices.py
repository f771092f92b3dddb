"""A GPU is reserved for one process at a time, and is free again when the process ends."""

import os
import signal
import subprocess
import sys

import pytest
from inputs import ROOT
from nrg.base.devices import count_gpus, visible_gpus

HOLD = "from nrg.base.devices import lease_gpu; print(lease_gpu(), flush=True); input()"


@pytest.fixture
def holders(tmp_path):
    """A function that starts a process which reserves one of two fake GPUs and keeps it."""
    running = []

    def start(**given: str) -> subprocess.Popen:
        environment = os.environ | {
            "PYTHONPATH": str(ROOT / "workflow"),
            "CUDA_VISIBLE_DEVICES": "fake-3,fake-5",
            "TMPDIR": str(tmp_path),
        }
        environment.pop("SLURM_JOB_ID", None)
        environment |= given
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def test_two_jobs_never_share_a_gpu_and_a_killed_one_frees_it(holders):
    first, second = holders(), holders()
    taken = [process.stdout.readline().strip() for process in (first, second)]
    assert sorted(taken) == ["fake-3", "fake-5"]
    third = holders()
    with pytest.raises(subprocess.TimeoutExpired):
        third.wait(timeout=1.5)
    second.send_signal(signal.SIGKILL)
    assert third.stdout.readline().strip() == taken[1]


def test_jobs_of_one_allocation_share_its_gpus_and_others_have_their_own(holders):
    """A scheduler may give the number 0 to the only GPU of each of its jobs."""
    leased = [
        holders(CUDA_VISIBLE_DEVICES=gpus, SLURM_JOB_ID=job).stdout.readline().strip()
        for job, gpus in (("7", "0,1"), ("7", "0,1"), ("8", "0"))
    ]
    assert leased == ["0", "1", "0"]


def test_visible_gpus_are_those_that_the_environment_names(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,2")
    assert visible_gpus() == ["0", "2"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert visible_gpus() == []


def test_the_number_of_gpus_that_a_job_requests():
    assert count_gpus("cpu") == 0
    assert count_gpus("cuda") == 1
