"""How long the suite `imagenet` would take on several GPUs.

    PYTHONPATH=workflow python tests/bench/gpus.py [TFLOP/s]

Counts the run's jobs as `snakemake plan` does, and schedules them with assumed speeds, because no
GPU has been measured: stage after stage, the longest jobs first, so that what waits for the last
job of a stage is counted. Sizes of shards with more than MOST_JOBS jobs are left out.
"""

import heapq
import sys
from collections.abc import Iterable

import pandas as pd
import torchvision
from nrg.base.progress import format_duration
from nrg.data.dataset_size import DataSetSize
from nrg.plan.estimate import Machine, Timing
from nrg.plan.tasks import Task, plan_tasks
from nrg.study.exhibits import choose_exhibits, load_exhibits
from nrg.study.settings import load_settings
from nrg.study.sources import name_mlp

TERAFLOPS = 23.0  # of gradients in fp32: 35 % of what an H100 or H200 does at most
START = 10.0  # seconds until a job computes, from a shared disk
LOAD = 2.0  # seconds until a network is on the GPU
MLP_RATE = 50_000.0  # passes per second of a fully connected network, of any kind
TRANSFORM = 0.004  # seconds per transformed image on the CPU, of the slowest transformation
MOST_JOBS = 5000
SHARDS = (None, *(64 * 2**power for power in range(6, -1, -1)))
STAGES = (
    {"download_images", "check_models", "read_images", "fetch_weights", "download_mnist"},
    {"predict_clean", "train_mlps"},
    {"select_evaluation_set", "measure_accuracy"},
    {"craft_adversarial_sets", "attack_mlps"},
)  # the others come last


def assume_timing(name: str, teraflops: float) -> Timing:
    """A network's seconds per image, from the multiply-adds that torchvision publishes."""
    forward = 2e9 * torchvision.models.get_model_weights(name).IMAGENET1K_V1.meta["_ops"]
    seconds = {"load": LOAD, "forward": forward / teraflops / 1e12}
    seconds["gradient"] = 2 * seconds["forward"]
    return Timing(seconds, 64, 64, 0, 0, 0)


def schedule(seconds: Iterable[float], workers: int) -> float:
    """When the last of some jobs ends, if the longest begin first."""
    ends = [0.0] * workers
    for each in sorted(seconds, reverse=True):
        heapq.heappush(ends, heapq.heappop(ends) + each)
    return max(ends)


def plan(shard: int | None, teraflops: float) -> tuple[Machine, list[Task]]:
    """Assumed GPUs, and the jobs of the run with this size of shards."""
    settings = load_settings({"suite": "imagenet", "images": ".", "shard_images": shard})
    exhibits = load_exhibits(settings.suite)
    chosen = choose_exhibits(exhibits, settings)
    data = DataSetSize(50_000, 0, settings.suite.data.shape, 1000)
    tasks = plan_tasks(settings, exhibits.values(), chosen, data, settings.suite.gpu_microbatch)
    networks = {name: assume_timing(name, teraflops) for name in settings.suite.zoo}
    mlp = dict.fromkeys(("gradient", "forward", "training"), 1 / MLP_RATE) | {"load": 0.0}
    depths = settings.companion.mlps.depths
    networks |= {name_mlp(depth): Timing(mlp, 500, 500, 0, 0, 0) for depth in depths}
    transformations = {name: TRANSFORM for e in chosen for name, _ in e.transformations}
    machine = Machine("assumed GPUs", 64, 64, 0, 0, 0.0, START, 0, networks, transformations)
    return machine, tasks


def stage_of(task: Task) -> int:
    return next((i for i, names in enumerate(STAGES) if task.stage in names), len(STAGES))


def main() -> None:
    teraflops = float(sys.argv[1]) if len(sys.argv) > 1 else TERAFLOPS
    rows = []
    for shard in SHARDS:
        machine, tasks = plan(shard, teraflops)
        if len(tasks) > MOST_JOBS:
            continue
        seconds = [machine.seconds(task) for task in tasks]
        row = {"shard_images": shard or "all", "jobs": len(tasks)}
        row["of jobs"] = format_duration(sum(seconds))
        row["starting"] = f"{100 * START * len(tasks) / sum(seconds):.1f} %"
        longest = max(tasks, key=machine.seconds)
        row["longest job"] = f"{format_duration(machine.seconds(longest))}, {longest.stage}"
        for workers in (1, 8, 64):
            stages: dict[int, list[float]] = {}
            for task, each in zip(tasks, seconds, strict=True):
                stages.setdefault(stage_of(task), []).append(each)
            row[f"{workers} GPUs"] = format_duration(
                sum(schedule(each, workers) for each in stages.values())
            )
        rows.append(row)
    gradients = sum(task.count("gradient") for task in tasks)
    print(f"{gradients:,} gradients at {teraflops:g} TFLOP/s")
    print(pd.DataFrame(rows).to_string(index=False))


if __name__ == "__main__":
    main()
