"""Adversarial sets: the attacks run over an evaluation set, batch by batch."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from nrg.attack.balls import BALLS, Ball
from nrg.attack.gradients import Gradient, LossGradient, Noise, noise_reduced, running_means
from nrg.attack.losses import LOSSES
from nrg.attack.noise import KeyedNoise
from nrg.base.errors import UserError
from nrg.base.image_keys import image_key
from nrg.base.progress import Progress
from nrg.base.table_files import read_csv
from nrg.data.batches import in_batches
from nrg.data.images import Images
from nrg.study.attacks import Attack, families, gradients_per_image


def ascend(
    gradient: Callable[[Tensor, int], Tensor],
    ball: Ball,
    clean: Tensor,
    attack: Attack,
    steps: int,
) -> Iterator[tuple[Tensor, Tensor]]:
    """x ← clip(x + α g(x)), from the clean image on, with the attack's ε and α (Eq. 7, 9, 10).

    Yields:
        x after each step, and the gradient that led there.
    """
    x = clean
    for step in range(steps):
        estimate = gradient(x, step)
        x = ball.project(x + attack.alpha * ball.direction(estimate), clean, attack.epsilon)
        yield x, estimate


def craft(
    members: Sequence[nn.Module],
    attacks: Sequence[Attack],
    images: Images,
    into: Mapping[str, np.ndarray],
    seed: int,
    microbatch: int,
    device: torch.device,
    weights: Sequence[float] | None = None,
) -> pd.DataFrame:
    """Run attacks on a source, and write whole uint8 pixels into one array an attack.

    Args:
        members: the source's classifiers, frozen, on `device`.
        into: for each attack's name an array (n, C, H, W), uint8; filled batch by batch, so that
            memory does not grow with the number of images.
        seed: of the noise.
        microbatch: images that go through a network at once.
        weights: of the members, which sum to 1; equal unless given.

    Returns:
        One row an attack: realised ℓ∞ and RMSD (mean over images), images whose gradient was
        zero everywhere at some step, and gradients computed, images × steps × copies × members, by
        the family that the attack shares them with (named by its first attack).
    """
    groups = [(group, gradients_per_image(group) * len(members)) for group in families(attacks)]
    rows = {attack.name: Realised(family=group[0].name) for group, _ in groups for attack in group}
    log_weights = None if weights is None else torch.tensor(weights, device=device).log()
    total = len(images) * sum(cost for _, cost in groups)
    with Progress("gradients", total) as progress:

        def craft_part(part: slice, size: int) -> list[tuple[Attack, int, Tensor, int]]:
            progress.done = total // len(images) * part.start  # also after a batch that failed
            batch = images[part]
            return [
                (attack, finished(dead, broken, batch), whole(x, batch, attack), len(batch) * cost)
                for group, cost in groups
                for attack, x, dead, broken in craft_batch(
                    members, log_weights, group, batch, seed, size, device, progress
                )
            ]

        for part, crafted in in_batches(len(images), microbatch, craft_part):
            for attack, dead, pixels, gradients in crafted:
                into[attack.name][part] = pixels.numpy()
                rows[attack.name].add(as_tensor(images.pixels[part]), pixels, dead, gradients)
    return pd.DataFrame([{"attack": name} | row.means() for name, row in rows.items()])


def whole(x: Tensor, batch: Images, attack: Attack) -> Tensor:
    """x without its padding, in whole pixels, uint8, on the CPU; for ℓ∞ never out of the ball."""
    pixels = x[: len(batch)].round()
    if attack.ball == "linf" and attack.epsilon % 1:
        clean = as_tensor(batch.pixels).to(x.device)
        pixels = BALLS["linf"].project(pixels, clean, floor(attack.epsilon))
    return pixels.to(torch.uint8).cpu()


def as_tensor(pixels: np.ndarray) -> Tensor:
    """Pixels, uint8, as float32; those mapped from a file are copied, for they are read-only."""
    return torch.from_numpy(np.array(pixels)).float()


def finished(dead: Tensor, broken: Tensor, batch: Images) -> int:
    """How many images of the batch had a zero gradient at some step.

    Raises:
        UserError: one had a gradient that is not finite.
    """
    for name, wrong in zip(batch.ids, broken.tolist(), strict=False):
        if wrong:
            raise UserError(
                f"the gradient of image {name} is not finite: the model overflows on it; use "
                "another precision, or look at the model's weights"
            )
    return int(dead[: len(batch)].sum())


@dataclass
class Realised:
    """What an attack did to the images, summed over batches."""

    family: str
    images: int = 0
    linf: float = 0.0
    rmsd: float = 0.0
    zero_gradients: int = 0
    gradients: int = 0

    def add(self, clean: Tensor, adversarial: Tensor, dead: int, gradients: int) -> None:
        difference = (adversarial - clean).flatten(1)
        self.images += len(clean)
        self.linf += float(difference.abs().amax(1).sum())
        self.rmsd += float(difference.square().mean(1).sqrt().sum())
        self.zero_gradients += dead
        self.gradients += gradients

    def means(self) -> dict[str, float]:
        return {
            "family": self.family,
            "images": self.images,
            "linf": self.linf / self.images,
            "rmsd": self.rmsd / self.images,
            "zero_gradients": self.zero_gradients,
            "gradients": self.gradients,
        }


def join_effects(paths: Sequence[str]) -> pd.DataFrame:
    """What attacks did to all shards of a set: counts added up, means over all images."""
    frame = pd.concat(map(read_csv, paths), ignore_index=True)
    if len(paths) == 1:
        return frame
    weighted = frame.assign(**{key: frame[key] * frame["images"] for key in ("linf", "rmsd")})
    counts = dict.fromkeys(("images", "linf", "rmsd", "zero_gradients", "gradients"), "sum")
    rest = dict.fromkeys((key for key in frame if key not in {*counts, "attack"}), "first")
    joined = weighted.groupby("attack", sort=False, as_index=False).agg(counts | rest)
    for key in ("linf", "rmsd"):
        joined[key] /= joined["images"]
    return joined[frame.columns]


def craft_batch(
    members: Sequence[nn.Module],
    log_weights: Tensor | None,
    family: Sequence[Attack],
    batch: Images,
    seed: int,
    size: int,
    device: torch.device,
    progress: Progress,
) -> Iterator[tuple[Attack, Tensor, Tensor, Tensor]]:
    """Craft one batch by every attack of a family, with gradients computed once.

    The batch is padded to `size` with its last image: kernels depend on the batch size in their
    low bits, and so a last, smaller batch would differ from the same images in a full one.

    Yields:
        The attack, its images (size, C, H, W), float32, and which of them had a gradient at some
        step that was zero, or not finite.
    """
    first = family[0]
    pad = [*range(len(batch)), *[len(batch) - 1] * (size - len(batch))]
    clean = torch.from_numpy(np.array(batch.pixels[pad])).to(device).float()
    labels = torch.from_numpy((batch.target_labels if first.targeted else batch.labels)[pad])
    loss_gradient = LossGradient(
        members, labels.to(device), first.targeted, log_weights, LOSSES[first.loss]
    )

    def gradient(x: Tensor) -> Tensor:
        progress.advance(len(batch) * len(members))
        return loss_gradient(x)

    noise = KeyedNoise([image_key(seed, batch.ids[i]) for i in pad], clean.shape[1:], device)
    gradient = VARIANTS[first.variant](gradient, noise)

    if first.steps == 1:
        copies = max(attack.copies for attack in family)
        means = running_means(gradient, clean, copies, first.sigma, noise)
        for copy, mean in enumerate(means, start=1):
            for attack in family:
                if attack.copies == copy:
                    (x, _), *_ = ascend(
                        lambda *_, mean=mean: mean, BALLS[attack.ball], clean, attack, steps=1
                    )
                    yield attack, x, is_zero(mean), is_broken(mean)
        return

    estimate = noise_reduced(gradient, first.copies, first.sigma, noise)
    steps = max(attack.steps for attack in family)
    dead, broken = torch.zeros(2, len(clean), dtype=torch.bool, device=device)
    run = ascend(estimate, BALLS[first.ball], clean, first, steps)
    for step, (x, mean) in enumerate(run, start=1):
        dead |= is_zero(mean)
        broken |= is_broken(mean)
        for attack in family:
            if attack.steps == step:
                yield attack, x, dead, broken


# What the variants of an attack make of its gradient; random attacks have none.
VARIANTS: dict[str, Callable[[Gradient, Noise], Gradient]] = {
    "": lambda gradient, noise: gradient,
    "clipped": lambda gradient, noise: lambda x: gradient(x.clamp(0, 255)),
    "normalised": lambda gradient, noise: lambda x: BALLS["l2"].direction(gradient(x)),
    "random": lambda gradient, noise: lambda x: noise(0, 0).clone(),
}


def is_zero(gradient: Tensor) -> Tensor:
    return (gradient == 0).all(dim=(1, 2, 3))


def is_broken(gradient: Tensor) -> Tensor:
    return ~gradient.isfinite().all(dim=(1, 2, 3))
