"""Table 4: fully connected networks of growing depth, attacked by one another.

A replicate is one seed and optimiser: a network of each depth, as in the paper, trained on the same
images; it is an experiment of its own, on the images that its networks all classify correctly.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from nrg.attacks import Attack
from nrg.crafting import craft
from nrg.errors import UserError
from nrg.evaluation_set import Images
from nrg.images import DataSet
from nrg.keys import image_key
from nrg.models import Classifier
from nrg.predictions import predict, score
from nrg.progress import log
from nrg.sources import mlp_name
from nrg.training import check_accuracy, train


def mlp(inputs: int, depth: int, width: int, classes: int) -> nn.Sequential:
    """inputs − width × depth − classes, with ReLU between, as "784 − 500 − 500 − 10" for D = 2."""
    sizes = [inputs, *[width] * depth]
    hidden = [layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(nn.Flatten(), *hidden, nn.Linear(width, classes))


def build_replicate(inputs: int, classes: int, section: Mapping[str, Any]) -> dict[str, Classifier]:
    """An untrained network of each depth, taking pixels 0–255."""
    return {
        mlp_name(depth): Classifier(mlp(inputs, depth, section["width"], classes), (0.0,), (1.0,))
        for depth in section["depths"]
    }


def train_replicate(
    data: DataSet,
    section: Mapping[str, Any],
    optimiser: str,
    seed: int,
    device: torch.device,
) -> dict[str, Tensor]:
    """Train a network of each depth; the state dictionaries in one, with keys mlp_d3/…"""
    pixels, labels = data.training
    state = {}
    networks = build_replicate(pixels[0].size, len(data.classes), section)
    for name, network in networks.items():
        log.info("training %s with %s", name, optimiser)
        own_seed = image_key(seed, f"{optimiser}/{name}") % 2**32
        train(network, pixels, labels, section["training"][optimiser], own_seed, device)
        check_accuracy(network, data, section.get("minimum_accuracy"), name, device)
        state |= {f"{name}/{key}": value for key, value in network.network.state_dict().items()}
    return state


def load_replicate(
    state: Mapping[str, Tensor], inputs: int, classes: int, section: Mapping[str, Any]
) -> dict[str, Classifier]:
    networks = build_replicate(inputs, classes, section)
    for name, network in networks.items():
        own = {key.removeprefix(f"{name}/"): value for key, value in state.items()}
        network.network.load_state_dict({key: own[key] for key in network.network.state_dict()})
        network.eval().requires_grad_(False)
    return networks


def attack_replicate(
    networks: Mapping[str, Classifier],
    data: DataSet,
    pixels: np.ndarray,
    attacks: Sequence[Attack],
    seed: int,
    microbatch: int,
    device: torch.device,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Attack every network, and score every network on the result.

    Args:
        pixels: (n, C, H, W), uint8, all held-out images of the data set.

    Returns:
        Predictions, with the true label of each image in a column `label`; and what the attacks
        did, a row a source and attack, as `crafting.craft` returns it.
    """
    correct = np.ones(len(pixels), bool)
    for network in networks.values():
        network.to(device)
        correct &= predict(network, pixels, data.labels, microbatch, device)["top1"] == data.labels
    kept = np.flatnonzero(correct)
    log.info("%d of %d images are classified correctly by all depths", len(kept), len(pixels))
    if not len(kept):
        raise UserError("there is no image that the networks of all depths classify correctly")
    labels = data.labels[kept]
    images = Images([data.ids[i] for i in kept], pixels[kept], labels, labels)
    frames, effects = [], []
    for source, network in networks.items():
        sets = {attack.name: np.empty_like(images.pixels) for attack in attacks}
        effect = craft([network], attacks, images, sets, seed, microbatch, device)
        effects.append(effect.assign(source=source))
        for attack, adversarial in sets.items():
            frame = score(networks, source, attack, images, adversarial, microbatch, device)
            frames.append(frame.assign(label=np.tile(labels, len(networks))))
    return pd.concat(frames, ignore_index=True), pd.concat(effects, ignore_index=True)
