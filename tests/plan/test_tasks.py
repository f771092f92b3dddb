"""A plan counts what jobs then do."""

import os
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
from nrg.data.batches import Compute
from nrg.data.dataset_size import measure_data_set
from nrg.data.images import Images
from nrg.models import quick_form_proof
from nrg.models.defences import score_guest
from nrg.models.network_checks import build_for_images
from nrg.models.predictions import predict, score_transformations
from nrg.plan.tasks import Pass, Task, plan_tasks
from nrg.study.catalogue import build_attack
from nrg.study.crafting_jobs import plan_crafting
from nrg.study.defences import read_defence
from nrg.study.exhibits import choose_exhibits, load_exhibits
from nrg.study.guests import invite_guests
from nrg.study.methods import Method
from nrg.study.settings import load_settings
from nrg.study.sources import list_members
from own_code import write_module

CPU = torch.device("cpu")
IMAGES, SUBSET = 3, 2
MICROBATCH = 5


@pytest.fixture(scope="module")
def digits():
    """The suite digits with a handful of images: settings, exhibits, jobs and tasks."""
    settings = load_settings(
        {"suite": "digits", "evaluation_images": IMAGES, "subset_images": SUBSET}
    )
    exhibits = load_exhibits(settings.suite)
    jobs = plan_crafting(exhibits.values(), settings.suite.jobs)
    chosen = choose_exhibits(exhibits, settings)
    data = measure_data_set(settings.suite.data)
    tasks = plan_tasks(settings, exhibits.values(), chosen, data, MICROBATCH)
    return settings, exhibits, jobs, tasks


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


def test_own_attacks_are_tried_once_and_count_their_budget(digits, tmp_path, monkeypatch):
    settings, exhibits, _, tasks = digits
    assert not [task for task in tasks if task.stage == "try_own_attacks"]
    text = "def f(gradient, clean, epsilon, steps, draws):\n    return clean\n"
    write_module(tmp_path, monkeypatch, text, "to_plan")
    own = build_attack({"attack": "to_plan:f", "ball": "linf", "epsilon": 40, "budget": 7})
    exhibit = replace(exhibits["table1"], batch="mine", methods=(Method("mine", own),))
    data = measure_data_set(settings.suite.data)
    planned = plan_tasks(settings, [exhibit], [exhibit], data, MICROBATCH)
    assert len([task for task in planned if task.stage == "try_own_attacks"]) == 1
    gradients = sum(task.count("gradient") for task in planned if task.stage.startswith("craft"))
    assert gradients == 7 * IMAGES * len(exhibit.sources)


@pytest.mark.parametrize("source", ["resnet18", "densenet121", "noise", "resnet101+densenet121"])
def test_gradients_are_those_that_crafting_counts_and_takes(digits, tiny, source):
    _, _, jobs, tasks = digits
    for job in {job for job in jobs.values() if job.source == source}:
        n = IMAGES if job.images == "all" else SUBSET
        task = task_of(tasks, "craft_adversarial_sets", f"{source}/{job.name}/0-{n - 1}")
        data = images(n)
        models = [
            Counted(tiny(seed, size=16, classes=10)) for seed, _ in enumerate(list_members(source))
        ]
        into = {attack.name: np.zeros_like(data.pixels) for attack in job.attacks}
        effects = craft(models, job.attacks, data, into, Compute(len(data), CPU))
        counted = effects.groupby("family")["gradients"].first().sum()
        assert task.count("gradient") == counted == sum(m.passes["gradient"] for m in models)
        assert task.temporary == sum(array.nbytes for array in into.values())
        for name, model in zip(list_members(source), models, strict=True):
            assert task.passes["gradient", name] == model.passes["gradient"]


