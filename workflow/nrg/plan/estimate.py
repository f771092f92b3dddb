"""From a plan and a measurement to what a run takes: time, disk and memory, as text.

Imports neither torch nor Snakemake.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from nrg.base.progress import duration
from nrg.data.dataset_size import DataSetSize
from nrg.plan.disk import most_beside, size
from nrg.plan.tasks import Task, candidates
from nrg.study.suite import Suite

COLUMNS = {
    "gradient": "gradients",
    "forward": "forward passes",
    "training": "training passes",
    "transform": "transformed",
}

LONG = 30 * 60  # seconds of a job that one would not lose
IN_PASSING = 1.1  # memory beside weights and activations, on a CPU a tenth of them


@dataclass(frozen=True)
class Timing:
    """What was measured of one network.

    Attributes:
        seconds: of each kind of pass: a job's "load", the others an image.
        microbatch: images that go through it at once.
        at_once: those that a gradient was measured on, maybe fewer.
        weights: bytes of its parameters and statistics.
        activations: bytes that a gradient of an image keeps for the way back.
    """

    seconds: Mapping[str, float]
    microbatch: int
    at_once: int
    weights: int
    activations: int


@dataclass(frozen=True)
class Machine:
    """What a short measurement found.

    Attributes:
        device: its name.
        cores, gpus: that jobs may use together; gpus is 0 where jobs compute on the CPU.
        gpu_memory: bytes of one GPU.
        load: programs a core that were at work when it began.
        start: seconds that a job takes to begin.
        base: bytes of memory that it has then.
        transformations: seconds an image.
    """

    device: str
    cores: int
    gpus: int
    gpu_memory: int
    load: float
    start: float
    base: int
    networks: Mapping[str, Timing]
    transformations: Mapping[str, float]

    def side_by_side(self, task: Task) -> int:
        """How many jobs like this one run at once."""
        by_cores = max(1, self.cores // task.threads)
        return min(by_cores, self.gpus) if self.gpus and task.runtime else by_cores

    def most_beside(self, tasks: Sequence[Task]) -> int:
        """Bytes of temporary files at the worst moment."""
        crafting = [task for task in tasks if task.stage == "craft_adversarial_sets"]
        return most_beside(tasks, max(map(self.side_by_side, crafting), default=0))

    def seconds(self, task: Task) -> float:
        return self.start + sum(self.pass_seconds(*key) * n for key, n in task.passes.items())

    def pass_seconds(self, kind: str, name: str) -> float:
        if kind == "transform":
            return self.transformations[name]
        return self.networks[name].seconds[kind]

    def memory(self, task: Task) -> int:
        """Bytes of a job that takes gradients, on the device it computes on."""
        own = [self.networks[name] for name in task.together]
        passes = sum(network.weights + network.microbatch * network.activations for network in own)
        return round(IN_PASSING * passes) + (0 if self.gpus else self.base)

    def kept(self, task: Task) -> int:
        """Bytes on disk that stay."""
        return task.kept + sum(self.networks[name].weights for name in task.saves)


def elapsed(tasks: Sequence[Task], machine: Machine) -> float:
    """Seconds of the run: all cores busy, but never less than its longest job."""
    shared = sum(machine.seconds(task) / machine.side_by_side(task) for task in tasks)
    return max(shared, *(machine.seconds(task) for task in tasks))


def describe(
    suite: Suite, data: DataSetSize, tasks: Sequence[Task], machine: Machine, free: int
) -> str:
    """Jobs by stage, passes by network, then time, disk and memory, and what may go wrong.

    Args:
        data: what the suite reads.
        free: bytes of disk, where the results will be.
    """
    stages: dict[str, list[Task]] = {}
    for task in tasks:
        stages.setdefault(task.stage, []).append(task)
    rows = [stage_row(stage, own, machine) for stage, own in stages.items()]
    largest = max(tasks, key=machine.memory)
    attacking = any("+" in task.name for task in tasks)
    of_ensembles = f", {suite.subset_images:,} of them for ensembles" if attacking else ""
    lines = [
        f"{suite.title}: {suite.evaluation_images:,} images{of_ensembles}, out of "
        f"{candidates(suite, data):,}",
        laid_out([*rows, stage_row("all", tasks, machine)]),
        laid_out([network_row(name, tasks, machine) for name in machine.networks]),
        f"Time    about {duration(elapsed(tasks, machine))} on {machine.device}; jobs that run "
        f"networks at once: {machine.side_by_side(stages['predict_clean'][0])}\n"
        f"Disk    {size(sum(map(machine.kept, tasks)))}, and on the way up to "
        f"{size(machine.most_beside(tasks))} more; {size(free)} are free\n"
        f"Memory  about {size(machine.memory(largest))} in {largest.name}",
        "\n".join([*remarks(machine), *warnings(suite, data, tasks, machine, free)]),
    ]
    return "\n\n".join(lines)


def stage_row(stage: str, tasks: Sequence[Task], machine: Machine) -> dict[str, str]:
    kept = sum(map(machine.kept, tasks))
    return {
        "stage": stage,
        "jobs": thousands(len(tasks)),
        "time of jobs": duration(sum(map(machine.seconds, tasks))),
        "disk": size(kept) if kept else "",
        **{
            column: thousands(sum(task.count(kind) for task in tasks))
            for kind, column in COLUMNS.items()
        },
    }


def network_row(name: str, tasks: Iterable[Task], machine: Machine) -> dict[str, str]:
    timed = machine.networks[name].seconds
    counts = {kind: sum(task.passes.get((kind, name), 0) for task in tasks) for kind in timed}
    row = {"network": name, "time of jobs": duration(sum(counts[k] * timed[k] for k in timed))}
    for kind in [kind for kind in COLUMNS if kind in timed]:
        row |= {COLUMNS[kind]: thousands(counts[kind]), f"{kind}/s": rate(1 / timed[kind])}
    return row


def laid_out(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows as a table: the first column to the left, the others to the right, no empty column."""
    table = pd.DataFrame(rows).fillna("")
    table = table.loc[:, (table != "").any()]
    first = table.columns[0]
    text = table.set_index(first).rename_axis(index=None, columns=first).to_string()
    return "\n".join(line.rstrip() for line in text.splitlines())


