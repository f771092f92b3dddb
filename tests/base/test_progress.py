"""Jobs log what they do, explain errors that users can fix, and report the progress of loops."""

import errno
import os

import pytest
from nrg.base import progress
from nrg.base.errors import UserError
from nrg.base.progress import Progress, explain_error, format_duration, log, log_job
from processes import start

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


def test_a_job_waits_for_the_same_job_of_an_earlier_run(tmp_path):
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


@pytest.mark.parametrize(
    ("seed", "ends", "taken"),
    [("0", "finish", True), ("1", "finish", False), ("0", "fail", False)],
)
def test_results_that_a_job_of_an_earlier_run_finished_meanwhile_are_used(
    tmp_path, seed, ends, taken
):
    """They are not used if the earlier job had other settings, or failed."""
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


def test_messages_and_the_peak_of_memory_are_in_the_log(tmp_path, capsys):
    with log_job(tmp_path / "logs/job.log", "craft"):
        log.info("at work")
    first, last = (tmp_path / "logs/job.log").read_text().splitlines()
    assert first.endswith("[craft] at work")
    assert "[craft] peak memory" in last
    assert "[craft] at work" in capsys.readouterr().err


def test_an_error_that_users_can_fix_ends_the_process_without_a_traceback(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended, log_job(tmp_path / "job.log", "craft"):
        raise UserError("images: there is no folder")
    assert ended.value.code == 1
    assert (tmp_path / "job.log").read_text().endswith("error: images: there is no folder\n")
    assert "Traceback" not in capsys.readouterr().err


def test_the_traceback_of_another_error_is_in_the_log(tmp_path):
    with pytest.raises(ZeroDivisionError), log_job(tmp_path / "job.log", "craft"):
        raise ZeroDivisionError
    assert "Traceback" in (tmp_path / "job.log").read_text()


def test_errors_that_users_can_fix_are_explained():
    assert explain_error(UserError("what to do")) == "what to do"
    assert "smaller microbatch" in explain_error(MemoryError())
    for code in (errno.ENOSPC, errno.EDQUOT):
        assert "free some space" in explain_error(OSError(code, os.strerror(code)))
    assert "free some space" in explain_error(ValueError(f"I/O: {os.strerror(errno.ENOSPC)}"))
    assert explain_error(OSError(errno.ENOENT, "no file")) is None


def test_progress_is_reported_now_and_then_and_at_the_end(monkeypatch, caplog):
    times = iter([0.0, 4.0, 12.0, 12.0, 13.0, 20.0, 20.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(times))
    caplog.set_level("INFO", "nrg")
    with Progress("images", 40) as loop:
        for count in (10, 20, 10):
            loop.advance(count)
    assert caplog.messages == [
        "30 of 40 images (75%), 2.5/s, 4 s left",
        "40 of 40 images (100%), 2/s, in 20 s",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (90, "1 min 30 s"), (3 * 3600 + 65, "3 h 1 min"), (4e6, "1,111 h")],
)
def test_durations_are_readable(seconds, text):
    assert format_duration(seconds) == text
