"""Calls that are made in several processes."""

import os
import signal
from pathlib import Path

import pytest
from nrg.base.errors import UserError
from nrg.base.files import DamagedFile
from nrg.base.processes import run_each
from processes import start, wait_for


def write_process(path: Path, text: str) -> None:
    path.write_text(f"{text} {os.getpid()}")


def fail(path: Path) -> None:
    raise DamagedFile(path, "its last byte is wrong")


def die(path: Path) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("processes", [1, 2])
def test_every_call_is_made_once(tmp_path, processes):
    paths = [tmp_path / name for name in "abcd"]
    run_each(write_process, zip(paths, "1234", strict=True), processes)
    texts, makers = zip(*(path.read_text().split() for path in paths), strict=True)
    assert texts == tuple("1234")
    assert ({*makers} == {str(os.getpid())}) == (processes == 1)


@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_has_the_message_it_was_raised_with(processes):
    with pytest.raises(UserError, match=r"a\.txt is damaged \(its last byte is wrong\); delete it"):
        run_each(fail, [("a.txt",), ("b.txt",)], processes)


def test_a_process_that_is_killed_is_told(tmp_path):
    with pytest.raises(UserError, match="was killed, as happens when memory runs out"):
        run_each(die, [(tmp_path,)], 2)


ENDLESS = """
import os, sys, time
from pathlib import Path
from nrg.base.processes import run_each

def wait(path):
    Path(path).write_text(str(os.getpid()))
    time.sleep(1000)

run_each(wait, [(path,) for path in sys.argv[1:]], 2)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_outlives_the_one_that_forked_it(tmp_path, number):
    paths = [tmp_path / "first", tmp_path / "second"]
    parent = start(ENDLESS, *paths)
    wait_for(lambda: all(path.is_file() and path.read_text() for path in paths))
    parent.send_signal(number)
    parent.communicate()
    wait_for(lambda: not any(is_alive(int(path.read_text())) for path in paths))


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{process}/stat")  # where nothing collects the dead they stay, as zombies
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"
