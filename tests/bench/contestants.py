"""The libraries that the bench compares, each used as its documentation shows.

A contestant takes a problem and attacks all its images once. All attacks are ℓ∞, ε 15 of 255.
"""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import foolbox
import numpy as np
import torch
import torchattacks
from nrg.attack.crafting import craft
from nrg.base.locks import wait_for_lock
from nrg.data.batches import Compute
from nrg.data.images import Images
from nrg.models.classifier import Classifier
from nrg.study.attacks import Attack
from torch import Tensor, nn

# One process at a time, because the first import on a machine writes a file into the home folder,
# and fails where another process writes it meanwhile.
LOCK = Path(tempfile.gettempdir()) / f"nrg-{os.getuid()}-import-of-art.lock"
with wait_for_lock(LOCK, on_wait=lambda: None):
    from art.attacks.evasion import BasicIterativeMethod, FastGradientMethod
    from art.estimators.classification import PyTorchClassifier

EPSILON, ALPHA = 15, 5
STEPS, COPIES = 2, 5
GRADIENTS = {"fgsm": 1, "igsm": STEPS, "nr-igsm": STEPS * COPIES}  # per image
NRG = {
    "fgsm": Attack("linf", EPSILON),
    "igsm": Attack("linf", EPSILON, steps=STEPS, alpha=ALPHA),
    "nr-igsm": Attack("linf", EPSILON, steps=STEPS, alpha=ALPHA, copies=COPIES, sigma=15),
}


@dataclass(frozen=True)
class Problem:
    """One network and the images to attack.

    Args:
        plain: takes images in [0, 1] and normalises them; the other libraries attack it.
        classifier: the same weights in a classifier of pixels; this project attacks it.
        pixels: (n, 3, 224, 224), uint8.
        images: the same in [0, 1], float32, on the device.
        labels: (n,), int64, on the device.
    """

    plain: nn.Module
    classifier: Classifier
    pixels: np.ndarray
    images: Tensor
    labels: Tensor

    @property
    def device(self) -> torch.device:
        return self.labels.device


Contestant = Callable[[Problem], np.ndarray]


def ours(attack: str) -> Contestant:
    def run(problem: Problem) -> np.ndarray:
        labels = problem.labels.cpu().numpy()
        ids = [str(index) for index in range(len(labels))]
        images = Images(ids, problem.pixels, labels, labels)
        into = {NRG[attack].name: np.empty_like(problem.pixels)}
        compute = Compute(len(labels), problem.device)
        torch.backends.cudnn.deterministic = True  # as in this project's jobs
        craft([problem.classifier], [NRG[attack]], images, into, compute)
        torch.backends.cudnn.deterministic = False
        return into[NRG[attack].name]

    return run


def with_torchattacks(attack: str) -> Contestant:
    def run(problem: Problem) -> np.ndarray:
        epsilon, alpha = EPSILON / 255, ALPHA / 255
        method = {
            "fgsm": lambda: torchattacks.FGSM(problem.plain, eps=epsilon),
            "igsm": lambda: torchattacks.BIM(problem.plain, eps=epsilon, alpha=alpha, steps=STEPS),
            # It takes one gradient per step at the image, and N at its neighbours.
            "nr-igsm": lambda: torchattacks.VMIFGSM(
                problem.plain, eps=epsilon, alpha=alpha, steps=STEPS, N=COPIES - 1
            ),
        }[attack]()
        return to_pixels(method(problem.images, problem.labels))

    return run


def with_foolbox(attack: str) -> Contestant:
    def run(problem: Problem) -> np.ndarray:
        device = problem.device
        model = foolbox.PyTorchModel(problem.plain, bounds=(0, 1), device=device)
        method = {
            "fgsm": lambda: foolbox.attacks.LinfFastGradientAttack(random_start=False),
            "igsm": lambda: foolbox.attacks.LinfBasicIterativeAttack(
                abs_stepsize=ALPHA / 255, steps=STEPS, random_start=False
            ),
        }[attack]()
        criterion = foolbox.criteria.Misclassification(problem.labels)
        return to_pixels(method.run(model, problem.images, criterion, epsilon=EPSILON / 255))

    return run


def with_art(attack: str) -> Contestant:
    def run(problem: Problem) -> np.ndarray:
        estimator = PyTorchClassifier(
            problem.plain,
            loss=nn.CrossEntropyLoss(),
            input_shape=problem.pixels.shape[1:],
            nb_classes=1000,
            clip_values=(0, 1),
            device_type="gpu" if problem.device.type == "cuda" else "cpu",
        )
        size, epsilon = len(problem.labels), EPSILON / 255
        method = {
            "fgsm": lambda: FastGradientMethod(estimator, eps=epsilon, batch_size=size),
            "igsm": lambda: BasicIterativeMethod(
                estimator, epsilon, ALPHA / 255, STEPS, batch_size=size, verbose=False
            ),
        }[attack]()
        adversarial = method.generate(problem.images.cpu().numpy(), y=problem.labels.cpu().numpy())
        return np.rint(255 * adversarial).astype(np.uint8)

    return run


def to_pixels(images: Tensor) -> np.ndarray:
    """Images in [0, 1] as pixels 0–255, uint8."""
    return (255 * images).round().to(torch.uint8).cpu().numpy()


LIBRARIES: dict[str, tuple[Callable[[str], Contestant], tuple[str, ...]]] = {
    "nrg": (ours, ("fgsm", "igsm", "nr-igsm")),
    "torchattacks": (with_torchattacks, ("fgsm", "igsm", "nr-igsm")),
    "foolbox": (with_foolbox, ("fgsm", "igsm")),
    "adversarial-robustness-toolbox": (with_art, ("fgsm", "igsm")),
}
