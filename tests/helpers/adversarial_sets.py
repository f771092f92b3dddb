"""Attacks, images and a network short of memory, and a short way to craft adversarial sets."""

import numpy as np
import torch
from nrg.attack.crafting import craft
from nrg.data.batches import Compute
from nrg.data.images import Images
from nrg.study.attacks import Attack
from torch import nn

CPU = torch.device("cpu")
FGSM = Attack("linf", 15)
NR_FGSM = Attack("linf", 15, copies=6, sigma=15)
NR_FGM = Attack("l2", 15, copies=6, sigma=15)
IGSM = Attack("linf", 15, steps=6, alpha=4)
NR_IGSM = Attack("linf", 15, steps=3, alpha=6, copies=4, sigma=15)
IGM = Attack("l2", 15, steps=4, alpha=6)
FRACTION = Attack("linf", 2.5, steps=3, alpha=1.2)
ALL = [FGSM, FRACTION, Attack("l2", 15), NR_FGSM, NR_FGM, IGSM, NR_IGSM, IGM]


def images(n: int = 20, channels: int = 1, size: int = 8) -> Images:
    pixels = np.random.default_rng(0).integers(0, 256, (n, channels, size, size), np.uint8)
    labels = np.arange(n) % 5
    return Images([f"image-{i}" for i in range(n)], pixels, labels, (labels + 2) % 5)


def exact_network(seed: int, inputs: int = 64, dtype: torch.dtype = torch.float32):
    """Two layers in float64 with weights of a seed: pixels 0–255, (n, …), to logits (n, 5).

    Weights are fractions of integers, so that no machine rounds a sign of a gradient otherwise.
    """
    rng = np.random.default_rng(seed)
    first = torch.from_numpy(rng.integers(-9, 10, (inputs, 16)) / 64)
    last = torch.from_numpy(rng.integers(-9, 10, (16, 5)) / 4)
    return lambda x: (((x.double() / 255 - 0.5).flatten(1) @ first).tanh() @ last).to(dtype)


class LittleMemory(nn.Module):
    """A network on a device that has memory for `most` images at once."""

    def __init__(self, network: nn.Module, most: int) -> None:
        super().__init__()
        self.network, self.most = network, most

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if len(x) > self.most:
            raise torch.OutOfMemoryError(f"no memory for more than {self.most} images")
        return self.network(x)


def crafted(
    networks,
    attacks,
    data=None,
    microbatch=8,
    seed=0,
    weights=None,
    device=CPU,
    evaluation_set=None,
):
    """The adversarial images by the attacks' names, and what the attacks did, by the same."""
    data = data or images()
    into = {attack.name: np.zeros_like(data.pixels) for attack in attacks}
    compute = Compute(microbatch, device, seed)
    effects = craft(networks, attacks, data, into, compute, weights, evaluation_set)
    return into, effects.set_index("attack")
