"""What an attack does with gradients before it steps: filters, and memories of earlier steps.

Gradients are (n, C, H, W). `memory` is a dictionary of such tensors, which lasts as long as the
attack on its batch.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import conv2d

from nrg.attack.balls import as_divisor
from nrg.attack.looks import Groups
from nrg.attack.own import find_function
from nrg.attack.views import divide_by_mean
from nrg.study.pieces import Piece

Memory = dict[str, Tensor]


def smooth(gradient: Tensor, *, kernel: int, sigma: float) -> Tensor:
    """W ∗ g, W a normalised Gaussian kernel, zeros around the image (TI, Dong et al. 2019).

    Args:
        kernel: its side, in pixels.
        sigma: how many standard deviations the kernel reaches from its centre.
    """
    offsets = torch.linspace(-sigma, sigma, kernel, dtype=torch.float64, device=gradient.device)
    line = torch.exp(-offsets.square() / 2)
    weights = (torch.outer(line, line) / line.sum().square()).to(gradient.dtype)
    channels = gradient.shape[1]
    stacked = weights.expand(channels, 1, kernel, kernel)
    return conv2d(gradient, stacked, padding="same", groups=channels)


FILTERS: dict[str, Callable[..., Tensor]] = {"smooth": smooth}


def tune_variance(groups: Groups, memory: Memory) -> Groups:
    """g + v, where v is the mean around at the last step minus the gradient there (VT)."""
    assert groups.around is not None, "its look returns both"
    tuned = groups.here + memory.get("variance", torch.zeros_like(groups.here))
    memory["variance"] = groups.around - groups.here
    return Groups(tuned)


def weigh_relevance(groups: Groups, memory: Memory) -> Groups:
    """c g + (1 − c) ḡ, where ḡ is the mean around and c the cosine of the two (GRA)."""
    here, around = groups
    assert around is not None, "its look returns both"
    dims, length = (1, 2, 3), {"dim": (1, 2, 3), "keepdim": True}
    product = (here * around).sum(dims, keepdim=True)
    lengths = torch.linalg.vector_norm(here, **length) * torch.linalg.vector_norm(around, **length)
    cosine = product / as_divisor(lengths)
    return Groups(cosine * here + (1 - cosine) * around)


def add_momentum(groups: Groups, memory: Memory, *, decay: float, normalise: float) -> Groups:
    """m ← μ m + N(g) (MI, Dong et al. 2018), or μ m + g without `normalise`."""
    gradient = divide_by_mean(groups.here) if normalise else groups.here
    memory["momentum"] = decay * memory.get("momentum", torch.zeros_like(gradient)) + gradient
    return Groups(memory["momentum"])


def wane(groups: Groups, memory: Memory, *, factor: float) -> Groups:
    """The same direction; a pixel whose sign flips has its step multiplied by `factor` (GRA)."""
    last = memory.get("direction", groups.here)
    flipped = last.sign() != groups.here.sign()
    factors = torch.ones_like(last).masked_fill_(flipped, factor)
    memory["step"] = memory.get("step", torch.ones_like(last)) * factors
    memory["direction"] = groups.here
    return groups


MEMORIES: dict[str, Callable[..., Groups]] = {
    "variance": tune_variance,
    "relevance": weigh_relevance,
    "momentum": add_momentum,
    "waning": wane,
}


def apply_filters(groups: Groups, filters: Sequence[Piece]) -> Groups:
    """Filter the gradients of every group."""
    for piece in filters:
        settings: Any = dict(piece.settings)
        function = find_function(FILTERS, piece.name)
        here, around = (
            None if gradient is None else function(gradient, **settings) for gradient in groups
        )
        assert here is not None
        groups = Groups(here, around)
    return groups


def remember(groups: Groups, memory: Memory, pieces: Sequence[Piece]) -> Tensor:
    """The direction in which to step, from what was found now and before."""
    for piece in pieces:
        settings: Any = dict(piece.settings)
        groups = find_function(MEMORIES, piece.name)(groups, memory, **settings)
    return groups.here
