"""The attacks of an exhibit, by the paper's names, at a suite's pixel scale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from nrg.base.errors import UserError, name_in_errors
from nrg.study.attacks import Attack
from nrg.study.catalogue import build_attack, fit_budget, look_up

# Keys whose values are grey levels (0–255), not distances between pixels; pixel_scale of a suite
# multiplies them.
PIXEL_VALUE_KEYS = ("epsilon", "alpha", "sigma", "sigmas", "reach", "gaussian_noise")


@dataclass(frozen=True)
class Method:
    """An attack of an exhibit, by the paper's name, with its values on the exhibit's axes."""

    name: str
    attack: Attack
    axes: tuple[tuple[str, float | str], ...] = ()


def fit_methods(
    exhibit: str,
    attacks: Mapping[str, Mapping[str, Any]],
    axes: Mapping[str, Sequence[float]],
    scale: float,
) -> list[Method]:
    """The attacks at every point of the grid that the axes span, at the suite's pixel scale."""
    methods = []
    for method, entry in attacks.items():
        where, grid = f"{exhibit}.{method}", []
        if "grid" in entry:
            raise UserError(f"{where}: a 'grid' is for exhibits of the kind equal_cost")
        for values in product(*axes.values()):
            point = dict(zip(axes, values, strict=True))
            attack = scale_attack(where, {**entry, **point}, scale)
            columns = tuple(
                (name_column(axis), scale_value(axis, value, scale))
                for axis, value in point.items()
            )
            grid.append(Method(method, attack, columns))
        with name_in_errors(where):
            fitting = fit_budget([each.attack for each in grid], entry.get("budget"))
        methods += [each for each in grid if each.attack in fitting]
    return list(dict.fromkeys(methods))  # values that round to the same pixels count once


def name_column(axis: str) -> str:
    """The column of a table that holds an axis: the paper's name for it."""
    return "m" if axis == "copies" else axis


def scale_value(key: str, value: Any, scale: float) -> Any:
    """A value or a list of values at this scale, rounded if its key is in `PIXEL_VALUE_KEYS`."""
    if key in PIXEL_VALUE_KEYS and isinstance(value, list):
        return list(dict.fromkeys(scale_value(key, entry, scale) for entry in value))
    return round(value * scale) if key in PIXEL_VALUE_KEYS and scale != 1 else value


def scale_attack(where: str, entry: Mapping[str, Any], scale: float) -> Attack:
    """The attack with ε, α and σ multiplied by `scale` and rounded to whole pixels.

    Raises:
        UserError: if a value is one that no attack can have at this scale.
    """
    try:
        whole = look_up(entry)
        return build_attack({key: scale_value(key, value, scale) for key, value in whole.items()})
    except (TypeError, OverflowError, UserError) as error:
        raise UserError(f"{where}: {error}") from error
