"""Table 4's fully connected networks of growing depth.

A replicate is one seed and one optimiser: a network of each depth, as in the paper, all trained on
the same images. Each replicate is an experiment of its own, on the images that all its networks
classify correctly.
"""

from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Tensor, nn

from nrg.base.errors import UserError
from nrg.base.image_keys import image_key
from nrg.base.progress import log
from nrg.data.datasets import DataSet
from nrg.models.classifier import Classifier
from nrg.models.training import check_accuracy, train
from nrg.study.sources import name_mlp
from nrg.study.suite import Mlps


def build_mlp(inputs: int, depth: int, width: int, classes: int) -> nn.Sequential:
    """A fully connected network with `depth` hidden layers of `width` units and ReLU.

    For depth 2 the paper writes it as "784 − 500 − 500 − 10".
    """
    sizes = [inputs, *[width] * depth]
    hidden = [layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(nn.Flatten(), *hidden, nn.Linear(width, classes))


def build_replicate(inputs: int, classes: int, mlps: Mlps) -> dict[str, Classifier]:
    """An untrained network of each depth, taking pixels 0–255."""
    return {
        name_mlp(depth): Classifier(build_mlp(inputs, depth, mlps.width, classes))
        for depth in mlps.depths
    }


def train_replicate(
    data: DataSet, mlps: Mlps, optimiser: str, seed: int, device: torch.device
) -> dict[str, Tensor]:
    """Train a network of each depth.

    Returns:
        All state dictionaries in one, whose keys begin with the networks' names (mlp_d3/…).

    Raises:
        UserError: the data set has no images to train with, or a network is less accurate than the
            suite demands.
    """
    if data.training is None:
        raise UserError("mlps: the data set has no images to train with")
    pixels, labels = data.training
    state: dict[str, Tensor] = {}
    networks = build_replicate(pixels[0].size, len(data.classes), mlps)
    for name, network in networks.items():
        log.info("training %s with %s", name, optimiser)
        network_seed = image_key(seed, f"{optimiser}/{name}") % 2**32
        train(network, pixels, labels, mlps.training[optimiser], network_seed, device)
        check_accuracy(network, data, mlps.minimum_accuracy, name, device)
        state |= {f"{name}/{key}": value for key, value in network.network.state_dict().items()}
    return state


def load_replicate(
    state: Mapping[str, Tensor], inputs: int, classes: int, mlps: Mlps
) -> dict[str, Classifier]:
    """The networks that `train_replicate` trained, frozen, from their state dictionaries."""
    networks = build_replicate(inputs, classes, mlps)
    for name, network in networks.items():
        keys = network.network.state_dict()
        network.network.load_state_dict({key: state[f"{name}/{key}"] for key in keys})
        network.eval().requires_grad_(False)
    return networks