def thousands(count: int) -> str:
    return f"{count:,}" if count else ""


def rate(value: float) -> str:
    """Three digits of it."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def remarks(machine: Machine) -> Iterator[str]:
    """What the numbers hold and what they do not."""
    yield "All is counted as if nothing were there yet; `snakemake --dry-run` lists what is left."
    yield (
        f"Of downloads, reading and drawing, the time holds the {machine.start:.1f} s in which a "
        "job begins, and no more; the disk does not hold tables, pictures and the report."
    )
    fewer = [
        f"{name} ({timing.at_once} of {timing.microbatch})"
        for name, timing in machine.networks.items()
        if timing.at_once < timing.microbatch
    ]
    if fewer:
        yield (
            "Timed on fewer images at once than jobs compute on, which would take long: "
            f"{', '.join(fewer)}."
        )


def warnings(
    suite: Suite, data: DataSetSize, tasks: Sequence[Task], machine: Machine, free: int
) -> Iterator[str]:
    """What would end the run, or may, and what makes the estimate wrong."""
    if machine.load > 1:
        yield (
            f"Warning: {machine.load:.1f} programs a core are at work here; alone, networks may be "
            "many times as fast"
        )
    there = candidates(suite, data)
    if there < suite.evaluation_images:
        yield (
            f"Warning: there are {there:,} candidates, and evaluation_images asks for "
            f"{suite.evaluation_images:,}; the run would stop there"
        )
    needed = sum(map(machine.kept, tasks)) + machine.most_beside(tasks)
    if needed > free:
        yield f"Warning: {size(needed)} of disk are needed, and {size(free)} are free"
    late = [task for task in tasks if task.runtime and machine.seconds(task) > 60 * task.runtime]
    if late:
        worst = max(late, key=machine.seconds)
        yield (
            f"Warning: a scheduler would end {len(late)} jobs after {worst.runtime} minutes, their "
            f"'runtime'; the longest, {worst.name}, takes {duration(machine.seconds(worst))}"
        )
    crafting = [task for task in tasks if task.stage == "craft_adversarial_sets"]
    long = [task for task in crafting if machine.seconds(task) > LONG]
    if long:
        worst = max(long, key=machine.seconds)
        yield (
            f"Warning: {len(long)} crafting jobs take more than {duration(LONG)}, which is lost if "
            f"they are; the longest, {worst.name}, takes {duration(machine.seconds(worst))}: "
            f"shard_images, a multiple of {suite.microbatch}, cuts them"
        )
    memory = max(map(machine.memory, tasks))
    allowed = machine.gpu_memory if machine.gpus else suite.mem_mb * 10**6
    if memory > allowed:
        limit = "a GPU has" if machine.gpus else "'mem_mb' allows"
        yield f"Warning: {size(memory)} of memory are needed, and {limit} {size(allowed)}"
