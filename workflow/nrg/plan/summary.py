"""What a run takes, as text: jobs, passes, time, disk space, memory, and what may go wrong.

Imports neither torch nor Snakemake.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pandas as pd

from nrg.base.progress import format_duration
from nrg.data.dataset_size import DataSetSize
from nrg.plan.estimate import Machine, format_bytes
from nrg.plan.tasks import Pass, Task, count_candidates
from nrg.study.suite import Suite

COLUMNS = {
    "gradient": "gradients",
    "forward": "forward passes",
    "training": "training passes",
    "transform": "transformed",
}
LONG = 30 * 60  # seconds of a job that one would not like to lose


def summarise(
    suite: Suite, data: DataSetSize, tasks: Sequence[Task], machine: Machine, free: int
) -> str:
    """Jobs by stage, passes by network, then time, disk space and memory, and what may go wrong.

    Args:
        data: the size of the suite's data set.
        free: bytes of disk space where the results will be.
    """
    stages: dict[str, list[Task]] = {}
    for task in tasks:
        stages.setdefault(task.stage, []).append(task)
    rows = [stage_row(stage, jobs, machine) for stage, jobs in stages.items()]
    largest = max(tasks, key=machine.memory)
    networks = next(task for task in tasks if task.runs_network)
    attacking = any("+" in task.name for task in tasks)
    of_ensembles = f", {suite.subset_images:,} of them for ensembles" if attacking else ""
    parts = [
        f"{suite.title}: {suite.evaluation_images:,} images{of_ensembles}, out of "
        f"{count_candidates(suite, data):,}",
        align([*rows, stage_row("all", tasks, machine)]),
        align([network_row(name, tasks, machine) for name in machine.networks]),
        f"Time    about {format_duration(machine.elapsed(tasks))} on {machine.device}; jobs that "
        f"run networks at once: {machine.side_by_side(networks)}\n"
        f"Disk    {format_bytes(sum(map(machine.kept, tasks)))}, and up to "
        f"{format_bytes(machine.temporary(tasks))} more during the run; {format_bytes(free)} are "
        "free\n"
        f"Memory  about {format_bytes(machine.memory(largest))} in {largest.stage} {largest.name}",
        "\n".join([*remarks(machine), *warnings(suite, data, tasks, machine, free)]),
    ]
    return "\n\n".join(parts)


def stage_row(stage: str, tasks: Sequence[Task], machine: Machine) -> dict[str, str]:
    kept = sum(map(machine.kept, tasks))
    return {
        "stage": stage,
        "jobs": format_count(len(tasks)),
        "time of jobs": format_duration(sum(map(machine.seconds, tasks))),
        "disk": format_bytes(kept) if kept else "",
        **{
            column: format_count(sum(task.count(kind) for task in tasks))
            for kind, column in COLUMNS.items()
        },
    }


def network_row(name: str, tasks: Iterable[Task], machine: Machine) -> dict[str, str]:
    seconds = machine.networks[name].seconds
    counts = {kind: sum(task.passes.get(Pass(kind, name), 0) for task in tasks) for kind in seconds}
    total = sum(counts[kind] * seconds[kind] for kind in seconds)
    row = {"network": name, "time of jobs": format_duration(total)}
    for kind, column in COLUMNS.items():
        if kind in seconds:
            row |= {column: format_count(counts[kind]), f"{kind}/s": format_rate(1 / seconds[kind])}
    return row


def align(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows as a table: the first column to the left, the others to the right, no empty column."""
    table = pd.DataFrame(rows).fillna("")
    table = table.loc[:, (table != "").any()]
    first = table.columns[0]
    text = table.set_index(first).rename_axis(index=None, columns=first).to_string()
    return "\n".join(line.rstrip() for line in text.splitlines())


def format_count(count: int) -> str:
    return f"{count:,}" if count else ""


def format_rate(value: float) -> str:
    """A rate to three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def remarks(machine: Machine) -> Iterator[str]:
    """What the numbers include and what they do not."""
    yield (
        "All is counted as if nothing existed yet; `snakemake --dry-run` lists what is left to do."
    )
    yield (
        "Downloads, reading and drawing are counted as start-up time only "
        f"({machine.start:.1f} s per job); disk space does not include tables, pictures and the "
        "report."
    )
    fewer = [
        f"{name} ({timing.timed_batch} of {timing.microbatch})"
        for name, timing in machine.networks.items()
        if timing.timed_batch < timing.microbatch
    ]
    if fewer:
        yield (
            "Timed on fewer images at once than jobs compute on, because that would take long: "
            f"{', '.join(fewer)}."
        )


def warnings(
    suite: Suite, data: DataSetSize, tasks: Sequence[Task], machine: Machine, free: int
) -> Iterator[str]:
    """What would end the run, or may, and what makes the estimate wrong."""
    if machine.load > 1:
        yield (
            f"Warning: {machine.load:.1f} programs per core are running on this machine; without "
            "them, networks may be many times as fast"
        )
    candidates = count_candidates(suite, data)
    if candidates < suite.evaluation_images:
        yield (
            f"Warning: there are {candidates:,} candidates, and evaluation_images asks for "
            f"{suite.evaluation_images:,}; the run would stop there"
        )
    needed = sum(map(machine.kept, tasks)) + machine.temporary(tasks)
    if needed > free:
        yield (
            f"Warning: {format_bytes(needed)} of disk space are needed, and {format_bytes(free)} "
            "are free"
        )
    late = [task for task in tasks if task.runtime and machine.seconds(task) > 60 * task.runtime]
    if late:
        longest = max(late, key=machine.seconds)
        yield (
            f"Warning: a scheduler would end {len(late)} jobs after {longest.runtime} minutes, "
            f"their 'runtime'; the longest, {longest.name}, takes "
            f"{format_duration(machine.seconds(longest))}"
        )
    crafting = [task for task in tasks if task.stage == "craft_adversarial_sets"]
    long = [task for task in crafting if machine.seconds(task) > LONG]
    if long:
        longest = max(long, key=machine.seconds)
        yield (
            f"Warning: {len(long)} crafting jobs take more than {format_duration(LONG)} each, and "
            f"an interrupted job starts again; the longest, {longest.name}, takes "
            f"{format_duration(machine.seconds(longest))}: shard_images, a multiple of "
            f"{suite.microbatch}, cuts them into shorter ones"
        )
    memory = max(map(machine.memory, tasks))
    together = max(machine.side_by_side(task) * machine.memory(task) for task in tasks)
    if not machine.gpus and together > machine.main_memory:
        yield (
            f"Warning: jobs that run at once may need {format_bytes(together)} of memory, and this "
            f"machine has {format_bytes(machine.main_memory)}; fewer run at once with "
            f"--resources mem_mb={machine.main_memory // 10**6}, or with more 'threads'"
        )
    allowed = machine.gpu_memory if machine.gpus else suite.mem_mb * 10**6
    if memory > allowed:
        limit = "a GPU has" if machine.gpus else "'mem_mb' allows"
        yield (
            f"Warning: {format_bytes(memory)} of memory are needed, and {limit} "
            f"{format_bytes(allowed)}"
        )
