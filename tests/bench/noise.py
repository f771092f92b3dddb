"""What noise costs beside the gradient that it is for: python tests/bench/noise.py [THREADS]

Milliseconds an image at 224 × 224 and a batch of 16: this project's noise, torch's own generator
seeded for each image, and a gradient of squeezenet1_1 as the workflow prepares it. They take turns;
medians of 15 rounds. In brackets what the noise of 100 digits takes.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pandas as pd
import torch
from measure import problem, timed
from nrg.attack.gradients import LossGradient
from nrg.attack.noise import KeyedNoise
from nrg.base.devices import prepare_device

ROUNDS, BATCH, DIGITS = 15, 16, 100


def seeded(count: int, shape: tuple[int, ...], device: torch.device) -> Callable[[], None]:
    """Noise from torch's generator, seeded anew for each image."""
    buffer, generator = torch.empty(count, *shape, device=device), torch.Generator(device)

    def draw() -> None:
        for seed, image in enumerate(buffer):
            generator.manual_seed(2**40 + seed)
            image.normal_(generator=generator)

    return draw


def main(threads: int) -> None:
    device = prepare_device(int(torch.cuda.is_available()), threads)
    with tempfile.TemporaryDirectory() as folder:
        given = problem("squeezenet1_1", device, Path(folder))
    x = 255 * given.images.repeat(2, 1, 1, 1)[:BATCH]
    gradient = LossGradient([given.classifier], given.labels.repeat(2)[:BATCH])
    small = (1, 16, 16)
    keyed = {n: KeyedNoise(range(n), s, device) for n, s in ((BATCH, x.shape[1:]), (DIGITS, small))}
    runs = {
        "this project's noise": lambda: keyed[BATCH](0, 1),
        "torch's generator": seeded(BATCH, tuple(x.shape[1:]), device),
        "gradient": lambda: gradient(x),
        "this project's noise, digits": lambda: keyed[DIGITS](0, 1),
        "torch's generator, digits": seeded(DIGITS, small, device),
    }
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(2 + ROUNDS):
        for name, run in runs.items():
            seconds[name].append(timed(run, device))
    table = pd.DataFrame(
        {
            "what": name,
            "ms an image": 1000 * median(times[2:]) / (DIGITS if "digits" in name else BATCH),
        }
        for name, times in seconds.items()
    )
    print(f"{threads} threads")
    print(table.round(4).to_string(index=False))
    new, old, whole = table["ms an image"][:3]
    print(f"dearer than torch's generator by {100 * (new - old) / whole:.1f} % of a gradient")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
