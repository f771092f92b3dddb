"""Memory of crafting does not grow with the number of images."""

from pathlib import Path

import pytest
from processes import start

CRAFT = """
import sys
import numpy as np
import torch
from nrg.study.attacks import Attack
from nrg.attack.crafting import craft
from nrg.data.batches import Compute
from nrg.data.images import Images
from nrg.base.safetensors_files import create_pixels, map_pixels

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
with create_pixels(f"{folder}/images", {"images": shape}) as arrays:
    for start in range(0, n, 50):
        arrays["images"][start : start + 50] = start % 200
images = Images(list(map(str, range(n))), map_pixels(f"{folder}/images")["images"],
                np.arange(n) % 10, (np.arange(n) + 1) % 10)
attacks = [Attack("linf", 15), Attack("linf", 15, copies=2, sigma=15)]
with create_pixels(f"{folder}/sets", {attack.name: shape for attack in attacks}) as sets:
    craft([Watched()], attacks, images, sets, Compute(16, torch.device("cpu")))
print(most)
"""


def run(code: str, *arguments: object) -> int:
    """The number that code prints last, in a process of its own."""
    job = start(code, *arguments)
    printed, said = job.communicate()
    assert job.returncode == 0, said
    return int(printed.splitlines()[-1])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's /proc")
def test_five_thousand_images_need_no_more_memory_than_two_hundred(tmp_path):
    few, many = run(CRAFT, 200, tmp_path), run(CRAFT, 5000, tmp_path)
    assert many < few + 10_000, "in kB; 5,000 images are 61,000 kB, and so is each set"


BATCH = """
import sys
import numpy as np
import torch
from nrg.study.attacks import Attack
from nrg.attack.crafting import craft
from nrg.base.devices import prepare_device
from nrg.data.batches import Compute
from nrg.data.images import Images
from nrg.models.classifier import build_classifier, freeze
from nrg.study.settings import load_suite

def status(key):
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key))

device = prepare_device(0, 2)
model = load_suite("imagenet", {}).zoo[sys.argv[1]]
classifier = freeze(build_classifier(model), device, quick=True)
before = status("VmRSS")
labels = np.arange(16)
pixels = np.random.default_rng(0).integers(0, 256, (16, 3, 224, 224), np.uint8)
attack = Attack("linf", 15, copies=2, sigma=15)
images = Images([str(i) for i in labels], pixels, labels, labels)
craft([classifier], [attack], images, {attack.name: np.empty_like(pixels)}, Compute(16, device))
print(status("VmHWM") - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's /proc")
@pytest.mark.parametrize("net", ["squeezenet1_1", "resnet18", "vgg11_bn"])
def test_sixteen_images_need_less_than_a_gigabyte_and_a_half(net):
    assert run(BATCH, net) < 1_500_000, "in kB, beside the model"
