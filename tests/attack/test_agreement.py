"""Agreement with independent implementations, on the same model and images.

Their classifiers take [0, 1]; ours take pixels 0–255. Both compute in float64, for in float32 low
bits move the signs of small gradients, and iterated attacks drift apart from there.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch
from adversarial_sets import crafted, images
from inputs import real
from nrg.data.datasets import open_data_set
from nrg.data.images import Images
from nrg.data.weight_files import find_weight_file
from nrg.models.classifier import Classifier, build_network
from nrg.study.attacks import Attack
from nrg.study.settings import load_suite
from weights import fetch_weights


class OfUnit(torch.nn.Module):
    """A classifier of pixels 0–255 as one of [0, 1]."""

    def __init__(self, classifier):
        super().__init__()
        self.classifier = classifier

    def forward(self, x):
        return self.classifier(255 * x)


def unit(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pixels / np.float64(255))


def squeezenet_and_images():
    suite = load_suite("imagenet", {"zoo": ["squeezenet1_1"]})
    model = suite.zoo["squeezenet1_1"]
    state, _ = fetch_weights(model, find_weight_file(model.name, real("weights")))
    network = build_network(model)
    network.load_state_dict(state)
    classifier = Classifier(network, model.mean, model.std).eval().requires_grad_(False)
    folder = real("imagenet-val-1300")
    data = open_data_set(
        replace(suite.data, images=str(folder / "images"), labels=str(folder / "val.txt"))
    )
    pixels = np.stack([data.read(i) for i in range(4)])
    return classifier, Images(data.ids[:4], pixels, data.labels[:4], data.labels[:4])


def tiny_and_images(tiny):
    return tiny(channels=3), images(8, channels=3)


@pytest.fixture(params=["tiny", "squeezenet1_1"])
def contestants(request, tiny):
    known = squeezenet_and_images() if request.param == "squeezenet1_1" else tiny_and_images(tiny)
    classifier, data = known
    return classifier.double(), data


def differing(ours: np.ndarray, theirs: torch.Tensor) -> float:
    return float(np.mean(ours != (255 * theirs).round().numpy().astype(np.uint8)))


@pytest.mark.parametrize(
    "attack",
    [Attack("linf", 15), Attack("linf", 15, steps=5, alpha=4)],
    ids=lambda attack: attack.name,
)
def test_fgsm_and_igsm_agree_with_torchattacks(contestants, attack):
    torchattacks = pytest.importorskip("torchattacks")
    classifier, data = contestants
    model = OfUnit(classifier).eval()
    if attack.steps == 1:
        peer = torchattacks.FGSM(model, eps=15 / 255)
    else:
        peer = torchattacks.BIM(model, eps=15 / 255, alpha=4 / 255, steps=5)
    theirs = peer(unit(data.pixels), torch.from_numpy(data.labels))
    into, _ = crafted([lambda x: classifier(x.double())], [attack], data, microbatch=4)
    assert differing(into[attack.name], theirs) < 1e-4


@pytest.mark.parametrize("steps", [1, 4])
def test_l2_attacks_agree_with_foolbox(contestants, steps):
    foolbox = pytest.importorskip("foolbox")
    classifier, data = contestants
    attack = Attack("l2", 15, steps=steps, alpha=15 if steps == 1 else 6)
    root = np.sqrt(data.pixels[0].size)  # an RMSD of 1 is an ℓ2 norm of √d
    peer = foolbox.attacks.L2BasicIterativeAttack(
        abs_stepsize=attack.alpha / 255 * root, steps=steps, random_start=False
    )
    model = foolbox.PyTorchModel(OfUnit(classifier).eval(), bounds=(0, 1), device="cpu")
    _, theirs, _ = peer(
        model,
        unit(data.pixels),
        torch.from_numpy(data.labels),
        epsilons=15 / 255 * root,
    )
    into, _ = crafted([lambda x: classifier(x.double())], [attack], data, microbatch=4)
    difference = np.abs(into[attack.name].astype(float) - (255 * theirs).numpy())
    assert np.mean(difference > 0.51) < 1e-4, "ours are rounded to whole pixels, and no more"
