"""Training the small classifiers that a suite makes itself."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from nrg.base.errors import UserError, name_in_errors
from nrg.base.progress import Progress, log
from nrg.data.batches import CPU, Compute
from nrg.data.datasets import DataSet
from nrg.models.classifier import Classifier
from nrg.models.predictions import predict
from nrg.study.suite import Adversarial, Training

OPTIMISERS = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam, "sgd": torch.optim.SGD}


def initialise(network: nn.Module, seed: int) -> None:
    """Draw all parameters anew, the weights as He et al. (2015) do.

    torch draws smaller weights, with which fire networks and the deepest perceptrons do not train.
    """
    torch.manual_seed(seed)
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif callable(reset := getattr(module, "reset_parameters", None)):
            reset()


def train(
    classifier: Classifier,
    pixels: np.ndarray,
    labels: np.ndarray,
    recipe: Training,
    seed: int = 0,
    device: torch.device = CPU,
) -> None:
    """Train a classifier in place, by cross entropy; it is frozen afterwards.

    A recipe that is adversarial trains it on images that are attacked at each step.

    Args:
        pixels: (n, C, H, W), uint8.
        labels: (n,).

    Raises:
        UserError: the recipe's batch is larger than the data set, or its optimiser has no such
            option.
    """
    initialise(classifier.network, seed)
    generator = torch.Generator().manual_seed(seed)
    classifier.to(device).train()
    if recipe.batch > len(pixels):
        raise UserError(f"training: batch is {recipe.batch}, more than the {len(pixels)} images")
    images = torch.from_numpy(np.ascontiguousarray(pixels)).to(device)
    targets = torch.from_numpy(np.asarray(labels, np.int64)).to(device)
    batches = len(images) // recipe.batch
    given = {"momentum": recipe.momentum, "weight_decay": recipe.weight_decay}
    options = {name: value for name, value in given.items() if value is not None}
    shift, rate = recipe.shift, recipe.learning_rate
    try:
        optimiser = OPTIMISERS[recipe.optimiser](classifier.parameters(), lr=rate, **options)
    except TypeError as error:
        raise UserError(f"training: {recipe.optimiser} has no such option: {error}") from error
    schedule: torch.optim.lr_scheduler.LRScheduler
    if recipe.schedule == "one-cycle":
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, rate, total_steps=recipe.epochs * batches
        )
    else:
        schedule = torch.optim.lr_scheduler.ConstantLR(optimiser, 1)
    with Progress("training images", recipe.epochs * batches * recipe.batch) as progress:
        for _ in range(recipe.epochs):
            order = torch.randperm(len(images), generator=generator)
            for part in order[: batches * recipe.batch].view(batches, -1):
                x = images[part].float()
                if shift:
                    moves = torch.randint(-shift, shift + 1, (2,), generator=generator).tolist()
                    x = x.roll(moves, (2, 3))
                if recipe.adversarial is not None:
                    x = attack_batch(classifier, x, targets[part], recipe.adversarial, generator)
                loss = cross_entropy(classifier(x), targets[part])
                optimiser.zero_grad()
                torch.autograd.backward(loss)
                optimiser.step()
                schedule.step()
                progress.advance(len(part))
    classifier.eval().requires_grad_(False)


def attack_batch(
    classifier: Classifier,
    x: Tensor,
    labels: Tensor,
    adversarial: Adversarial,
    generator: torch.Generator,
) -> Tensor:
    """Images of the ℓ∞ ball around a batch on which the loss is larger.

    One step from a random point of the ball does as well as several from the centre (Wong et al.
    2020).

    Args:
        x: (n, C, H, W), float32, pixels 0–255.
        labels: (n,).
        generator: of the random points, on the CPU, so that they do not depend on the device.
    """
    epsilon, alpha = adversarial.epsilon, 1.25 * adversarial.epsilon / adversarial.steps
    start = torch.rand(x.shape, generator=generator).to(x.device)
    moved = (x + epsilon * (2 * start - 1)).clamp(0, 255)
    for _ in range(adversarial.steps):
        moved.requires_grad_()
        (gradient,) = torch.autograd.grad(cross_entropy(classifier(moved), labels), moved)
        moved = moved.detach() + alpha * gradient.sign()
        moved = moved.clamp(x - epsilon, x + epsilon).clamp(0, 255)
    return moved


def check_accuracy(
    classifier: Classifier, data: DataSet, minimum: float | None, name: str, device: torch.device
) -> None:
    """Log how accurate the classifier is on the held-out images.

    Args:
        minimum: of its Top-1 accuracy, in percent.

    Raises:
        UserError: its Top-1 accuracy is below the minimum, or a logit is not finite.
    """
    images = data.load()
    compute = Compute(500, device)
    with name_in_errors(name):
        predictions = predict(classifier, images.pixels, images.labels, compute)
    accuracy = 100 * float(np.mean(predictions["top1"] == images.labels))
    log.info("clean accuracy %.2f %% on %d held-out images", accuracy, len(images))
    if minimum is not None and accuracy < minimum:
        raise UserError(
            f"{name} classifies {accuracy:.2f} % of the held-out images correctly, and its "
            f"minimum_accuracy is {minimum}; train longer, or lower it"
        )
