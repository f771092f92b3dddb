"""The disk space that a run takes, compared with what is free before its first job.

Imports neither torch nor Snakemake.
"""

from collections.abc import Sequence
from math import log10
from pathlib import Path

from nrg.base.errors import UserError
from nrg.base.files import free_space
from nrg.plan.tasks import Task


def most_temporary(tasks: Sequence[Task], at_once: int) -> int:
    """Bytes of temporary files at the worst moment.

    An adversarial set is scored before another is crafted, because Snakemake prefers jobs that let
    it delete files.

    Args:
        at_once: crafting jobs that run side by side.
    """
    crafting = [task for task in tasks if task.stage == "craft_adversarial_sets"]
    sizes = sorted((task.temporary for task in crafting if not task.held), reverse=True)
    sets = sum(task.temporary for task in crafting if task.held) + sum(sizes[:at_once])
    return max(sets, sum(task.temporary for task in tasks if task not in crafting))


def check_disk(tasks: Sequence[Task], at_once: int, folders: Sequence[str]) -> None:
    """Refuse a run that would fill the disk.

    Weights, tables and pictures are not counted.

    Args:
        tasks: what is to run, as if nothing of it existed yet.
        at_once: crafting jobs that run side by side.
        folders: of the results; what they hold already is subtracted.
    """
    existing = sum(map(bytes_below, folders))
    needed = max(0, sum(task.kept for task in tasks) - existing) + most_temporary(tasks, at_once)
    fullest = min(folders, key=free_space)  # one may be a link to another disk
    free = free_space(fullest)
    if needed > free:
        raise UserError(
            f"disk: this run takes about {format_bytes(needed)} more, and {format_bytes(free)} are "
            f"free at {Path(fullest).absolute()}: free some, attack fewer images "
            "(evaluation_images, shard_images), or keep no adversarial sets"
        )


def bytes_below(folder: str) -> int:
    """Bytes on disk of all files below a folder."""
    return sum(path.stat().st_blocks * 512 for path in Path(folder).rglob("*") if path.is_file())


def format_bytes(count: int) -> str:
    """A number of bytes as text: 1530000 as 1.5 MB."""
    power = min(int(log10(max(count, 1))) // 3, 4)
    return f"{count / 1000**power:.{min(power, 1)}f} {('B', 'kB', 'MB', 'GB', 'TB')[power]}"
