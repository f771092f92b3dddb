"""A trial of the user's own attacks on two images, before anything is computed with them."""

from math import prod, sqrt
from typing import Any

import numpy as np
import torch
from torch import nn

from nrg.attack.crafting import craft
from nrg.attack.own import quote
from nrg.base.errors import UserError, name_in_errors
from nrg.base.progress import log
from nrg.base.random_states import read_random_states, were_drawn
from nrg.data.batches import CPU, Compute
from nrg.data.images import Images
from nrg.study.attacks import MOST_OUTSIDE, Attack

ROWS = 4  # of a batch, in which the two images stand twice, as in any batch that is not full
CLASSES = 10
MOST_DIFFERENT = 0.01  # the share of pixels that the order of the images may change, by rounding


def try_attack(
    label: str, attack: Attack, shape: tuple[int, int, int], device: torch.device = CPU
) -> dict[str, Any]:
    """Try an attack on two images of noise and on a small network with random weights.

    Args:
        label: how messages call it: its exhibit and its name there.
        shape: of an image, (C, H, W).
        device: of the run.

    Returns:
        attack (its name), functions (the user's own), gradients (those of an image) and outside
        (the share of pixels that it leaves outside its ball).

    Raises:
        UserError: it fails, takes other gradients than its settings say, draws random numbers of
            its own, or gives an image other pixels in another batch.
    """
    images, functions = draw_images(shape), quote(attack.own_functions)
    network, compute = build_network(shape).to(device), Compute(ROWS, device)
    with name_in_errors(label):
        pixels, gradients, outside = craft_once(network, attack, images, compute)
        if attack.function and gradients > attack.gradients:
            raise UserError(
                f"{functions} takes {gradients:g} gradients per image, more than its budget of "
                f"{attack.gradients}"
            )
        if not attack.function and gradients != attack.gradients:
            raise UserError(
                f"with {functions} it takes {gradients:g} gradients per image, and its settings "
                f"say {attack.gradients}; the setting 'count' of a look says how many points it "
                "has, and without one it has a single point"
            )
        before = read_random_states()  # after the first time, which imports modules
        turned, _, _ = craft_once(network, attack, images.pick([1, 0]), compute)
        if (turned[::-1] != pixels).mean() > MOST_DIFFERENT:
            raise UserError(
                f"with {functions} an image gets other pixels in another order of the images, or "
                "each time; draw all random numbers from the 'draws', and let images not depend on "
                "one another"
            )
        alone, _, _ = craft_once(network, attack, images.pick([0]), compute)
        if (alone != pixels[:1]).mean() > MOST_DIFFERENT:
            raise UserError(
                f"with {functions} an image gets other pixels if it is attacked alone; let images "
                "not depend on one another, as they do where a mean is over the whole batch"
            )
        if were_drawn(before):
            raise UserError(
                f"{functions} draws random numbers of Python, NumPy or torch, which are other ones "
                "each time; draw all of them from the 'draws'"
            )
    if outside > MOST_OUTSIDE:
        log.warning("%s leaves %.0f %% of pixels outside its ball", label, 100 * outside)
    known = {"attack": attack.name, "functions": " ".join(attack.own_functions)}
    return {**known, "gradients": gradients, "outside": outside}


def craft_once(
    network: nn.Module, attack: Attack, images: Images, compute: Compute
) -> tuple[np.ndarray, float, float]:
    """The adversarial images, the gradients of each image, and the share of pixels outside."""
    into, outside = {attack.name: np.empty_like(images.pixels)}, dict[Attack, float]()
    whole = draw_images(images.pixels.shape[1:])
    effects = craft(
        [network],
        [attack],
        images,
        into,
        compute,
        evaluation_set=whole,
        warn=outside.__setitem__,
    )
    return into[attack.name], effects["gradients"][0] / len(images), outside[attack]


def draw_images(shape: tuple[int, int, int]) -> Images:
    """Two images of noise, of two classes."""
    pixels = np.random.default_rng(0).integers(0, 256, (2, *shape), np.uint8)
    labels = np.arange(2)
    return Images(["trial-0", "trial-1"], pixels, labels, labels[::-1].copy())


def build_network(shape: tuple[int, int, int]) -> nn.Module:
    """A smooth network with random weights of a seed, which takes images of this shape."""
    generator, size = torch.Generator().manual_seed(0), prod(shape)
    first, last = nn.Linear(size, 16), nn.Linear(16, CLASSES)
    nn.init.normal_(first.weight, std=1 / (255 * sqrt(size)), generator=generator)
    nn.init.normal_(last.weight, generator=generator)
    return nn.Sequential(nn.Flatten(), first, nn.Tanh(), last).requires_grad_(False)
