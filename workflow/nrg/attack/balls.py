"""The ε-balls of the paper: in which direction to step, and how to stay inside.

Tensors are (n, C, H, W); pixels are 0–255.
"""

from typing import Protocol

from torch import Tensor


class Ball(Protocol):
    """A norm, as the two functions that an attack needs of it."""

    def direction(self, gradient: Tensor) -> Tensor:
        """The normalised gradient g(x) of Eq. 5 or 6; zero where the gradient is zero."""

    def project(self, x: Tensor, clean: Tensor, epsilon: float) -> Tensor:
        """The clip of Eq. 7: into the ball around the clean image, then into [0, 255]."""

    def is_outside(self, x: Tensor, clean: Tensor, epsilon: float) -> Tensor:
        """Which pixels lie outside the ball by more than rounding, bool, in the shape of x.

        A norm of the whole image leads all of its pixels out.
        """


ROUNDING = 1e-4  # how far outside, as a part of ε, a float32 may be


def as_divisor(lengths: Tensor) -> Tensor:
    """Lengths with 1 in place of zero, so that what has no length stays zero when it is divided."""
    return lengths.where(lengths > 0, 1)


def rmsd(perturbation: Tensor) -> Tensor:
    """The root mean square deviation sqrt(mean(η²)) of each image, (n, 1, 1, 1).

    Pixels are scaled by the largest before they are squared, so that nothing over- or underflows.
    """
    largest = perturbation.abs().amax((1, 2, 3), keepdim=True)
    scaled = perturbation / as_divisor(largest)
    return largest * scaled.square().mean((1, 2, 3), keepdim=True).sqrt()


class Linf:
    """Eq. 5: the direction is the sign of the gradient; no pixel changes by more than ε."""

    def direction(self, gradient: Tensor) -> Tensor:
        return gradient.sign()

    def project(self, x: Tensor, clean: Tensor, epsilon: float) -> Tensor:
        return x.clamp(clean - epsilon, clean + epsilon).clamp_(0, 255)

    def is_outside(self, x: Tensor, clean: Tensor, epsilon: float) -> Tensor:
        return (x - clean).abs() > epsilon * (1 + ROUNDING)


class L2:
    """Eq. 6, with lengths as RMSD: the direction has RMSD 1; a perturbation has at most RMSD ε."""

    def direction(self, gradient: Tensor) -> Tensor:
        largest = gradient.abs().amax((1, 2, 3), keepdim=True)
        scaled = gradient / as_divisor(largest)  # a tiny length would be subnormal
        return scaled / as_divisor(rmsd(scaled))

    def project(self, x: Tensor, clean: Tensor, epsilon: float) -> Tensor:
        perturbation = x - clean
        shrink = (epsilon / rmsd(perturbation)).clamp(max=1)  # ε / 0 is inf, which becomes 1
        return (clean + shrink * perturbation).clamp_(0, 255)

    def is_outside(self, x: Tensor, clean: Tensor, epsilon: float) -> Tensor:
        return (rmsd(x - clean) > epsilon * (1 + ROUNDING)).expand_as(x)


BALLS: dict[str, Ball] = {"linf": Linf(), "l2": L2()}
