"""How many images should go through a network at once on this device: measured for the user.

A run never chooses it, because the low bits of gradients depend on it, and results must not depend
on the machine.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, lcm

import numpy as np
import torch

from nrg.models.classifier import Classifier, freeze
from nrg.plan.estimate import PEAK
from nrg.plan.speed import (
    RUNS,
    SHORT,
    Network,
    random_pixels,
    saved_bytes,
    take_gradients,
    time_pass,
)
from nrg.plan.summary import align, format_rate
from nrg.study.suite import Suite

FIRST = 8  # images at once of the first trial; each further one has twice as many
SHARE = 0.9  # of a GPU's memory that a job may take, so that no batch is ever halved
RISE = 1.03  # of the speed, which ends the trials if two of them in a row do not reach it
ENOUGH = 1.02  # of the least time, up to which a smaller microbatch is as good


@dataclass(frozen=True)
class Trials:
    """What was measured of one network.

    Attributes:
        rates: gradients per second, by images at once, in rising order.
        short: whether they end because there is no memory for more.
        weights: bytes of the network.
        activations: bytes that it keeps for the backward pass, per image.
    """

    rates: Mapping[int, float]
    short: bool
    weights: int = 0
    activations: int = 0

    def rate(self, microbatch: int) -> float:
        """The rate at this microbatch; beyond the last trial, the last one's."""
        return self.rates[min(microbatch, max(self.rates))]


def usable_memory(suite: Suite, device: torch.device) -> int:
    """Bytes that a job may take on the device: most of a GPU's, or what the suite allows."""
    if device.type == "cuda":
        return int(SHARE * torch.cuda.get_device_properties(device).total_memory)
    return suite.mem_mb * 10**6


def try_microbatches(network: Network, device: torch.device, memory: int) -> Trials:
    """Time gradients at growing microbatches, until memory is short or speed stops rising.

    Args:
        memory: bytes that a job may take on the device.
    """
    classifier = freeze(network.build(), device, quick=True)
    weights = sum(tensor.nbytes for tensor in classifier.state_dict().values())
    image = random_pixels(network.suite.data, 1)
    activations = saved_bytes(lambda: take_gradients(classifier, image, device), classifier)
    rates: dict[int, float] = {}
    size, short = FIRST, True
    while not rates or PEAK * (weights + size * activations) <= memory:
        pixels = random_pixels(network.suite.data, size)
        try:
            seconds = time_gradients(classifier, pixels, device)
        except torch.OutOfMemoryError:
            if not rates:
                raise
            break
        rates[size] = 1 / seconds
        *before, one, two = 0.0, 0.0, *rates.values()
        if RISE * max(before) > max(one, two):
            short = False
            break
        size *= 2
    return Trials(rates, short, weights, activations)


def time_gradients(classifier: Classifier, pixels: np.ndarray, device: torch.device) -> float:
    """Seconds per image of a pass with all of the images at once: the fastest of several."""

    def run(count: int) -> None:
        take_gradients(classifier, pixels[:count], device)

    run(len(pixels))  # which warms up at this size
    first = time_pass(run, len(pixels))
    runs = RUNS if first * len(pixels) < SHORT else 0
    return min([first, *(time_pass(run, len(pixels)) for _ in range(runs))])


def choose_microbatch(
    trials: Mapping[str, Trials], sources: Iterable[Sequence[str]], memory: int
) -> int:
    """The smallest microbatch at which a gradient of every network takes the least time in all.

    It is one for which every network and ensemble has memory, or else the smallest that was tried.

    Args:
        sources: the networks of each source, whose activations a gradient keeps together.
        memory: bytes that a job may take on the device.
    """
    sizes = sorted({size for each in trials.values() for size in each.rates})
    most = min((max(each.rates) for each in trials.values() if each.short), default=sizes[-1])
    for source in sources:
        members = [trials[name] for name in source]
        left = int(memory / PEAK) - sum(each.weights for each in members)
        most = min(most, left // max(1, sum(each.activations for each in members)))
    fitting = [size for size in sizes if size <= most] or sizes[:1]
    seconds = {size: sum(1 / each.rate(size) for each in trials.values()) for size in fitting}
    return next(size for size in seconds if seconds[size] <= ENOUGH * min(seconds.values()))


def describe_trials(
    trials: Mapping[str, Trials], best: int, suite: Suite, device: torch.device
) -> str:
    """The rates as a table, and the best microbatch as words for the command line."""
    sizes = sorted({size for each in trials.values() for size in each.rates})
    rows = [
        {
            "gradients/s at": name,
            **{
                str(size): format_rate(each.rates[size]) if size in each.rates else ""
                for size in sizes
            },
            "ended by": "memory" if each.short else "speed",
        }
        for name, each in trials.items()
    ]
    key, other = "microbatch", "gpu_microbatch"
    if device.type == "cuda":
        key, other = other, key
    words = f"--config {key}={best}"
    if suite.shard_images:
        both = lcm(best, getattr(suite, other))
        words += f" shard_images={both * ceil(suite.shard_images / both)}"
    return (
        f"{align(rows)}\n\n"
        f"{key} is {getattr(suite, key)}; all networks together are fastest with\n\n    {words}"
    )
