"""The disk that a run takes, held against what is free before its first job.

Imports neither torch nor Snakemake.
"""

from collections.abc import Iterable, Sequence
from math import log10
from pathlib import Path

from nrg.base.errors import UserError
from nrg.base.files import free_space
from nrg.plan.tasks import Task


def most_beside(tasks: Sequence[Task], at_once: int) -> int:
    """Bytes of temporary files at the worst moment.

    A set is scored before another is crafted, for Snakemake prefers jobs that let it delete files.

    Args:
        at_once: crafting jobs that run side by side.
    """
    crafting = [task for task in tasks if task.stage == "craft_adversarial_sets"]
    sizes = sorted((task.temporary for task in crafting if not task.held), reverse=True)
    sets = sum(task.temporary for task in crafting if task.held) + sum(sizes[:at_once])
    return max(sets, sum(task.temporary for task in tasks if task not in crafting))


def check_disk(tasks: Sequence[Task], at_once: int, folders: Iterable[str]) -> None:
    """Refuse a run that would fill the disk; weights, tables and pictures are not counted.

    Args:
        tasks: what is to run, as if nothing of it were there yet.
        folders: of the results; what they hold already is subtracted.

    Raises:
        UserError: less is free than the run needs.
    """
    folders = list(folders)
    there = sum(map(bytes_below, folders))
    needed = max(0, sum(task.kept for task in tasks) - there) + most_beside(tasks, at_once)
    fullest = min(folders, key=free_space)  # one may be a link to another disk
    free = free_space(fullest)
    if needed > free:
        raise UserError(
            f"disk: this run takes about {size(needed)} more, and {size(free)} are free at "
            f"{Path(fullest).absolute()}: free some, attack fewer images (evaluation_images, "
            "shard_images), or keep no adversarial sets"
        )


def bytes_below(folder: str) -> int:
    return sum(path.stat().st_blocks * 512 for path in Path(folder).rglob("*") if path.is_file())


def size(count: int) -> str:
    """1530000 as 1.5 MB."""
    power = min(int(log10(max(count, 1))) // 3, 4)
    return f"{count / 1000**power:.{min(power, 1)}f} {('B', 'kB', 'MB', 'GB', 'TB')[power]}"
