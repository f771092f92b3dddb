"""One function called for many things, in several processes at once."""

import os
import signal
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import Any

from nrg.base.errors import UserError


def run_each(
    function: Callable[..., None], calls: Iterable[tuple[Any, ...]], processes: int
) -> None:
    """Call a function with each of several tuples of arguments.

    With one process all calls are made in this one. Otherwise processes are forked from it, so
    that what takes long to import or read is imported and read once; this process must not have
    computed anything with several threads before.

    Args:
        function: one with a name in its module, because it is sent by its name.

    Raises:
        UserError: a process was killed.
        Exception: whatever a call raises; calls that have not begun are then dropped.
    """
    if processes == 1:
        for arguments in calls:
            function(*arguments)
        return
    pool = ProcessPoolExecutor(processes, get_context("fork"), end_with_parent)
    try:
        with pool:
            list(pool.map(function, *zip(*calls, strict=True)))
    except BrokenProcessPool as error:
        raise UserError(
            "a process of this job was killed, as happens when memory runs out: run fewer jobs at "
            "once, with less --cores"
        ) from error


def end_with_parent() -> None:
    """End this process as soon as the one that forked it has ended, however it ended."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # at once, and not before the next call
    parent = parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
