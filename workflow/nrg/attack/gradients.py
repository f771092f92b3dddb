"""Gradients of the loss with respect to the image, plain and noise-reduced."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
from torch import Tensor

from nrg.attack.losses import Loss, cross_entropy
from nrg.base.errors import UserError

Network = Callable[[Tensor], Tensor]  # pixels (n, C, H, W), float32, 0–255, to logits (n, classes)
Gradient = Callable[[Tensor], Tensor]  # x to the gradient at x, in the shape of x
View = Callable[[Tensor], Tensor]  # x to a point that depends on it, differentiable
Noise = Callable[[int, int], Tensor]  # a step and a copy to standard normal noise, like x

OVERFLOW = (
    "the model overflows on it; use another precision, if it is not fp32, or look at the model's "
    "weights"
)


class LossGradient:
    """∂ loss / ∂ x of a network or an ensemble (Eq. 2, 3), for one batch of images.

    Args:
        networks: one, or those of the ensemble.
        labels: (n,), the true labels; the target labels if `targeted`.
        targeted: ascend −loss, so that a step approaches the label instead of leaving it.
        log_weights: (networks,), logarithms of the ensemble's weights; equal unless given.
        loss: returns one value per image; they are summed, so that an image's gradient does not
            depend on the others in its batch.
    """

    def __init__(
        self,
        networks: Sequence[Network],
        labels: Tensor,
        targeted: bool = False,
        log_weights: Tensor | None = None,
        loss: Loss = cross_entropy,
    ) -> None:
        self.networks = networks
        self.labels = labels
        self.sign = -1 if targeted else 1
        if log_weights is None:
            log_weights = torch.zeros(len(networks), device=labels.device).log_softmax(0)
        self.log_weights = log_weights
        self.loss = loss

    def __call__(self, x: Tensor, view: View = lambda x: x) -> Tensor:
        """The gradient with respect to x of the loss at a view of x, in the shape of x.

        Args:
            view: from x to what the networks see; x itself unless given.
        """
        x = x.detach().requires_grad_()
        with torch.enable_grad():
            seen = view(x)
            logits = torch.stack([network(seen) for network in self.networks])
            total = self.sign * self.loss(logits, self.labels, self.log_weights).sum()
            (gradient,) = torch.autograd.grad(total, x)
        return gradient


class CountedGradient:
    """A gradient that counts how many are taken. All gradients of an attack go through one.

    Args:
        gradient: of a batch.
        each: how many gradients one point of every image takes: images × networks.
        advance: is told of them.
    """

    def __init__(
        self, gradient: LossGradient, each: int, advance: Callable[[int], None] = lambda count: None
    ) -> None:
        self.gradient, self.each, self.advance = gradient, each, advance
        self.count = 0

    def __call__(self, x: Tensor, view: View, points: int) -> Tensor:
        """The gradient through a view that shows this many points of every image."""
        self.count += points * self.each
        self.advance(points * self.each)
        return self.gradient(x, view)


def running_means(
    gradient: Gradient, x: Tensor, copies: int, sigma: float, noise: Noise
) -> Iterator[Tensor]:
    """The means of the first 1, 2, … `copies` gradients at x + ξ, ξ ~ N(0, σ²I) (Eq. 8).

    The noisy copies are not clipped to [0, 255].
    """
    points = (torch.add(x, noise(0, copy), alpha=sigma) if sigma else x for copy in range(copies))
    return accumulate_means(map(gradient, points))


def accumulate_means(gradients: Iterable[Tensor]) -> Iterator[Tensor]:
    """The means of the first 1, 2, … gradients."""
    total: Tensor | None = None
    for count, gradient in enumerate(gradients, start=1):
        total = gradient.clone() if total is None else total.add_(gradient)
        yield total / count


def repeat_rows(x: Tensor, rows: int) -> Tensor:
    """The images of x, (n, C, H, W), one after another until there are that many rows."""
    return x if len(x) == rows else x.repeat(-(-rows // len(x)), 1, 1, 1)[:rows]


def is_zero(gradient: Tensor) -> Tensor:
    """Whether an image's gradient is zero everywhere, (n,)."""
    return (gradient == 0).all(dim=(1, 2, 3))


def is_not_finite(gradient: Tensor) -> Tensor:
    """Whether an image's gradient is infinite or NaN anywhere, (n,)."""
    return ~gradient.isfinite().all(dim=(1, 2, 3))


def refuse_overflow(overflowed: Tensor, ids: Sequence[str], cause: str = OVERFLOW) -> None:
    """Raise a UserError that names the first image whose gradient is not finite.

    Args:
        overflowed: (n,), bool, what `is_not_finite` returns.
        ids: of the images; rows beyond them are padding, and are ignored.
        cause: why it may be so, and what to do.
    """
    for image_id, not_finite in zip(ids, overflowed.tolist(), strict=False):
        if not_finite:
            raise UserError(f"the gradient of image {image_id} is not finite: {cause}")
