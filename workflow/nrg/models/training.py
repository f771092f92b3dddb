"""Training the small classifiers that a suite makes itself."""

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from nrg.base.errors import UserError, name_in_errors
from nrg.base.progress import Progress, log
from nrg.data.batches import CPU, Compute
from nrg.data.datasets import DataSet
from nrg.models.classifier import Classifier
from nrg.models.predictions import predict
from nrg.study.suite import Training

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
                loss = cross_entropy(classifier(x), targets[part])
                optimiser.zero_grad()
                torch.autograd.backward(loss)
                optimiser.step()
                schedule.step()
                progress.advance(len(part))
    classifier.eval().requires_grad_(False)


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
