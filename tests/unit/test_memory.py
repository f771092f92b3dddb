"""Memory of crafting does not grow with the number of images."""

import subprocess
import sys
from pathlib import Path

import pytest
from inputs import ROOT

CRAFT = """
import sys
import numpy as np
import torch
from nrg.attacks import Attack
from nrg.crafting import craft
from nrg.evaluation_set import Images
from nrg.storage import map_pixels, new_pixels

def anonymous():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))

class Watched(torch.nn.Module):
    def forward(self, x):
        global most
        most = max(most, anonymous())
        return x.flatten(1)[:, :10].sin() * x.mean()

n, folder, most = int(sys.argv[1]), sys.argv[2], 0
shape = (n, 3, 64, 64)
with new_pixels(f"{folder}/images", {"images": shape}) as arrays:
    for start in range(0, n, 50):
        arrays["images"][start : start + 50] = start % 200
images = Images(list(map(str, range(n))), map_pixels(f"{folder}/images")["images"],
                np.arange(n) % 10, (np.arange(n) + 1) % 10)
attacks = [Attack("linf", 15), Attack("linf", 15, copies=2, sigma=15)]
with new_pixels(f"{folder}/sets", {attack.name: shape for attack in attacks}) as sets:
    craft([Watched()], attacks, images, sets, 0, 16, torch.device("cpu"))
print(most)
"""


def peak_of(count: int, folder: Path) -> int:
    """Anonymous memory, in kB: what is not backed by a file and so cannot be let go."""
    folder.mkdir()
    run = subprocess.run(
        [sys.executable, "-c", CRAFT, str(count), str(folder)],
        env={"PYTHONPATH": str(ROOT / "workflow"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(run.stdout)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's /proc")
def test_five_thousand_images_need_no_more_memory_than_two_hundred(tmp_path):
    few, many = peak_of(200, tmp_path / "few"), peak_of(5000, tmp_path / "many")
    assert many < few + 10_000, "in kB; 5,000 images are 61,000 kB, and so is each set"
