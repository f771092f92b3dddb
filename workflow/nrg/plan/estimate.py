"""From a plan to disk space, and with a measurement of the machine to time and memory.

Imports neither torch nor Snakemake.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log10
from pathlib import Path

from nrg.base.errors import UserError
from nrg.base.files import free_space
from nrg.plan.tasks import Pass, Task

PEAK = 1.1  # measured peak of memory, divided by weights plus activations (CPU)


@dataclass(frozen=True)
class Timing:
    """What was measured of one network.

    Attributes:
        seconds: of each kind of pass: "load" per job, the others per image.
        microbatch: images that go through it at once.
        timed_batch: batch size at which the gradient was timed; smaller than `microbatch` where a
            full one would take too long.
        weights: bytes of its parameters and buffers.
        activations: bytes that its quick form keeps for the backward pass, per image.
        given_activations: bytes that the network as given keeps for it, per image.
    """

    seconds: Mapping[str, float]
    microbatch: int
    timed_batch: int
    weights: int
    activations: int
    given_activations: int


@dataclass(frozen=True)
class Machine:
    """What a short measurement of the machine found.

    Attributes:
        device: its name.
        cores: that jobs may use together.
        gpus: that jobs may use together; 0 where jobs compute on the CPU.
        main_memory: bytes of the machine's memory, without GPUs'.
        gpu_memory: bytes of one GPU.
        load: running programs per core when the measurement began.
        start: seconds that a job takes to begin.
        base: bytes of memory of a job that has started and done nothing.
        networks: what was measured of each network.
        transformations: seconds per image of each transformation.
    """

    device: str
    cores: int
    gpus: int
    main_memory: int
    gpu_memory: int
    load: float
    start: float
    base: int
    networks: Mapping[str, Timing]
    transformations: Mapping[str, float]

    def side_by_side(self, task: Task) -> int:
        """How many jobs like this one run at once."""
        by_cores = max(1, self.cores // task.threads)
        return min(by_cores, self.gpus) if self.gpus and task.runs_network else by_cores

    def temporary(self, tasks: Sequence[Task]) -> int:
        """Bytes of temporary files at the worst moment."""
        crafting = [task for task in tasks if task.stage == "craft_adversarial_sets"]
        return most_temporary(tasks, max(map(self.side_by_side, crafting), default=0))

    def seconds(self, task: Task) -> float:
        """Seconds that a job takes."""
        passes = task.passes.items()
        return self.start + sum(self.pass_seconds(each) * count for each, count in passes)

    def pass_seconds(self, each: Pass) -> float:
        """Seconds of one pass: per job if it loads a network, else per image."""
        if each.kind == "transform":
            return self.transformations[each.name]
        return self.networks[each.name].seconds[each.kind]

    def elapsed(self, tasks: Sequence[Task]) -> float:
        """Seconds of the run: with all cores busy, but never less than its longest job."""
        shared = sum(self.seconds(task) / self.side_by_side(task) for task in tasks)
        lasting = (self.seconds(t) / min(t.parts, self.side_by_side(t)) for t in tasks)
        return max(shared, *lasting)

    def memory(self, task: Task) -> int:
        """Bytes of memory, of the GPU or else of the CPU, that a job with gradients needs."""
        sizes = [0]
        for timing in map(self.networks.__getitem__, task.together):
            activations = timing.given_activations if task.as_given else timing.activations
            sizes.append(timing.weights + timing.microbatch * activations)
        needed = max(sizes) if task.as_given else sum(sizes)
        return round(PEAK * needed) + (0 if self.gpus else self.base)

    def kept(self, task: Task) -> int:
        """Bytes on disk that stay."""
        return task.kept + sum(self.networks[name].weights for name in task.saves)


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
