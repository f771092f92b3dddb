"""Measure the gradients per second of every library on every network, in turns, in this process.

    python tests/bench/measure.py ALLOCATOR OUTPUT [NETWORK …]

ALLOCATOR is "default", or "tuned" for the memory settings that this project gives its own jobs.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
import torchvision
from contestants import GRADIENTS, LIBRARIES, Contestant, Problem
from nrg.base.devices import describe_device, keep_memory
from nrg.models.classifier import load_classifier
from nrg.models.stored_weights import save_weights
from nrg.study.settings import load_suite
from sklearn.datasets import load_sample_images
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

NETS = ["squeezenet1_1", "resnet18", "densenet121", "resnet50", "vgg11_bn"]
LARGE = ["resnet152", "vgg19_bn"]  # on a GPU only
ROUNDS = 5
SIZE = 224


def photographs(count: int) -> np.ndarray:
    """Crops of two photographs that ship with scikit-learn, (count, 3, 224, 224), uint8."""
    generator = np.random.default_rng(0)
    crops = []
    for index in range(count):
        photograph = load_sample_images().images[index % 2]
        top, left = (generator.integers(side - SIZE) for side in photograph.shape[:2])
        crops.append(photograph[top : top + SIZE, left : left + SIZE].transpose(2, 0, 1))
    return np.ascontiguousarray(np.stack(crops))  # in the layout of data loaders, NCHW


def make_problem(name: str, device: torch.device, folder: Path) -> Problem:
    """A network with random weights, whose values do not change its speed, and its images."""
    torch.manual_seed(0)
    model = load_suite("imagenet", {}).zoo[name]
    network = torchvision.models.get_model(name).eval()
    save_weights(network.state_dict(), folder / f"{name}.safetensors", {})
    on_cpu = 4 if name.startswith("vgg") else 8
    pixels = photographs(64 if device.type == "cuda" else on_cpu)
    images = torch.from_numpy(pixels).to(device).float() / 255
    normalise = torchvision.transforms.Normalize(model.mean, model.std)
    with torch.inference_mode():
        labels = network.to(device)(normalise(images)).argmax(1)
    return Problem(
        plain=nn.Sequential(normalise, network).eval(),
        classifier=load_classifier(model, folder / f"{name}.safetensors", device, quick=True),
        pixels=pixels,
        images=images,
        labels=labels.clone(),
    )


def time_in_turns(contestants: dict[str, Contestant], given: Problem) -> dict[str, float]:
    """The median seconds of each library over ROUNDS, in which they take turns, after a warm-up."""
    seconds: dict[str, list[float]] = {library: [] for library in contestants}
    for _ in range(1 + ROUNDS):
        for library, contestant in contestants.items():
            seconds[library].append(time_run(lambda run=contestant: run(given), given.device))
    return {library: median(times[1:]) for library, times in seconds.items()}


def time_run(run: Callable[[], Any], device: torch.device) -> float:
    """Seconds that a call takes, until the device has finished."""
    start = time.perf_counter()
    run()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def count_flop(given: Problem) -> int:
    """Floating-point operations of one input gradient: twice those of a forward pass.

    A convolution's backward pass to its input costs as much as its forward pass.
    """
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        given.plain(given.images[:1])
    return 2 * counter.get_total_flops()


def measure_peak(device: torch.device) -> float:
    """GFLOP/s of the fastest of several convolutions, which no network can exceed."""
    best, count = 0.0, 256 if device.type == "cuda" else 16
    for channels, side, kernel in ((64, 56, 3), (128, 56, 3), (256, 28, 3), (512, 28, 1)):
        convolution = nn.Conv2d(channels, channels, kernel, padding=kernel // 2, bias=False)
        convolution = convolution.to(device, memory_format=torch.channels_last)
        x = torch.rand(count, channels, side, side, device=device)
        x = x.contiguous(memory_format=torch.channels_last)
        work = 2 * count * (channels * side * kernel) ** 2
        with torch.inference_mode():
            times = [time_run(lambda c=convolution, x=x: c(x), device) for _ in range(12)]
        best = max(best, work / median(times[2:]) / 1e9)
    return best


def sign_difference(pixels: np.ndarray, reference: np.ndarray, clean: np.ndarray) -> float:
    """The share of pixels that two attacks move to different sides."""
    ours, theirs = (np.sign(each.astype(int) - clean) for each in (pixels, reference))
    return float(np.mean(ours != theirs))


def measure_idle(run: Callable[[], Any]) -> float:
    """The share of the time in which a GPU neither computes nor copies."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
        seconds = time_run(run, torch.device("cuda"))
    return 1 - busy_seconds(profile.events()) / seconds


def busy_seconds(events: Iterable[Any]) -> float:
    """The time of a profile in which the GPU was busy, because work may overlap there."""
    spans = sorted(
        (event.time_range.start, event.time_range.end)
        for event in events
        if event.device_type == torch.autograd.DeviceType.CUDA
    )
    busy, reached = 0.0, float("-inf")
    for start, end in spans:
        busy += max(0, end - max(start, reached))
        reached = max(reached, end)
    return busy / 1e6


def measure_rows(
    nets: Sequence[str], allocator: str, peak_gflops: float, device: torch.device, folder: Path
) -> Iterator[dict[str, Any]]:
    """The rows of results/bench.json: one per network, attack and library."""
    for name in nets:
        given = make_problem(name, device, folder)
        work = count_flop(given)
        for attack, gradients in GRADIENTS.items():
            contestants = {
                library: make(attack)
                for library, (make, attacks) in LIBRARIES.items()
                if attack in attacks
            }
            seconds = time_in_turns(contestants, given)
            reference = contestants["torchattacks"](given)
            for library, contestant in contestants.items():
                rate = len(given.pixels) * gradients / seconds[library]
                row = {
                    "net": name,
                    "attack": attack,
                    "library": library,
                    "allocator": allocator,
                    "gradients_per_s": rate,
                    "share_of_peak": rate * work / (peak_gflops * 1e9),
                    # torchattacks' averaged attack is another attack, with other noise.
                    "sign_difference": None
                    if attack == "nr-igsm"
                    else sign_difference(contestant(given), reference, given.pixels),
                }
                if device.type == "cuda":
                    row["idle"] = measure_idle(lambda run=contestant, given=given: run(given))
                yield row
                print(f"{allocator} {name} {attack} {library}: {rate:.1f}", flush=True)


def main() -> None:
    allocator, output, *given = sys.argv[1:]
    if allocator == "tuned":
        keep_memory()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    nets = given or NETS + (LARGE if device.type == "cuda" else [])
    peak_gflops = measure_peak(device)
    versions = {"torch": torch.__version__, "torchvision": torchvision.__version__}
    results = {
        "machine": describe_device(device) | versions,
        "peak_gflops": peak_gflops,
        "rows": list(measure_rows(nets, allocator, peak_gflops, device, Path(output).parent)),
    }
    Path(output).write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
