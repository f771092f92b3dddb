"""The ε-balls of the paper: which way to step, and how to stay inside.

Tensors are (n, C, H, W), in pixels.
"""

from typing import Protocol

from torch import Tensor


class Ball(Protocol):
    def direction(self, gradient: Tensor) -> Tensor:
        """The normalised gradient g(x) of Eq. 5 or 6; zero where the gradient is zero."""

    def project(self, x: Tensor, clean: Tensor, epsilon: float) -> Tensor:
        """clip of Eq. 7: into the ball around the clean image, then into [0, 255]."""


def rmsd(perturbation: Tensor) -> Tensor:
    """Root mean square deviation, sqrt(mean(η²)), (n, 1, 1, 1), without overflow or underflow."""
    largest = perturbation.abs().amax((1, 2, 3), keepdim=True)
    scaled = perturbation / largest.where(largest > 0, 1)
    return largest * scaled.square().mean((1, 2, 3), keepdim=True).sqrt()


class Linf:
    """Eq. 5: the sign; every pixel within ε."""

    def direction(self, gradient: Tensor) -> Tensor:
        return gradient.sign()

    def project(self, x: Tensor, clean: Tensor, epsilon: float) -> Tensor:
        return x.clamp(clean - epsilon, clean + epsilon).clamp_(0, 255)


class L2:
    """Eq. 6, with lengths as RMSD: the gradient scaled to RMSD 1; the perturbation shrunk to ε."""

    def direction(self, gradient: Tensor) -> Tensor:
        largest = gradient.abs().amax((1, 2, 3), keepdim=True)
        scaled = gradient / largest.where(largest > 0, 1)  # before a tiny length becomes subnormal
        length = rmsd(scaled)
        return scaled / length.where(length > 0, 1)

    def project(self, x: Tensor, clean: Tensor, epsilon: float) -> Tensor:
        perturbation = x - clean
        shrink = (epsilon / rmsd(perturbation)).clamp(max=1)  # ε / 0 is inf, and clamped to 1
        return (clean + shrink * perturbation).clamp_(0, 255)


BALLS: dict[str, Ball] = {"linf": Linf(), "l2": L2()}
