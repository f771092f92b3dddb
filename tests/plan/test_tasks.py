"""A plan counts what jobs then do."""

import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from nrg.attack.boundaries import probe_boundaries
from nrg.attack.crafting import craft
from nrg.attack.gradient_probes import average_gradients, compare_copies
from nrg.data.dataset_size import DataSetSize, measure_data_set
from nrg.data.images import Images
from nrg.models.predictions import score_transformations
from nrg.plan.estimate import Machine, Timing, describe, elapsed
from nrg.plan.tasks import Task, plan
from nrg.study.crafting_jobs import craft_jobs
from nrg.study.exhibits import chosen_exhibits, load_exhibits
from nrg.study.settings import load_settings
from nrg.study.sources import members

CPU = torch.device("cpu")
IMAGES, SUBSET = 3, 2


@pytest.fixture(scope="module")
def digits():
    """The suite digits with a handful of images: settings, exhibits, jobs and tasks."""
    settings = load_settings(
        {"suite": "digits", "evaluation_images": IMAGES, "subset_images": SUBSET}
    )
    exhibits = load_exhibits(settings.suite)
    jobs = craft_jobs(exhibits.values(), settings.suite.jobs)
    chosen = chosen_exhibits(exhibits, settings)
    data = measure_data_set(settings.suite.data)
    return settings, exhibits, jobs, plan(settings, exhibits.values(), chosen, jobs, data, data)


