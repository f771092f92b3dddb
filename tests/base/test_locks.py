"""A lock is held by one process, and is free when that process ends, however it ends."""

import os
import signal

import pytest
from nrg.base.errors import UserError
from nrg.base.locks import RUN, check_run, lock_folder, name_run, try_lock
from processes import start

HOLD = """
import sys
from nrg.base.locks import lock_folder
held = lock_folder(sys.argv[1])
print("held", flush=True)
input()
"""


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


def test_a_lock_is_free_once_its_file_is_closed(tmp_path):
    held = try_lock(tmp_path / "lock")
    assert try_lock(tmp_path / "lock") is None
    held.close()
    assert try_lock(tmp_path / "lock") is not None
