"""Gradients of the loss with respect to the image, plain and noise-reduced."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from nrg.attack.losses import Loss, cross_entropy
from nrg.base.errors import UserError

Network = Callable[[Tensor], Tensor]  # pixels (n, C, H, W), float32, 0–255, to logits (n, classes)
Gradient = Callable[[Tensor], Tensor]  # x to the gradient at x, in the shape of x
Noise = Callable[[int, int], Tensor]  # a step and a copy to standard normal noise, like x


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

    def __call__(self, x: Tensor) -> Tensor:
        """The gradient at x, in the shape of x."""
        x = x.detach().requires_grad_()
        with torch.enable_grad():
            logits = torch.stack([network(x) for network in self.networks])
            total = self.sign * self.loss(logits, self.labels, self.log_weights).sum()
            (gradient,) = torch.autograd.grad(total, x)
        return gradient


def running_means(
    gradient: Gradient,
    x: Tensor,
    copies: int,
    sigma: float,
    noise: Noise,
    step: int = 0,
    images: int | None = None,
) -> Iterator[Tensor]:
    """The means of the first 1, 2, … `copies` gradients at x + ξ, ξ ~ N(0, σ²I) (Eq. 8).

    The noisy copies are not clipped to [0, 255]. Where x holds its images several times, one call
    of the gradient takes as many copies of them. The gradients are added up copy by copy all the
    same, so that the number of copies in a call changes no sum.

    Args:
        x: (rows, C, H, W); row r is image r modulo `images`.
        noise: that of the copy it is asked for at the first `images` rows, of the next copy at the
            next `images` rows, and so on.
        images: as many as rows unless given.

    Yields:
        (rows, C, H, W), each image's mean at all of its rows.
    """
    images = images or len(x)
    stacked = len(x) // images
    total = torch.zeros_like(x[:images])
    for first in range(0, copies, stacked):
        noisy = torch.add(x, noise(step, first), alpha=sigma) if sigma > 0 else x
        gradients = gradient(noisy)
        for copy in range(first, min(first + stacked, copies)):
            start = (copy - first) * images
            total += gradients[start : start + images]
            yield repeat_rows(total / (copy + 1), len(x))


def repeat_rows(x: Tensor, rows: int) -> Tensor:
    """The images of x, (n, C, H, W), one after another until there are that many rows."""
    return x if len(x) == rows else x.repeat(-(-rows // len(x)), 1, 1, 1)[:rows]


def noise_reduced(
    gradient: Gradient, copies: int, sigma: float, noise: Noise, images: int | None = None
) -> Callable[[Tensor, int], Tensor]:
    """The noise-reduced gradient of Eq. 8, as a function of x and of the step its noise is for."""

    def estimate(x: Tensor, step: int) -> Tensor:
        *_, mean = running_means(gradient, x, copies, sigma, noise, step, images)
        return mean

    return estimate


def is_zero(gradient: Tensor) -> Tensor:
    """Whether an image's gradient is zero everywhere, (n,)."""
    return (gradient == 0).all(dim=(1, 2, 3))


def is_not_finite(gradient: Tensor) -> Tensor:
    """Whether an image's gradient is infinite or NaN anywhere, (n,)."""
    return ~gradient.isfinite().all(dim=(1, 2, 3))


def refuse_overflow(overflowed: Tensor, ids: Sequence[str]) -> None:
    """Raise a UserError that names the first image whose gradient is not finite.

    Args:
        overflowed: (n,), bool, what `is_not_finite` returns.
        ids: of the images; rows beyond them are padding, and are ignored.
    """
    for image_id, not_finite in zip(ids, overflowed.tolist(), strict=False):
        if not_finite:
            raise UserError(
                f"the gradient of image {image_id} is not finite: the model overflows on it; use "
                "another precision, if it is not fp32, or look at the model's weights"
            )
