"""How a CPU's cores are best used: python tests/bench/cuts.py

Measures the gradients per second of all cores together, for several microbatches, and for one
process with a thread per core compared with one process per core. A suite's `microbatch` and
`threads` are chosen by these numbers.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NETS = ("squeezenet1_1", "resnet18")
MICROBATCHES = (8, 16, 32)
IMAGES, STEPS = 32, 8

WORK = """
import sys, tempfile, time
from pathlib import Path
import numpy as np, torch
from measure import photographs
from nrg.study.attacks import Attack
from nrg.attack.crafting import craft
from nrg.base.devices import prepare_device
from nrg.data.batches import Compute
from nrg.data.images import Images
from nrg.models.classifier import build_classifier, freeze
from nrg.study.settings import load_suite

net, microbatch, threads, count, steps = sys.argv[1], *map(int, sys.argv[2:])
device = prepare_device(0, threads)
classifier = freeze(build_classifier(load_suite("imagenet", {}).zoo[net]), device, quick=True)
labels = np.arange(count)
images = Images([str(i) for i in labels], photographs(count), labels, labels)
attack = Attack("linf", 15, steps=steps, alpha=5)
into = {attack.name: np.empty_like(images.pixels)}
craft([classifier], [attack], images[:microbatch], into, Compute(microbatch, device))
print("ready", flush=True)
input()
craft([classifier], [attack], images, into, Compute(microbatch, device))
print("done", flush=True)
"""


def measure_rate(net: str, microbatch: int, processes: int, threads: int) -> float:
    """Gradients per second of `processes` processes together, which start at the same time."""
    path = os.pathsep.join(map(str, (ROOT / "workflow", HERE)))
    given = [net, microbatch, threads, IMAGES, STEPS]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WORK, *map(str, given)],
            env=os.environ | {"PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(processes)
    ]
    for process in running:
        assert process.stdout.readline().strip() == "ready"
    start = time.perf_counter()
    for process in running:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in running:
        assert process.stdout.readline().strip() == "done"
    seconds = time.perf_counter() - start
    for process in running:
        process.communicate()
    return processes * IMAGES * STEPS / seconds


def main() -> None:
    cores = len(os.sched_getaffinity(0))
    rows = [
        {
            "net": net,
            "microbatch": microbatch,
            "one process": measure_rate(net, microbatch, 1, cores),
            "one process per core": measure_rate(net, microbatch, cores, 1),
        }
        for net in NETS
        for microbatch in MICROBATCHES
    ]
    table = pd.DataFrame(rows)
    table["ratio"] = table["one process per core"] / table["one process"]
    print(table.round(2).to_string(index=False))


if __name__ == "__main__":
    main()
