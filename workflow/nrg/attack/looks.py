"""Looks: at which points an attack takes gradients, and what it makes of them.

A look is a generator. It yields a round of points that do not depend on one another, receives their
gradients one by one, and so on; at last it returns their means. Images are (n, C, H, W), float32,
pixels 0–255.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import islice
from math import prod
from typing import Any, NamedTuple

import torch
from torch import Tensor

from nrg.attack.gradients import CountedGradient, View, accumulate_means, repeat_rows
from nrg.attack.own import check_like, find_function
from nrg.attack.views import (
    NumberedView,
    Sight,
    as_factors,
    compose_views,
    divide_by_mean,
    surround,
    view_as,
)
from nrg.base.errors import UserError
from nrg.study.own_code import is_own
from nrg.study.pieces import Piece


class Round(NamedTuple):
    """Points that can be looked at together: those of a view, numbered from 0."""

    view: NumberedView
    points: int


class Groups(NamedTuple):
    """What a look returns: the mean gradient, and that around, where it keeps the two apart."""

    here: Tensor
    around: Tensor | None = None


Look = Generator[Round, Iterator[Tensor], Groups]


def average(gradients: Iterator[Tensor]) -> Tensor:
    """The mean of gradients."""
    *_, mean = accumulate_means(gradients)
    return mean


def look_at_noise(x: Tensor, sight: Sight) -> Look:
    """Standard normal noise in place of any gradient, as a lower bound for all attacks."""
    yield from ()
    return Groups(sight.draws.normal(0, torch.zeros_like(sight.draws.blocks)).clone())


def look_around(x: Tensor, sight: Sight, *, count: int, radius: float, ahead: float) -> Look:
    """The gradient at x, and the mean at x + U[±radius ε].

    VT, Wang & He 2021; GRA, Zhu et al. 2023.

    Args:
        ahead: take the first at x + α · ahead · m instead, as VNI does.
    """
    momentum = sight.memory.get("momentum", torch.zeros_like(x))

    def neighbour(x: Tensor, numbers: Tensor) -> Tensor:
        return surround(x, sight, numbers, radius, "neighbours")

    here = yield Round(lambda x, numbers: x + sight.attack.alpha * ahead * momentum, 1)
    mean = average(here)
    return Groups(mean, average((yield Round(neighbour, count))))


def look_along(x: Tensor, sight: Sight, *, count: int, reach: float) -> Look:
    """The mean at x + c α N(ḡ), c from −reach to reach, ḡ the last mean (EMI, Wang et al. 2021)."""
    shift = sight.attack.alpha * sight.memory.get("along", torch.zeros_like(x))

    def move(x: Tensor, numbers: Tensor) -> Tensor:
        return x + as_factors(numbers * (2 * reach / max(count - 1, 1)) - reach) * shift

    mean = average((yield Round(move, count)))
    sight.memory["along"] = divide_by_mean(mean)
    return Groups(mean)


def look_back(x: Tensor, sight: Sight, *, count: int, radius: float, weight: float) -> Look:
    """The mean of (1 − w) g₁ + w g₂: g₁ at x′ = x + U[±radius ε], g₂ at x′ − α N(g₁).

    PGN, Ge et al. 2023.
    """

    def neighbour(x: Tensor, numbers: Tensor) -> Tensor:
        return surround(x, sight, numbers, radius, "retreating")

    first = list((yield Round(neighbour, count)))
    back = torch.stack([sight.attack.alpha * divide_by_mean(gradient) for gradient in first])
    second = yield Round(
        lambda x, numbers: neighbour(x, numbers) - pick_points(back, numbers), count
    )
    return Groups((1 - weight) * average(iter(first)) + weight * average(second))


def look_inverted(
    x: Tensor, sight: Sight, *, count: int, radius: float, push: float, decay: float
) -> Look:
    """The mean at x + U[±radius ε] + push ε pᵢ; then pᵢ ← N(gᵢ) − decay pᵢ.

    MEF, Qiu et al. 2024.
    """
    pushes = sight.memory.get("inverted", x.new_zeros(count, *x.shape))

    def neighbour(x: Tensor, numbers: Tensor) -> Tensor:
        near = surround(x, sight, numbers, radius, "inverted")
        return near + push * sight.attack.epsilon * pick_points(pushes, numbers)

    gradients = list((yield Round(neighbour, count)))
    sight.memory["inverted"] = torch.stack([*map(divide_by_mean, gradients)]) - decay * pushes
    return Groups(average(iter(gradients)))


# Looks that come first, because they choose points by gradients, or return no plain mean.
LEADING: dict[str, Callable[..., Look]] = {
    "random": look_at_noise,
    "neighbours": look_around,
    "along": look_along,
    "retreating": look_back,
    "inverted": look_inverted,
}


def look(x: Tensor, sight: Sight, pieces: Sequence[Piece], gradient: CountedGradient) -> Groups:
    """Look at the points of a composition, and return the means of the gradients there.

    Every point of the first piece is looked at through the others.

    Raises:
        UserError: a function of the user's own looks at more points than its settings say.
    """
    if not has_leading(pieces):
        *_, mean = look_copy_by_copy(x, sight, pieces, gradient)
        return Groups(mean)
    first, *inner = pieces
    settings: Any = dict(first.settings)
    if is_own(first.name):
        x = x.clone()  # which it may change in place
    running, points = find_function(LEADING, first.name)(x, sight, **settings), 0
    try:
        asked = next(running)
        while True:
            points += asked.points
            if points > first.points:
                raise UserError(
                    f"'{first.name}' looks at {points} points or more, and its settings say "
                    f"{first.points}; its setting 'count' says how many, and without one it has a "
                    "single point"
                )
            asked = running.send(take_gradients(x, sight, asked, inner, gradient))
    except StopIteration as finished:
        check_like(finished.value, Groups(x), f"'{first.name}' returns")
        groups: Groups = finished.value
        return groups


def look_copy_by_copy(
    x: Tensor, sight: Sight, pieces: Sequence[Piece], gradient: CountedGradient
) -> Iterator[Tensor]:
    """The means over the first 1, 2, … points of the first piece; without points, one tensor."""
    if has_leading(pieces):
        yield look(x, sight, pieces, gradient).here
        return
    first, inner = pieces[:1], pieces[1:]
    asked = Round(view_as(first[0], sight), first[0].points) if first else Round(see, 1)
    yield from accumulate_means(take_gradients(x, sight, asked, inner, gradient))


def has_leading(pieces: Sequence[Piece]) -> bool:
    """Whether the first piece chooses its points by gradients."""
    return bool(pieces) and pieces[0].kind.leads


def see(x: Tensor, numbers: Tensor) -> Tensor:
    """The view of the image itself."""
    return x


def take_gradients(
    x: Tensor, sight: Sight, asked: Round, inner: Sequence[Piece], gradient: CountedGradient
) -> Iterator[Tensor]:
    """The gradients of a round, in its order, each the mean over the points of the inner views."""
    view, points = compose_views(asked.view, inner, sight), prod(piece.points for piece in inner)
    gradients = take_one_by_one(x, sight, Round(view, asked.points * points), gradient)
    if points == 1:
        return gradients
    return (average(islice(gradients, points)) for _ in range(asked.points))


def take_one_by_one(
    x: Tensor, sight: Sight, asked: Round, gradient: CountedGradient
) -> Iterator[Tensor]:
    """The gradients at the points of a round, in its order.

    Where x holds its images several times, one call of the gradient takes as many points of them,
    and each yielded gradient is repeated like x.
    """
    rows, images = len(x), len(sight.draws.ids)
    stacked = rows // images

    def show(numbers: Tensor) -> View:
        return lambda x: asked.view(x, numbers)

    for first in range(0, asked.points, stacked):
        numbers = (sight.draws.blocks + first).clamp_(max=asked.points - 1)
        count = min(stacked, asked.points - first)
        found = gradient(x, show(numbers), count)
        for start in range(0, count * images, images):
            yield repeat_rows(found[start : start + images], rows)


def pick_points(tensors: Tensor, numbers: Tensor) -> Tensor:
    """For each row the one of its number, from (points, n, C, H, W)."""
    return tensors[numbers, torch.arange(len(numbers), device=numbers.device)]
