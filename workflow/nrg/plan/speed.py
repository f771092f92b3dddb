"""How fast this machine is: short measurements of what jobs do, with untrained networks.

All measured seconds are per image, but for those of loading a network.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import prod

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from nrg.attack.gradients import LossGradient, running_means
from nrg.attack.noise import KeyedNoise
from nrg.base.devices import allow_tf32, describe_device, gradients_in
from nrg.base.progress import Progress
from nrg.data.batches import Compute, in_batches, load_pixels
from nrg.data.datasets import class_names
from nrg.data.transformations import transform_images
from nrg.models.classifier import Classifier, freeze
from nrg.models.mlps import build_replicate
from nrg.models.network_checks import build_for_images
from nrg.models.predictions import predict
from nrg.models.training import OPTIMISERS
from nrg.plan.estimate import Machine, Timing
from nrg.plan.tasks import Task
from nrg.study.defences import TRANSFORMATIONS
from nrg.study.exhibits import Exhibit
from nrg.study.settings import Settings
from nrg.study.sources import name_mlp
from nrg.study.suite import Data, Mlps, Suite, Training

FEW = 2  # images of a first pass, which tells how long more will take
SHORT = 0.5  # seconds of a pass up to which it is timed repeatedly
LONG = 1.5  # seconds that a pass may take
RUNS = 5  # passes of which the fastest counts
SIGMA = 15.0  # every gradient is timed with the noise of its image


@dataclass(frozen=True)
class Network:
    """A network of the run.

    Attributes:
        build: makes its classifier, untrained.
        suite: the suite that uses it.
        microbatch: images that go through it at once.
        recipe: of its training; None if it is not trained here.
    """

    build: Callable[[], Classifier]
    suite: Suite
    microbatch: int
    recipe: Training | None


def build_mlp(suite: Suite, mlps: Mlps, depth: int) -> Classifier:
    """An untrained fully connected network of a suite."""
    inputs, classes = prod(suite.data.shape), len(class_names(suite.data))
    return build_replicate(inputs, classes, replace(mlps, depths=(depth,)))[name_mlp(depth)]


def all_networks(settings: Settings, microbatch: int) -> dict[str, Network]:
    """The zoo's networks, and the companion's fully connected ones.

    Args:
        microbatch: images that go through a network of the zoo at once.
    """
    suite, companion = settings.suite, settings.companion
    networks = {}
    classes = len(class_names(suite.data))
    for name, model in suite.networks.items():
        build = partial(build_for_images, model, suite.data.shape, classes)
        networks[name] = Network(build, suite, microbatch, model.training)
    if companion is not None and companion.mlps is not None:
        mlps = companion.mlps
        recipe = next(iter(mlps.training.values()))
        for depth in mlps.depths:
            build = partial(build_mlp, companion, mlps, depth)
            networks[name_mlp(depth)] = Network(build, companion, companion.microbatch, recipe)
    return networks


def measure_machine(
    settings: Settings,
    exhibits: Iterable[Exhibit],
    tasks: Sequence[Task],
    microbatch: int,
    cores: int,
    gpus: int,
    device: torch.device,
) -> Machine:
    """Time what the tasks do: each kind of pass through each network, once or a few times.

    Args:
        exhibits: those to build.
        microbatch: images that go through a network of the zoo at once.
        cores, gpus: that jobs may use together.
    """
    base = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    described = describe_device(device)["device"]
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    used = {each.name for task in tasks for each in task.passes}
    everything = all_networks(settings, microbatch)
    networks = {name: network for name, network in everything.items() if name in used}
    timings = {}
    with Progress("networks timed", len(networks)) as progress:
        for name, network in networks.items():
            torch.set_num_threads(min(network.suite.threads, cores))
            timings[name] = time_network(network, settings.precision, device)
            progress.advance(1)
    strengths: dict[str, tuple[float, ...]] = {
        TRANSFORMATIONS[model.defence.kind]: (model.defence.strength,)
        for model in settings.suite.guests.values()
        if model.defence and model.defence.kind in TRANSFORMATIONS
    }
    strengths |= {name: each for e in exhibits for name, each in e.transformations}
    transformations = {
        name: time_transformation(settings.suite, name, each) for name, each in strengths.items()
    }
    start = time_start(model.factory.split(":")[0] for model in settings.suite.zoo.values())
    gpu = torch.cuda.get_device_properties(device) if device.type == "cuda" else None
    return Machine(
        device=described,
        cores=cores,
        gpus=max(gpus, 1) if gpu else 0,
        main_memory=measure_main_memory(),
        gpu_memory=gpu.total_memory if gpu else 0,
        load=load,
        start=start,
        base=base,
        networks=timings,
        transformations=transformations,
    )


def measure_main_memory() -> int:
    """Bytes of the machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def time_network(network: Network, precision: str, device: torch.device) -> Timing:
    """Build a network as a job does, and time every kind of pass through it."""
    given = freeze(network.build(), device)
    start = time.perf_counter()
    classifier = network.build()
    weights = sum(tensor.nbytes for tensor in classifier.network.state_dict().values())
    classifier = freeze(classifier, device, quick=True)
    seconds = {"load": time.perf_counter() - start}
    pixels = random_pixels(network.suite.data, network.microbatch)
    labels = np.zeros(len(pixels), np.int64)

    def forward(count: int) -> None:
        predict(classifier, pixels[:count], labels[:count], Compute(count, device))

    def gradient(classifier: Classifier, count: int) -> None:
        def take_batch(part: slice, _: int) -> None:
            take_gradients(classifier, pixels[part], device)

        for _ in in_batches(count, count, take_batch):
            pass

    allow_tf32(precision == "tf32")
    with gradients_in(precision, device):
        given_activations = saved_bytes(lambda: gradient(given, 1), given)
        activations = saved_bytes(lambda: gradient(classifier, 1), classifier)
        # The first pass above has warmed up the network.
        timed = partial(gradient, classifier)
        seconds["gradient"], batch_size = time_passes(timed, network.microbatch)
    allow_tf32(False)
    seconds["forward"], _ = time_passes(forward, network.microbatch)
    if network.recipe is not None:
        seconds["training"] = time_training(network, network.recipe, device)
    return Timing(
        seconds=seconds,
        microbatch=network.microbatch,
        timed_batch=batch_size,
        weights=weights,
        activations=activations,
        given_activations=given_activations,
    )


