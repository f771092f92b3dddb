"""What the runs on other zoos take, counted like the run itself.

Imports neither torch nor Snakemake.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from nrg.data.dataset_size import DataSetSize
from nrg.plan.tasks import Task, plan_tasks
from nrg.study.exhibits import Exhibit
from nrg.study.settings import Settings
from nrg.study.zoo_replicates import choose_replicated, list_zoo_seeds

# Jobs of a run that its claims do not need, or that it shares with the others.
NOT_REPEATED = (
    "download_images",
    "check_models",
    "try_own_attacks",
    "build_exhibit",
    "write_report",
)


def plan_replicates(
    settings: Settings,
    exhibits: Iterable[Exhibit],
    chosen: Sequence[Exhibit],
    data: DataSetSize,
    microbatch: int,
) -> list[Task]:
    """Every job of the runs on other zoos, then those that start and compare them.

    Arguments are the run's own, as for `plan_tasks`.
    """
    seeds = list_zoo_seeds(settings)
    if not seeds:
        return []
    replicated = choose_replicated(chosen, settings)
    once = plan_tasks(settings, exhibits, replicated, data, microbatch)
    tasks = [
        replace(task, name=f"{task.name}, zoo {seed}")
        for seed in seeds
        for task in once
        if task.stage not in NOT_REPEATED
    ]
    tasks += [Task("run_zoo_replicate", str(seed)) for seed in seeds]
    return [*tasks, Task("compare_replicates", "all")]
