"""What larger batches gain on the digits: PYTHONPATH=workflow python tests/bench/digits_batches.py

Measures milliseconds of CPU time, with one thread, that gradients of 300 images of a digit's size
take in batches of several sizes, which take turns, and whether these gradients have the same bits.
The suite's `microbatch` is chosen by these numbers. Pixels and weights are random, which hardly
changes the speed.
"""

import time
from functools import partial

import numpy as np
import pandas as pd
import torch
from nrg.attack.gradients import LossGradient
from nrg.base.devices import prepare_device
from nrg.models.classifier import Classifier, build_classifier, freeze
from nrg.study.settings import load_suite

IMAGES, ROUNDS = 300, 8
SIZES = (50, 100, 150, 300)


def take_gradients(classifier: Classifier, x: torch.Tensor, size: int) -> torch.Tensor:
    labels = torch.zeros(len(x), dtype=torch.int64)
    parts = zip(x.split(size), labels.split(size), strict=True)
    return torch.cat([LossGradient([classifier], of_part)(part) for part, of_part in parts])


def main() -> None:
    device = prepare_device(0, 1)
    suite = load_suite("digits", {})
    pixels = np.random.default_rng(0).integers(256, size=(IMAGES, *suite.data.shape))
    x, rows = torch.from_numpy(pixels).float(), {}
    for name, model in suite.zoo.items():
        torch.manual_seed(0)
        classifier = freeze(build_classifier(model), device, quick=True)
        runs = {size: partial(take_gradients, classifier, x, size) for size in SIZES}
        best = dict.fromkeys(SIZES, float("inf"))
        for _ in range(1 + ROUNDS):
            for size, run in runs.items():
                start = time.process_time()
                run()
                best[size] = min(best[size], 1e3 * (time.process_time() - start))
        expected = runs[SIZES[0]]()
        same = all(torch.equal(run(), expected) for run in runs.values())
        rows[name] = best | {"same bits": same}
    table = pd.DataFrame.from_dict(rows, orient="index")
    print(table.round(1).to_string())
    print(table[list(SIZES)].sum().round(1).to_string())


if __name__ == "__main__":
    main()