def take_gradients(classifier: Classifier, pixels: np.ndarray, device: torch.device) -> None:
    """One pass forward and backward, of one noisy copy of each image, until it is on the CPU."""
    x = load_pixels(pixels, device)
    gradient = LossGradient([classifier], torch.zeros(len(x), dtype=torch.long, device=device))
    noise = KeyedNoise(range(len(x)), x.shape[1:], device)
    for mean in running_means(gradient, x, 1, SIGMA, noise):
        mean.cpu()


def random_pixels(data: Data, count: int) -> np.ndarray:
    """(count, C, H, W), uint8."""
    return np.random.default_rng(0).integers(0, 256, (count, *data.shape), np.uint8)


def time_passes(run: Callable[[int], None], full: int) -> tuple[float, int]:
    """Seconds per image that `run` takes, and on how many images at once that was measured.

    These are a full microbatch, unless that would take longer than LONG. Of several passes the
    fastest counts, because other programs can only slow one down.

    Args:
        run: takes a number of images; it has run before.
        full: images of a microbatch.
    """
    few = min(FEW, full)
    expected = time_pass(run, few)
    batch_size = full if expected * full <= LONG else max(few, int(LONG / expected))
    if expected * batch_size > SHORT:
        return time_pass(run, batch_size), batch_size
    run(batch_size)  # which warms up at this size
    return min(time_pass(run, batch_size) for _ in range(RUNS)), batch_size


def time_pass(run: Callable[[int], None], images: int) -> float:
    """Seconds per image of one pass."""
    start = time.perf_counter()
    run(images)
    return (time.perf_counter() - start) / images


def time_training(network: Network, recipe: Training, device: torch.device) -> float:
    """Seconds per image of a training step."""
    classifier = network.build().to(device).train()
    optimiser = OPTIMISERS[recipe.optimiser](classifier.parameters(), lr=1e-3)
    pixels = torch.from_numpy(random_pixels(network.suite.data, recipe.batch)).to(device).float()
    labels = torch.zeros(recipe.batch, dtype=torch.long, device=device)

    def step(count: int) -> None:
        loss = cross_entropy(classifier(pixels[:count]), labels[:count])
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        loss.item()

    step(FEW)
    return time_passes(step, recipe.batch)[0]


def saved_bytes(run: Callable[[], None], classifier: Classifier) -> int:
    """Bytes that a forward pass in `run` keeps for the backward pass, without the weights."""
    weights = {t.data_ptr() for t in (*classifier.parameters(), *classifier.buffers())}
    saved: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        saved[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        run()
    return sum(size for address, size in saved.items() if address not in weights)


def time_transformation(suite: Suite, name: str, strengths: Sequence[float]) -> float:
    """Seconds per image of a transformation, as the mean over its strengths."""
    pixels = random_pixels(suite.data, FEW)
    ids = [str(index) for index in range(len(pixels))]
    transform_images(pixels, ids, name, strengths[0], seed=0)
    start = time.perf_counter()
    for strength in strengths:
        transform_images(pixels, ids, name, strength, seed=0)
    return (time.perf_counter() - start) / len(strengths) / len(pixels)


def time_start(modules: Iterable[str]) -> float:
    """Seconds that Python takes to import what a job imports."""
    code = f"import {', '.join({'nrg.plan.speed', *modules})}"
    path = os.pathsep.join(sys.path)
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": path})
    return time.perf_counter() - start
