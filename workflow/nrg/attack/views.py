"""Views: the points that an attack looks at around an image, as functions of the image.

A gradient flows through a view back to the image, unless the view says otherwise. A view that draws
random numbers, or shows one of several points, depends on a number, which counts the points from 0
on. A batch may hold an image in several rows, each of which shows another point, so there is a
number for each row, (n,), int64. Images are (n, C, H, W), float32, pixels 0–255.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import pi, prod, sqrt
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad

from nrg.attack.balls import BALLS, as_divisor
from nrg.attack.draws import Draws, Partners
from nrg.attack.own import find_function
from nrg.study.attacks import Attack
from nrg.study.pieces import Piece

MOST_SHIFTS = 62  # of the bit 1 in an int64
NumberedView = Callable[[Tensor, Tensor], Tensor]  # images and numbers of points to these points


@dataclass
class Sight:
    """What a look can see besides the images.

    Attributes:
        attack: whose ε and α scale what a look does.
        draws: random numbers of the batch.
        partners: images of other classes.
        step: how many steps have been taken.
        memory: what looks and memories keep between steps, by name, each in the shape of images.
    """

    attack: Attack
    draws: Draws
    partners: Partners
    step: int = 0
    memory: dict[str, Tensor] = field(default_factory=dict)


def as_factors(values: Tensor) -> Tensor:
    """A value for each row, (n,), as float32 factors of images, (n, 1, 1, 1)."""
    return values.float().view(-1, 1, 1, 1)


def replace_by(x: Tensor, point: Tensor) -> Tensor:
    """The point exactly; its gradient becomes that of x as it is, and not through the point."""
    return point.detach() + (x - x.detach())


def divide_by_mean(gradient: Tensor) -> Tensor:
    """N(g) = g / mean|g|, per image; zero where the gradient is zero (Dong et al. 2018)."""
    return gradient / as_divisor(gradient.abs().mean((1, 2, 3), keepdim=True))


def add_noise(x: Tensor, sight: Sight, numbers: Tensor, *, count: int, sigma: float) -> Tensor:
    """x + ξ, ξ ~ N(0, σ²I), not clipped to [0, 255] (Eq. 8)."""
    return torch.add(x, sight.draws.normal(sight.step, numbers), alpha=sigma)


def add_uniform(x: Tensor, sight: Sight, numbers: Tensor, *, count: int, radius: float) -> Tensor:
    """x + U[±radius ε]."""
    return surround(x, sight, numbers, radius, "uniform")


def surround(x: Tensor, sight: Sight, numbers: Tensor, radius: float, stream: str) -> Tensor:
    """x + U[±radius ε]; each stream draws its own noise."""
    noise = sight.draws.uniform(sight.step, numbers, stream)
    return torch.add(x, noise, alpha=radius * sight.attack.epsilon)


def clip(x: Tensor, sight: Sight, numbers: Tensor) -> Tensor:
    """x clipped to [0, 255], with the gradient there, which is not zero where x was outside."""
    return replace_by(x, x.clamp(0, 255))


def normalise_gradient(x: Tensor, sight: Sight, numbers: Tensor) -> Tensor:
    """x itself, with a gradient of RMSD 1 (Eq. 6)."""
    seen: Any = x.view_as(x)
    seen.register_hook(BALLS["l2"].direction)
    return torch.as_tensor(seen)


def look_ahead(x: Tensor, sight: Sight, numbers: Tensor, *, decay: float) -> Tensor:
    """x + α μ m, where the momentum m leads (NI-FGSM, Lin et al. 2020)."""
    momentum = sight.memory.get("momentum")
    shift = 0.0 if momentum is None else sight.attack.alpha * decay * momentum
    return x + shift


def scale(x: Tensor, sight: Sight, numbers: Tensor, *, count: int) -> Tensor:
    """x / 2^i, i = 0 … count − 1; the factor stays in the gradient (SI, Lin et al. 2020)."""
    powers = (numbers % count).clamp(max=MOST_SHIFTS)
    return x / as_factors(torch.ones_like(numbers) << powers)


def mix(x: Tensor, sight: Sight, numbers: Tensor, *, count: int, share: float) -> Tensor:
    """x + share · x′, where x′ is a clean image of another class (Admix, Wang et al. 2021)."""
    (shares,) = sight.draws.shares(sight.step, numbers, "mixed", 1).T
    return x + share * sight.partners.pick(shares, x.device)


def resize(x: Tensor, sight: Sight, numbers: Tensor, *, probability: float, ratio: float) -> Tensor:
    """With this probability, x resized to a random size and padded with zeros at a random place.

    With a ratio above 1 the size lies between the image's and `ratio` times it, to which the image
    is padded, and then it is resized back; below 1 it lies between `ratio` times the image's and
    the image's (DI²-FGSM, Xie et al. 2019). Each image has a size and a place of its own.
    """
    shares = sight.draws.shares(sight.step, numbers, "resized", 4)
    rows = [
        resize_image(image, place, ratio) if chance < probability else image
        for image, (chance, *place) in zip(x.unsqueeze(1), shares.tolist(), strict=True)
    ]
    return torch.cat(rows)


def resize_image(image: Tensor, place: Sequence[float], ratio: float) -> Tensor:
    """One image, (1, C, H, W), resized and padded; `place` are shares of size, top and left."""
    sides = image.shape[2:]
    ends = [sorted((side, max(1, int(ratio * side)))) for side in sides]
    size = [small + int(place[0] * (large - small)) for small, large in ends]
    height, width = (large - taken for (_, large), taken in zip(ends, size, strict=True))
    top, left = int(place[1] * height), int(place[2] * width)
    resized = interpolate(image, size, mode="bilinear")
    padded = pad(resized, (left, width - left, top, height - top))
    return padded if ratio <= 1 else interpolate(padded, sides, mode="bilinear")


def perturb_spectrum(
    x: Tensor, sight: Sight, numbers: Tensor, *, count: int, noise: float, spread: float
) -> Tensor:
    """IDCT(DCT(x + N(0, (noise ε)²)) · U[1 ± spread]), with the gradient there and not through it.

    SSA, Long et al. 2022; its σ is ε.
    """
    sigma = noise * sight.attack.epsilon
    noisy = torch.add(x.detach(), sight.draws.normal(sight.step, numbers, "spectrum"), alpha=sigma)
    factors = 1 + spread * sight.draws.uniform(sight.step, numbers, "spectrum-factors")
    rows, columns = (cosine_matrix(side, x) for side in x.shape[2:])
    spectrum = rows @ noisy @ columns.T * factors
    return replace_by(x, rows.T @ spectrum @ columns)


def cosine_matrix(size: int, like: Tensor) -> Tensor:
    """The orthonormal discrete cosine transform of type II, (size, size)."""
    numbers = torch.arange(size, dtype=torch.float64, device=like.device)
    matrix = sqrt(2 / size) * torch.cos(torch.outer(numbers, numbers + 0.5) * (pi / size))
    matrix[0] /= sqrt(2)
    return matrix.to(like.dtype)


# Views that need no gradient first; the keys are those of `nrg.study.pieces`.
VIEWS: dict[str, Callable[..., Tensor]] = {
    "gaussian": add_noise,
    "uniform": add_uniform,
    "clipped": clip,
    "normalised": normalise_gradient,
    "ahead": look_ahead,
    "scaled": scale,
    "mixed": mix,
    "resized": resize,
    "spectrum": perturb_spectrum,
}


def view_as(piece: Piece, sight: Sight) -> NumberedView:
    """The view of a piece, as a function of images and numbers."""
    function = find_function(VIEWS, piece.name)
    settings: Any = dict(piece.settings)
    return lambda x, numbers: function(x, sight, numbers, **settings)


def compose_views(outer: NumberedView, pieces: Sequence[Piece], sight: Sight) -> NumberedView:
    """Look at the points of `outer` through further views, one within the other.

    The composed view has as many points as the product. Its number counts the points of the last
    piece fastest.
    """
    views = [view_as(piece, sight) for piece in pieces]
    below = [prod(piece.points for piece in pieces[first:]) for first in range(len(pieces) + 1)]

    def view(x: Tensor, numbers: Tensor) -> Tensor:
        x = outer(x, numbers // below[0])
        for inner, points in zip(views, below[1:], strict=True):
            x = inner(x, numbers // points)
        return x

    return view
