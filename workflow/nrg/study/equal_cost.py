"""Attacks at equal numbers of gradients: what every setting of an attack does within a budget.

A budget is a number of gradients per image and network. Every attack of the exhibit has a grid,
a list of settings, and each of them takes as many steps as its budget allows. Which setting
stands for the attack is chosen later, on images of its own (`nrg.analysis.tuning`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from nrg.base.errors import UnknownName, UserError
from nrg.base.number_text import format_exactly
from nrg.study.attacks import Attack
from nrg.study.methods import Method, scale_attack
from nrg.study.pieces import ATTACK, make_piece

MOST_TUNING_IMAGES = 100  # unless `tuning_images` asks for more


@dataclass(frozen=True)
class EqualCost:
    """How the attacks of an exhibit are compared at equal numbers of gradients.

    Attributes:
        budgets: numbers of gradients per image, ascending; none for an exhibit of another kind.
        tuning_images: how many images choose the settings, and are not scored.
        compared_with: the attacks from which the others' differences are measured.
    """

    budgets: tuple[int, ...] = ()
    tuning_images: int = 0
    compared_with: tuple[str, ...] = ()


def fit_equal_cost(exhibit: str, asked: Mapping[str, Any], images: int) -> EqualCost:
    """How an exhibit compares its attacks.

    Unless `tuning_images` says otherwise, a third of the images choose the settings, but at most
    `MOST_TUNING_IMAGES`.

    Args:
        asked: its entry.
        images: how many the exhibit attacks.

    Raises:
        UserError: if no image is left to be scored, or if the entry names an
            attack that it lacks, or has axes.
    """
    if "axes" in asked:
        raise UserError(f"{exhibit}: its attacks have 'grid' and 'budgets' in place of 'axes'")
    tuning = asked.get("tuning_images", min(MOST_TUNING_IMAGES, images // 3))
    if tuning >= images > 0:
        raise UserError(
            f"{exhibit}: {tuning} images are to choose the settings, and the suite attacks "
            f"{images}, so that none is left to be scored; ask for fewer 'tuning_images'"
        )
    for name in asked.get("compared_with", ()):
        if name not in asked["attacks"]:
            raise UnknownName(f"attack in {exhibit}: compared_with:", name, asked["attacks"])
    return EqualCost(tuple(sorted(asked["budgets"])), tuning, tuple(asked.get("compared_with", ())))


def refuse_equal_cost(exhibit: str, asked: Mapping[str, Any]) -> None:
    """Refuse keys that an exhibit of another kind would ignore."""
    for key in ("budgets", "tuning_images", "compared_with"):
        if key in asked:
            raise UserError(f"{exhibit}: '{key}' is for exhibits of the kind equal_cost")


def fit_grids(
    exhibit: str,
    attacks: Mapping[str, Mapping[str, Any]],
    budgets: Sequence[int],
    scale: float,
) -> list[Method]:
    """Every setting of every attack at every budget that it fits, at the suite's pixel scale.

    Args:
        attacks: entries, each with a `grid` of as many settings, which replace keys of the entry.

    Returns:
        Methods with the axes `budget` and `setting`, in the order of attacks, budgets and settings.

    Raises:
        UserError: if grids have different lengths, if an attack says how many steps it takes, or if
            it fits no budget.
    """
    sizes = {name: len(entry.get("grid", ())) for name, entry in attacks.items()}
    if len({*sizes.values()}) > 1 or 0 in sizes.values():
        told = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise UserError(
            f"{exhibit}: attacks must choose among equally many settings, and the lengths of their "
            f"grids are: {told}; give each attack a 'grid' of the same length"
        )
    return [
        method
        for name, entry in attacks.items()
        for method in dict.fromkeys(fit_grid(f"{exhibit}.{name}", name, entry, budgets, scale))
    ]


def check_aims(exhibit: str, metric: str, methods: Iterable[Method]) -> None:
    """Check that attacks aim at what the exhibit's metric counts, so that they can be compared.

    Raises:
        UserError: an attack approaches a label where the metric counts images that leave theirs, or
            the other way round.
    """
    is_targeted = metric.startswith("targeted")
    for method in methods:
        if method.attack.targeted != is_targeted:
            raise UserError(
                f"{exhibit}.{method.name}: it is {'not ' if is_targeted else ''}targeted, and the "
                f"exhibit's metric, '{metric}', counts images that "
                f"{'get their target label' if is_targeted else 'leave their own label'}; say "
                f"'targeted: {str(is_targeted).lower()}', or give the exhibit another 'metric'"
            )


def fit_grid(
    where: str, name: str, entry: Mapping[str, Any], budgets: Sequence[int], scale: float
) -> Iterator[Method]:
    """The settings of one attack that fit each budget."""
    for key in ("steps", "budget"):
        if key in entry:
            raise UserError(f"{where}: '{key}' follows from the exhibit's budgets; leave it out")
    alone = {key: value for key, value in entry.items() if key != "grid"}
    if any(ATTACK in keys for keys in (entry, *entry["grid"])):
        alone["budget"] = 1  # in whose place come those of the exhibit
    grid = [
        (setting, scale_attack(where, {**alone, **setting}, scale)) for setting in entry["grid"]
    ]
    least = min(attack.gradients_per_step for _, attack in grid)
    if least < 1:
        raise UserError(f"{where}: it takes no gradient, so that no budget says how many steps")
    if least > max(budgets):
        raise UserError(
            f"{where}: needs {least} gradients for one step, which are more than its largest "
            f"budget of {max(budgets)}; allow more, or take fewer points"
        )
    for budget in budgets:
        for setting, attack in grid:
            if attack.gradients_per_step <= budget:
                spending = spend_budget(attack, budget)
                axes = (("budget", budget), ("setting", write_grid_values(spending, setting)))
                yield Method(name, spending, axes)


def spend_budget(attack: Attack, budget: int) -> Attack:
    """The attack with as many steps as a budget allows, which must be one step or more.

    Where that many steps of size α do not reach the edge of the ball, α becomes ε / k, rounded up
    to whole pixels. A function of the user's own gets the budget, and as many steps.
    """
    if attack.function:
        settings = {**dict(attack.function.settings), "budget": budget}
        function = make_piece(ATTACK, attack.function.name, **settings)
        return replace(attack, steps=budget, function=function)
    steps, alpha = budget // attack.gradients_per_step, attack.alpha
    if steps * alpha < attack.epsilon - 1e-9:  # what is less is rounding
        alpha = min(attack.epsilon, ceil(attack.epsilon / steps))
    return replace(attack, steps=steps, alpha=alpha)


def write_grid_values(attack: Attack, keys: Mapping[str, Any]) -> str:
    """What an attack has for these keys, as text: "alpha 8", "ahead-d1, scaled-c3", "no look"."""
    values = {key: (attack.function,) if key == ATTACK else getattr(attack, key) for key in keys}
    return ", ".join(
        ", ".join(piece.text for piece in value) or f"no {key}"
        if isinstance(value, tuple)
        else f"{key} {format_exactly(value) if isinstance(value, int | float) else value}"
        for key, value in values.items()
    )


def find_least_gradients(methods: Sequence[Method], name: str) -> int:
    """How many gradients the cheapest step of an attack takes per image."""
    return min(method.attack.gradients_per_step for method in methods if method.name == name)
