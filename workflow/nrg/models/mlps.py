"""Table 4's fully connected networks of growing depth.

A replicate is one seed and optimiser: a network of each depth, as in the paper, trained on the same
images; it is an experiment of its own, on the images that its networks all classify correctly.
"""

from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Tensor, nn

from nrg.base.image_keys import image_key
from nrg.base.progress import log
from nrg.data.datasets import DataSet
from nrg.models.classifier import Classifier
from nrg.models.training import check_accuracy, train
from nrg.study.sources import mlp_name
from nrg.study.suite import Mlps


def mlp(inputs: int, depth: int, width: int, classes: int) -> nn.Sequential:
    """inputs − width × depth − classes, with ReLU between, as "784 − 500 − 500 − 10" for D = 2."""
    sizes = [inputs, *[width] * depth]
    hidden = [layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(nn.Flatten(), *hidden, nn.Linear(width, classes))


def build_replicate(inputs: int, classes: int, mlps: Mlps) -> dict[str, Classifier]:
    """An untrained network of each depth, taking pixels 0–255."""
    return {
        mlp_name(depth): Classifier(mlp(inputs, depth, mlps.width, classes), (0.0,), (1.0,))
        for depth in mlps.depths
    }


def train_replicate(
    data: DataSet,
    mlps: Mlps,
    optimiser: str,
    seed: int,
    device: torch.device,
) -> dict[str, Tensor]:
    """Train a network of each depth; the state dictionaries in one, with keys mlp_d3/…"""
    pixels, labels = data.training
    state = {}
    networks = build_replicate(pixels[0].size, len(data.classes), mlps)
    for name, network in networks.items():
        log.info("training %s with %s", name, optimiser)
        own_seed = image_key(seed, f"{optimiser}/{name}") % 2**32
        train(network, pixels, labels, mlps.training[optimiser], own_seed, device)
        check_accuracy(network, data, mlps.minimum_accuracy, name, device)
        state |= {f"{name}/{key}": value for key, value in network.network.state_dict().items()}
    return state


def load_replicate(
    state: Mapping[str, Tensor], inputs: int, classes: int, mlps: Mlps
) -> dict[str, Classifier]:
    networks = build_replicate(inputs, classes, mlps)
    for name, network in networks.items():
        own = {key.removeprefix(f"{name}/"): value for key, value in state.items()}
        network.network.load_state_dict({key: own[key] for key in network.network.state_dict()})
        network.eval().requires_grad_(False)
    return networks
