"""How fast this machine is: short measurements of what jobs do, with untrained networks."""

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
from nrg.data.batches import in_batches
from nrg.data.datasets import class_names
from nrg.data.transformations import transform_images
from nrg.models.classifier import Classifier, frozen
from nrg.models.mlps import build_replicate
from nrg.models.network_checks import built
from nrg.models.predictions import predict
from nrg.models.training import OPTIMISERS
from nrg.plan.estimate import Machine, Timing
from nrg.plan.tasks import Task
from nrg.study.exhibits import Exhibit
from nrg.study.settings import Settings
from nrg.study.sources import mlp_name
from nrg.study.suite import Data, Suite, Training

FEW = 2  # images that tell how long more will take
SHORT, LONG = 0.5, 1.5  # seconds of a pass that is timed repeatedly, and of any pass at most
RUNS = 5
SIGMA = 15.0  # every gradient is timed with the noise of its image


@dataclass(frozen=True)
class Network:
    """A network of the run.

    Args:
        build: makes its classifier, untrained.
        suite: the suite that uses it.
        microbatch: images that go through it at once.
        recipe: of its training, None if it is not trained here.
    """

    build: Callable[[], Classifier]
    suite: Suite
    microbatch: int
    recipe: Training | None


def untrained_mlp(suite: Suite, depth: int) -> Classifier:
    mlps = replace(suite.mlps, depths=(depth,))
    inputs, classes = prod(suite.data.shape), len(class_names(suite.data))
    return build_replicate(inputs, classes, mlps)[mlp_name(depth)]


def all_networks(settings: Settings, microbatch: int) -> dict[str, Network]:
    """The zoo's networks, and the companion's fully connected ones."""
    suite, companion = settings.suite, settings.companion
    found = {}
    classes = len(class_names(suite.data))
    for name, model in suite.zoo.items():
        recipe = suite.training if model.weights == "trained" else None
        found[name] = Network(
            partial(built, model, suite.data.shape, classes), suite, microbatch, recipe
        )
    if companion is not None:
        recipe = next(iter(companion.mlps.training.values()))
        for depth in companion.mlps.depths:
            build = partial(untrained_mlp, companion, depth)
            found[mlp_name(depth)] = Network(build, companion, companion.microbatch, recipe)
    return found


def measure(
    settings: Settings,
    exhibits: Iterable[Exhibit],
    tasks: Sequence[Task],
    microbatch: int,
    cores: int,
    gpus: int,
    device: torch.device,
) -> Machine:
    """Time what the tasks do, each kind of pass through each network once or a few times.

    Args:
        exhibits: those to build.
        microbatch: images that go through a network of the zoo at once.
        cores, gpus: that jobs may use together.
    """
    base = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    described = describe_device(device)["device"]
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    used = {name for task in tasks for _, name in task.passes}
    networks = {
        name: own for name, own in all_networks(settings, microbatch).items() if name in used
    }
    timings = {}
    with Progress("networks timed", len(networks)) as progress:
        for name, network in networks.items():
            torch.set_num_threads(min(network.suite.threads, cores))
            timings[name] = time_network(network, settings.precision, device)
            progress.advance(1)
    strengths = {name: s for exhibit in exhibits for name, s in exhibit.transformations}
    transformations = {
        name: time_transformation(settings.suite, name, values)
        for name, values in strengths.items()
    }
    start = time_start(model.factory.split(":")[0] for model in settings.suite.zoo.values())
    gpu = torch.cuda.get_device_properties(device) if device.type == "cuda" else None
    return Machine(
        device=described,
        cores=cores,
        gpus=max(gpus, 1) if gpu else 0,
        gpu_memory=gpu.total_memory if gpu else 0,
        load=load,
        start=start,
        base=base,
        networks=timings,
        transformations=transformations,
    )


def time_network(network: Network, precision: str, device: torch.device) -> Timing:
    """Build a network as a job does, and time every kind of pass through it."""
    start = time.perf_counter()
    classifier = network.build()
    weights = sum(tensor.nbytes for tensor in classifier.network.state_dict().values())
    classifier = frozen(classifier, device, quick=True)
    seconds = {"load": time.perf_counter() - start}
    pixels = random_pixels(network.suite.data, network.microbatch)
    labels = np.zeros(len(pixels), np.int64)

    def forward(count: int) -> None:
        predict(classifier, pixels[:count], labels[:count], count, device)

    def take_gradient(part: slice, _: int) -> None:
        x = torch.from_numpy(pixels[part]).to(device).float()
        gradient = LossGradient([classifier], torch.from_numpy(labels[part]).to(device))
        noise = KeyedNoise(range(len(x)), x.shape[1:], device)
        for mean in running_means(gradient, x, 1, SIGMA, noise):
            mean.cpu()

    def gradient(count: int) -> None:
        for _ in in_batches(count, count, take_gradient):
            pass

    allow_tf32(precision == "tf32")
    with gradients_in(precision, device):
        activations = saved_bytes(lambda: gradient(1), classifier)  # and warms up
        seconds["gradient"], at_once = timed(gradient, network.microbatch)
    allow_tf32(False)
    seconds["forward"], _ = timed(forward, network.microbatch)
    if network.recipe is not None:
        seconds["training"] = time_training(network, device)
    return Timing(seconds, network.microbatch, at_once, weights, activations)


def random_pixels(data: Data, count: int) -> np.ndarray:
    """(count, C, H, W), uint8."""
    return np.random.default_rng(0).integers(0, 256, (count, *data.shape), np.uint8)


def timed(run: Callable[[int], None], full: int) -> tuple[float, int]:
    """Seconds an image that `run` takes, once warm, and on how many images at once.

    A full microbatch, unless that would take longer than LONG. Of several passes the fastest
    counts, for what else the machine does can only slow one down.
    """
    few = min(FEW, full)
    expected = clocked(run, few)
    at_once = full if expected * full <= LONG else max(few, int(LONG / expected))
    if expected * at_once > SHORT:
        return clocked(run, at_once), at_once
    run(at_once)  # warm at this size
    return min(clocked(run, at_once) for _ in range(RUNS)), at_once


def clocked(run: Callable[[int], None], images: int) -> float:
    """Seconds an image of one pass."""
    start = time.perf_counter()
    run(images)
    return (time.perf_counter() - start) / images


def time_training(network: Network, device: torch.device) -> float:
    """Seconds an image of a training step."""
    batch = network.recipe.batch
    classifier = network.build().to(device).train()
    optimiser = OPTIMISERS[network.recipe.optimiser](classifier.parameters(), lr=1e-3)
    pixels = torch.from_numpy(random_pixels(network.suite.data, batch)).to(device).float()
    labels = torch.zeros(batch, dtype=torch.long, device=device)

    def step(count: int) -> None:
        loss = cross_entropy(classifier(pixels[:count]), labels[:count])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        loss.item()

    step(FEW)
    return timed(step, batch)[0]


def saved_bytes(run: Callable[[], None], classifier: Classifier) -> int:
    """Bytes that a forward pass in `run` keeps for the way back, the classifier's own apart."""
    own = {t.data_ptr() for t in (*classifier.parameters(), *classifier.buffers())}
    saved: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        saved[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        run()
    return sum(size for place, size in saved.items() if place not in own)


def time_transformation(suite: Suite, name: str, strengths: Sequence[float]) -> float:
    """Seconds an image of a transformation, mean over its strengths."""
    pixels = random_pixels(suite.data, FEW)
    ids = [str(place) for place in range(len(pixels))]
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
