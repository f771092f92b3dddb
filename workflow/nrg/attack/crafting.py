"""Adversarial sets: attacks run over an evaluation set, batch by batch.

Every attack looks at points (`look`), filters the gradients found there (`apply_filters`), joins
them with what it has found before (`remember`), and takes a step (`ascend`). Attacks differ in the
values of an `Attack` only.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import floor

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from nrg.attack.balls import BALLS
from nrg.attack.draws import Draws, Partners
from nrg.attack.effects import Effect, measure_effect
from nrg.attack.gradients import (
    OVERFLOW,
    CountedGradient,
    LossGradient,
    Network,
    is_not_finite,
    is_zero,
    refuse_overflow,
)
from nrg.attack.looks import look, look_copy_by_copy
from nrg.attack.losses import LOSSES
from nrg.attack.memories import apply_filters, remember
from nrg.attack.own import OwnGradient, call_attack, explain_own, quote
from nrg.attack.views import Sight
from nrg.base.errors import name_in_errors
from nrg.base.progress import Progress, log
from nrg.data.batches import Compute, in_batches, load_pixels
from nrg.data.images import Images
from nrg.study.attacks import (
    MOST_OUTSIDE,
    Attack,
    count_gradients_per_image,
    group_by_gradients,
)


def ascend(
    x: Tensor, gradient: Tensor, clean: Tensor, attack: Attack, factor: Tensor | float = 1.0
) -> Tensor:
    """One step of any attack: clip(x + α g(x)), with the attack's ball, ε and α (Eq. 7, 9, 10).

    Args:
        x: images where the attack has arrived, (n, C, H, W), pixels 0–255.
        gradient: of the loss at x, plain or noise-reduced, not yet normalised.
        clean: the images where the attack began, the centres of the balls.
        factor: of α, for each pixel or for all.
    """
    ball = BALLS[attack.ball]
    step = attack.alpha * factor * ball.direction(gradient)
    return ball.project(x + step, clean, attack.epsilon)


@dataclass(frozen=True)
class Crafted:
    """A batch of images as one attack leaves them, on the device.

    Attributes:
        attack: the attack that made them.
        pixels: (n, C, H, W), uint8.
        zero: (n,), bool: the gradient was zero everywhere at some step.
        overflowed: (n,), bool: the gradient was not finite at some step.
        outside: (n,), float32: the share of pixels that had to be projected into the ball at the
            end; None for attacks that are projected at each step.
    """

    attack: Attack
    pixels: Tensor
    zero: Tensor
    overflowed: Tensor
    outside: Tensor | None = None

    def sum_outside(self, images: int) -> float:
        """The shares of the first `images` images outside the ball, added up."""
        return 0.0 if self.outside is None else float(self.outside[:images].sum())


def warn_if_outside(attack: Attack, share: float) -> None:
    """Warn that an attack leaves its ball, if more than a few pixels do so."""
    if share > MOST_OUTSIDE:
        log.warning(
            "%s: %.3g %% of pixels lay outside the ball and were projected into it",
            attack.name,
            100 * share,
        )


def craft(
    networks: Sequence[Network],
    attacks: Sequence[Attack],
    images: Images,
    into: Mapping[str, np.ndarray],
    compute: Compute,
    ensemble_weights: Sequence[float] | None = None,
    evaluation_set: Images | None = None,
    warn: Callable[[Attack, float], None] = warn_if_outside,
) -> pd.DataFrame:
    """Run attacks on a source, and write the adversarial images as whole pixels.

    Args:
        networks: the source: one frozen classifier on the device, or several as an ensemble; each
            takes pixels 0–255, (n, C, H, W), float32, and returns logits (n, classes).
        into: for each attack's name an array (n, C, H, W), uint8. It is filled batch by batch, so
            that memory does not grow with the number of images.
        compute: how they are run; its seed is that of the noise.
        ensemble_weights: one per network, with the sum 1; equal unless given.
        evaluation_set: the whole set, if `images` are a shard of it; images of other classes are
            taken from it.
        warn: is told, for each attack, of the share of pixels outside its ball before projection.

    Returns:
        One row per attack: attack, family (the name of the first attack of those that it shares
        gradients with), images, linf and rmsd of the perturbation (means over images, in pixels),
        zero_gradients (images whose gradient was zero everywhere at some step) and gradients
        (counted as they are taken, by each network and once for the whole family).

    Raises:
        UserError: a gradient is not finite, a function of the user's own fails, or not even one
            image fits into memory.
    """
    device = compute.device
    groups = group_by_gradients(attacks)
    costs = [count_gradients_per_image(group) * len(networks) for group in groups]
    totals = {attack.name: Effect() for group in groups for attack in group}
    log_weights = None
    if ensemble_weights is not None:
        log_weights = torch.tensor(ensemble_weights, device=device).log()
    with Progress("gradients", len(images) * sum(costs)) as progress:

        def craft_batch(part: slice, size: int) -> dict[str, Effect]:
            progress.done = sum(costs) * part.start  # so that a repeated batch counts once
            batch = images[part]
            filled = fill(batch, size)
            clean = load_pixels(filled.pixels, device)
            draws = Draws(compute.seed, batch.ids, clean.shape[1:], device, size)
            partners = Partners(evaluation_set or images, filled.labels)
            effects = {}
            for group in groups:
                first = group[0]
                labels = filled.target_labels if first.targeted else filled.labels
                on_device, loss = torch.from_numpy(labels).to(device), LOSSES[first.loss]
                loss_gradient = LossGradient(networks, on_device, first.targeted, log_weights, loss)
                each = len(batch) * len(networks)
                gradient = CountedGradient(loss_gradient, each, progress.advance)
                sight = Sight(first, draws, partners)
                for crafted in craft_group(group, clean, gradient, sight):
                    adversarial = crafted.pixels[: len(batch)].cpu()
                    into[crafted.attack.name][part] = adversarial.numpy()
                    effects[crafted.attack.name] = measure_effect(
                        clean=load_pixels(batch.pixels, adversarial.device),
                        adversarial=adversarial,
                        zero_gradients=int(crafted.zero[: len(batch)].sum()),
                        gradients=gradient.count,
                        outside=crafted.sum_outside(len(batch)),
                    )
            return effects

        for _, effects in in_batches(len(images), compute.microbatch, craft_batch):
            for name, effect in effects.items():
                totals[name] += effect
    for attack in chain.from_iterable(groups):
        warn(attack, totals[attack.name].outside / len(images))
    rows = [
        {"attack": attack.name, "family": group[0].name, **totals[attack.name].means()}
        for group in groups
        for attack in group
    ]
    return pd.DataFrame(rows)


def fill(batch: Images, size: int) -> Images:
    """The images of a batch, one after another until there are `size` of them.

    Kernels depend on the batch size in their low bits, so that in a smaller batch an image would
    differ from the same image in a full one. What fills a batch serves to look at further points.
    """
    return batch.pick([row % len(batch) for row in range(size)])


def craft_group(
    group: Sequence[Attack], clean: Tensor, gradient: CountedGradient, sight: Sight
) -> list[Crafted]:
    """Attacks that share gradients, on one batch.

    All of a group is computed before the first result is asked for, so that a GPU never waits for
    the CPU in between.

    Raises:
        UserError: a gradient is not finite, or a function of the user's own fails.
    """
    first, ids = group[0], sight.draws.ids
    craft_composed = craft_fast if first.shares_one_gradient else craft_iterated
    craft_all = craft_own if first.function else craft_composed
    cause = OVERFLOW
    if first.own_functions:
        cause = f"{quote(first.own_functions)} may make it so, or {OVERFLOW}"
    with name_in_errors(first.name), explain_own(first.own_functions):
        made = [*craft_all(group, clean, gradient, sight)]
        for crafted in made:
            refuse_overflow(crafted.overflowed, ids, cause)
    return made


def craft_fast(
    family: Sequence[Attack], clean: Tensor, gradient: CountedGradient, sight: Sight
) -> Iterator[Crafted]:
    """Attacks of one step: any ε, either ball, and any smaller m, from one running mean."""
    longest = max(family, key=lambda attack: attack.copies)
    means = look_copy_by_copy(clean, sight, longest.looks, gradient)
    for copy, mean in enumerate(means, start=1):
        for attack in family:
            if attack.copies == copy:
                pixels = round_pixels(ascend(clean, mean, clean, attack), clean, attack)
                yield Crafted(attack, pixels, is_zero(mean), is_not_finite(mean))


def craft_iterated(
    family: Sequence[Attack], clean: Tensor, gradient: CountedGradient, sight: Sight
) -> Iterator[Crafted]:
    """Attacks that differ in their number of steps alone, from one run of the longest."""
    first = family[0]
    zero, overflowed = torch.zeros(2, len(clean), dtype=torch.bool, device=clean.device)
    x = clean
    for step in range(max(attack.steps for attack in family)):
        sight.step = step
        groups = apply_filters(look(x, sight, first.looks, gradient), first.filter)
        direction = remember(groups, sight.memory, first.remember)
        x = ascend(x, direction, clean, first, sight.memory.get("step", 1.0))
        zero = zero | is_zero(groups.here)
        overflowed = overflowed | is_not_finite(direction)
        for attack in family:
            if attack.steps == step + 1:
                yield Crafted(attack, round_pixels(x, clean, attack), zero, overflowed)


def craft_own(
    family: Sequence[Attack], clean: Tensor, gradient: CountedGradient, sight: Sight
) -> Iterator[Crafted]:
    """Attacks that are functions of the user's own; what these return is projected and rounded."""
    for attack in family:
        assert attack.function is not None
        own = OwnGradient(gradient, clean, attack.function)
        x = call_attack(attack, attack.function, own, clean, sight.draws)
        ball = BALLS[attack.ball]
        outside = ball.is_outside(x, clean, attack.epsilon).float().mean((1, 2, 3))
        pixels = round_pixels(ball.project(x, clean, attack.epsilon), clean, attack)
        yield Crafted(attack, pixels, own.zero, own.overflowed, outside)


def round_pixels(x: Tensor, clean: Tensor, attack: Attack) -> Tensor:
    """Images in whole pixels, uint8. Rounding does not lead out of an ℓ∞ ball."""
    pixels = x.round()
    if attack.ball == "linf" and attack.epsilon % 1:
        pixels = BALLS["linf"].project(pixels, clean, floor(attack.epsilon))
    return pixels.to(torch.uint8)