class Counted(torch.nn.Module):
    """A classifier that counts images: those that go forward, and those whose gradient follows."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network
        self.passes = Counter()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.passes["gradient" if x.requires_grad else "forward"] += len(x)
        return self.network(x)


def images(n: int) -> Images:
    pixels = np.random.default_rng(0).integers(0, 256, (n, 1, 16, 16), np.uint8)
    labels = np.arange(n) % 10
    return Images([f"image-{i}" for i in range(n)], pixels, labels, (labels + 1) % 10)


def task_of(tasks, stage, name=None) -> Task:
    (task,) = [task for task in tasks if task.stage == stage and name in (None, task.name)]
    return task


@pytest.mark.parametrize("source", ["resnet18", "densenet121", "noise", "resnet101+densenet121"])
def test_gradients_are_those_that_crafting_counts_and_takes(digits, tiny, source):
    _, _, jobs, tasks = digits
    for job in {job for job in jobs.values() if job.source == source}:
        n = IMAGES if job.images == "all" else SUBSET
        task = task_of(tasks, "craft_adversarial_sets", f"{source}/{job.name}/0-{n - 1}")
        data = images(n)
        models = [
            Counted(tiny(seed, size=16, classes=10)) for seed, _ in enumerate(members(source))
        ]
        into = {attack.name: np.zeros_like(data.pixels) for attack in job.attacks}
        effects = craft(models, job.attacks, data, into, 0, len(data), CPU)
        counted = effects.groupby("family")["gradients"].first().sum()
        assert task.count("gradient") == counted == sum(m.passes["gradient"] for m in models)
        assert task.temporary == sum(array.nbytes for array in into.values())
        for name, model in zip(members(source), models, strict=True):
            assert task.passes["gradient", name] == model.passes["gradient"]


def test_probes_take_what_was_counted(digits, tiny):
    _, exhibits, _, tasks = digits
    for name in ("figure1b", "reading_other_sources"):
        exhibit = exhibits[name]
        targets = {name: Counted(tiny(size=16, classes=10)) for name in exhibit.targets}
        sources = {name: Counted(tiny(size=16, classes=10)) for name in exhibit.sources}
        data = images(SUBSET)
        probe_boundaries(sources, targets, data, exhibit.probe, 0, SUBSET, CPU)
        task = task_of(tasks, "probe_boundaries", name)
        for name, model in sources.items():
            assert task.passes["gradient", name] == model.passes["gradient"]
        for name, model in targets.items():  # a line is left where its label has changed
            assert task.passes["forward", name] >= model.passes["forward"]
            assert task.passes["forward", name] < 4 * model.passes["forward"]

    exhibit, model = exhibits["reading_shared_component"], Counted(tiny(size=16, classes=10))
    average_gradients(model, data, exhibit.probe.copies, exhibit.probe.sigma, 0, SUBSET, CPU)
    task = task_of(tasks, "probe_cosines")
    assert task.passes["gradient", "alexnet"] == model.passes["gradient"]

    exhibit, model = exhibits["reading_noisy_copies"], Counted(tiny(size=16, classes=10))
    for sigma in exhibit.probe.sigmas:
        compare_copies(model, data, *exhibit.probe.copies, sigma, 0, SUBSET, CPU)
    task = task_of(tasks, "probe_copies")
    assert task.passes["gradient", "resnet18"] == model.passes["gradient"]


def test_transformed_images_are_counted_each(digits, tiny):
    _, exhibits, _, tasks = digits
    exhibit, data = exhibits["figure4"], images(IMAGES)
    model = Counted(tiny(size=16, classes=10))
    sets = {name: data.pixels for name in ("clean", *(a.name for a in exhibit.attacks))}
    frame = score_transformations(
        {"resnet34": model}, "densenet121", sets, data, exhibit.transformations, 0, IMAGES, CPU
    )
    task = task_of(tasks, "score_transformed")
    assert task.count("forward") == model.passes["forward"] == len(frame)
    assert task.count("transform") == (frame["transformation"] != "none").sum()


def machine(cores=2, gpus=0, load=0.5, **networks: Timing) -> Machine:
    return Machine("a CPU", cores, gpus, 8 * 10**9, load, 5.0, 10**9, networks, {})


FAST = Timing({"load": 1.0, "gradient": 0.1, "forward": 0.01}, 16, 16, 10**6, 10**8)
DATA = DataSetSize(300, 0, (3, 224, 224), 1000)


def craft_like(name: str, temporary: int, held: bool = False) -> Task:
    passes = {("load", "fast"): 1, ("gradient", "fast"): 1000}
    return Task("craft_adversarial_sets", name, passes, 2, 10, temporary=temporary, held=held)


def test_time_is_shared_by_jobs_side_by_side_and_no_less_than_the_longest():
    tasks = [craft_like(f"job {i}", 0) for i in range(4)]
    one = 5 + 1 + 1000 * 0.1
    assert elapsed(tasks, machine(cores=2, fast=FAST)) == pytest.approx(4 * one)
    assert elapsed(tasks, machine(cores=5, fast=FAST)) == pytest.approx(2 * one)
    assert elapsed(tasks, machine(cores=64, fast=FAST)) == pytest.approx(one)
    assert elapsed(tasks, machine(cores=64, gpus=2, fast=FAST)) == pytest.approx(2 * one)


def test_sets_are_there_while_they_are_crafted_or_held():
    tasks = [craft_like("a", 5), craft_like("b", 7), craft_like("c", 2, held=True)]
    assert machine(cores=2, fast=FAST).most_beside(tasks) == 9
    assert machine(cores=4, fast=FAST).most_beside(tasks) == 14
    pixels = Task("read_images", "all", temporary=100)
    assert machine(fast=FAST).most_beside([*tasks, pixels]) == 100


def said(free: int, load: float = 0.5, **keys: int) -> str:
    """The plan of one job of 106 seconds, 2.8 GB of memory and 1 GB of temporary files."""
    run = {"images": ".", "suite": "imagenet", "zoo": ["alexnet"], "exhibits": ["figure1a"]}
    suite = load_settings({**run, "evaluation_images": 250, "subset_images": 10, **keys}).suite
    task = replace(craft_like("nr-fgsm on fast", 10**9), together=("fast",), runtime=suite.runtime)
    clean = Task("predict_clean", "fast", {("load", "fast"): 1}, 2, suite.runtime)
    return describe(suite, DATA, [clean, task], machine(load=load, fast=FAST), free)


def test_what_would_go_wrong_is_said():
    assert "Warning" not in said(free=2 * 10**9)
    assert "1.0 GB of disk are needed, and 900.0 MB are free" in said(free=9 * 10**8)
    assert "asks for 400; the run would stop" in said(free=2 * 10**9, evaluation_images=400)
    slow = said(free=2 * 10**9, runtime=1)
    assert "a scheduler would end 1 jobs after 1 minutes, their 'runtime'" in slow
    assert "the longest, nr-fgsm on fast, takes 1 min 46 s" in slow
    assert "2.5 programs a core are at work" in said(free=2 * 10**9, load=2.5)
    assert "2.8 GB of memory are needed" in said(free=2 * 10**9, mem_mb=2000)


def test_the_text_adds_up():
    text = said(free=2 * 10**9)
    assert re.search(r"^all +2 +1 min 52 s +1,000$", text, re.MULTILINE), text
    assert re.search(r"^fast +1 min 42 s +1,000 +10 +100$", text, re.MULTILINE), text
    assert "about 1 min 52 s on a CPU; jobs that run networks at once: 1" in text


def test_counting_needs_no_torch():
    code = "import nrg.plan.estimate, nrg.plan.tasks, sys; sys.exit('torch' in sys.modules)"
    path = os.pathsep.join(sys.path)
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": path})
