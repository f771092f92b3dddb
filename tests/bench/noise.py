"""What noise costs compared with the gradient that it is for: python tests/bench/noise.py [THREADS]

Measures milliseconds per image, at 224 × 224 and a batch of 16, of this project's noise, of torch's
own generator seeded for each image, and of a gradient of squeezenet1_1 in its quick form; also of
the noise of 100 digits. They take turns, and medians of 15 rounds are printed.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pandas as pd
import torch
from measure import make_problem, time_run
from nrg.attack.gradients import LossGradient
from nrg.attack.noise import KeyedNoise
from nrg.base.devices import prepare_device

ROUNDS, BATCH, DIGITS = 15, 16, 100


def seed_each_image(count: int, shape: tuple[int, ...], device: torch.device) -> Callable[[], None]:
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
        given = make_problem("squeezenet1_1", device, Path(folder))
    x = 255 * given.images.repeat(2, 1, 1, 1)[:BATCH]
    gradient = LossGradient([given.classifier], given.labels.repeat(2)[:BATCH])
    small = (1, 16, 16)
    keyed = {n: KeyedNoise(range(n), s, device) for n, s in ((BATCH, x.shape[1:]), (DIGITS, small))}
    runs = {
        "this project's noise": lambda: keyed[BATCH](0, 1),
        "torch's generator": seed_each_image(BATCH, tuple(x.shape[1:]), device),
        "gradient": lambda: gradient(x),
        "this project's noise, digits": lambda: keyed[DIGITS](0, 1),
        "torch's generator, digits": seed_each_image(DIGITS, small, device),
    }
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(2 + ROUNDS):
        for name, run in runs.items():
            seconds[name].append(time_run(run, device))
    table = pd.DataFrame(
        {
            "what": name,
            "ms per image": 1000 * median(times[2:]) / (DIGITS if "digits" in name else BATCH),
        }
        for name, times in seconds.items()
    )
    print(f"{threads} threads")
    print(table.round(4).to_string(index=False))
    keyed_noise, generator, gradient_time = table["ms per image"][:3]
    extra = 100 * (keyed_noise - generator) / gradient_time
    print(f"slower than torch's generator by {extra:.1f} % of a gradient")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