def test_probes_take_what_was_counted(digits, tiny):
    _, exhibits, _, tasks = digits
    for name in ("figure1b", "reading_other_sources"):
        exhibit = exhibits[name]
        targets = {name: Counted(tiny(size=16, classes=10)) for name in exhibit.targets}
        sources = {name: Counted(tiny(size=16, classes=10)) for name in exhibit.sources}
        data = images(SUBSET)
        probe_boundaries(sources, targets, data, exhibit.probe, Compute(SUBSET, CPU))
        task = task_of(tasks, "probe_boundaries", name)
        for name, model in sources.items():
            assert task.passes["gradient", name] == model.passes["gradient"]
        for name, model in targets.items():  # a line is left where its label has changed
            assert task.passes["forward", name] >= model.passes["forward"]
            assert task.passes["forward", name] < 4 * model.passes["forward"]

    exhibit, model = exhibits["reading_shared_component"], Counted(tiny(size=16, classes=10))
    average_gradients(model, data, exhibit.probe.copies, exhibit.probe.sigma, Compute(SUBSET, CPU))
    task = task_of(tasks, "probe_cosines")
    assert task.passes["gradient", "alexnet"] == model.passes["gradient"]

    exhibit, model = exhibits["reading_noisy_copies"], Counted(tiny(size=16, classes=10))
    for sigma in exhibit.probe.sigmas:
        compare_copies(model, data, *exhibit.probe.copies, sigma, Compute(SUBSET, CPU))
    task = task_of(tasks, "probe_copies")
    assert task.passes["gradient", "resnet18"] == model.passes["gradient"]


def test_transformed_images_are_counted_each(digits, tiny):
    _, exhibits, _, tasks = digits
    exhibit, data = exhibits["figure4"], images(IMAGES)
    model = Counted(tiny(size=16, classes=10))
    sets = {name: data.pixels for name in ("clean", *(a.name for a in exhibit.attacks))}
    frame = score_transformations(
        {"resnet34": model},
        "densenet121",
        sets,
        data,
        exhibit.transformations,
        Compute(IMAGES, CPU),
    )
    task = task_of(tasks, "score_transformed")
    assert task.count("forward") == model.passes["forward"] == len(frame)
    assert task.count("transform") == (frame["transformation"] != "none").sum()


@pytest.mark.parametrize("target", ["alexnet~smoothed15x8", "alexnet~jpeg75"])
def test_a_model_behind_a_defence_is_asked_as_often_as_was_counted(target, tiny):
    pair = {"sources": ["alexnet"], "targets": ["alexnet", target]}
    config = {"suite": "digits", "exhibits": ["table1"], "overrides": {"table1": pair}}
    settings = load_settings(config | {"evaluation_images": IMAGES, "subset_images": SUBSET})
    exhibits = load_exhibits(settings.suite)
    chosen = choose_exhibits(exhibits, settings)
    settings = invite_guests(settings, chosen)
    data = measure_data_set(settings.suite.data)
    tasks = plan_tasks(settings, exhibits.values(), chosen, data, MICROBATCH)
    model, shown = Counted(tiny(size=16, classes=10)), images(IMAGES)
    labels = predict(model, shown.pixels, shown.labels, Compute(IMAGES, CPU))["top1"]
    shown = replace(shown, labels=labels.to_numpy(np.int64))
    model.passes.clear()
    sets = {attack.name: shown.pixels for attack in exhibits["table1"].attacks}
    guest = replace(settings.suite.zoo[target], defence=read_defence(target, 1 / 15))
    score_guest(guest, model, "alexnet", sets, shown, None, Compute(IMAGES, CPU))
    task = task_of(tasks, "score_guests")
    assert task.count("forward") == model.passes["forward"]
    assert task.count("transform") == (IMAGES * (len(sets) + 1) if "jpeg" in target else 0)


def test_the_proof_of_the_quick_form_takes_what_was_counted(digits, monkeypatch):
    settings, _, _, tasks = digits
    taken, builds = [], []

    class Counted(quick_form_proof.LossGradient):
        def __call__(self, x):
            taken.append(len(x))
            return super().__call__(x)

    def build():
        model = settings.suite.zoo["alexnet"]
        builds.append(model)
        return build_for_images(model, (1, 16, 16), 10)

    monkeypatch.setattr(quick_form_proof, "LossGradient", Counted)
    data = images(IMAGES)
    quick_form_proof.prove(build, data.pixels, data.labels, MICROBATCH, CPU, ["fp32"])
    task = task_of(tasks, "predict_clean_by_zoo")
    assert task.passes[Pass("gradient", "alexnet")] == sum(taken)
    assert task.passes[Pass("load", "alexnet")] == len(builds) + 2


def test_counting_needs_no_torch():
    code = "import nrg.plan.summary, sys; sys.exit('torch' in sys.modules)"
    path = os.pathsep.join(sys.path)
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": path})
