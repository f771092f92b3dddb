"""Attacks as exhibits write them: alone, or like one of the catalogue; and grids of them.

The catalogue, `resources/attacks.yaml`, has the field's attacks with their originals' settings.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from nrg.base.errors import UnknownName, UserError
from nrg.base.resources import WORKFLOW
from nrg.base.yaml_files import read_yaml
from nrg.study.attacks import Attack
from nrg.study.pieces import ATTACK, PIECES, read_pieces

Entry = Mapping[str, Any]
# What an entry says of an attack that is a function of the user's own, besides its settings.
OWN_KEYS = (ATTACK, "budget", "ball", "epsilon", "steps", "loss", "targeted")


@cache
def read_catalogue() -> dict[str, dict[str, Any]]:
    """The entries of the catalogue, by name, in the paper's pixels."""
    entries: dict[str, dict[str, Any]] = read_yaml(WORKFLOW / "resources/attacks.yaml")
    return entries


def look_up(entry: Entry) -> dict[str, Any]:
    """An entry, completed by the entry of the attack that it is `like`.

    Raises:
        UnknownName: if the catalogue has no such attack.
    """
    if ATTACK in entry:
        return dict(entry)
    entry = {key: value for key, value in entry.items() if key != "budget"}
    if "like" not in entry:
        return entry
    name = entry.pop("like")
    if name not in read_catalogue():
        raise UnknownName("attack of the catalogue", name, read_catalogue())
    return {**read_catalogue()[name], **entry}


def build_attack(entry: Entry) -> Attack:
    """The attack of an entry, which lists its pieces by role.

    Raises:
        UserError: if a value is one that no attack can have, or pieces do not fit together.
    """
    if "epsilon" not in entry:
        raise UserError("an attack needs 'epsilon', the radius of its ball, in pixels")
    if "copies" in entry and "sigma" not in entry:
        raise UserError("'copies' of what noise? Give its standard deviation, 'sigma', too")
    if ATTACK in entry:
        return build_own_attack(entry)
    roles = {role: read_pieces(role, entry[role]) for role in PIECES if role in entry}
    return Attack(**{**entry, **roles})


def build_own_attack(entry: Entry) -> Attack:
    """The attack of an entry that names a function of the user's own.

    Raises:
        UserError: if there is no such function, no budget, or a key that means nothing to it.
    """
    own = {entry[ATTACK]: {}} if isinstance(entry[ATTACK], str) else entry[ATTACK]
    ((name, settings),) = own.items()
    for key in entry:
        if key not in OWN_KEYS:
            raise UserError(
                f"'{key}' means nothing to an attack of your own; make it a setting of '{name}', "
                "or leave it out"
            )
    if "budget" not in entry:
        raise UserError(
            f"'{name}' needs a 'budget', the number of gradients per image that it may take"
        )
    if "budget" in settings:
        raise UserError(f"'budget' stands beside '{ATTACK}', and is no setting of '{name}'")
    (function,) = read_pieces(ATTACK, [{name: {**settings, "budget": entry["budget"]}}])
    rest = {key: value for key, value in entry.items() if key not in (ATTACK, "budget")}
    return Attack(**rest, function=function)


def fit_budget(grid: Sequence[Attack], budget: int | None) -> list[Attack]:
    """The attacks of a grid that take at most as many gradients per image, each once.

    Args:
        budget: without one, all fit.

    Raises:
        UserError: if none fits; the message says how many the least takes.
    """
    fitting = [attack for attack in grid if budget is None or attack.gradients <= budget]
    if not fitting:
        least = min(attack.gradients for attack in grid)
        raise UserError(
            f"needs {least} gradients per image, which are more than its budget of {budget}; "
            "allow more, or take fewer steps or points"
        )
    return list(dict.fromkeys(fitting))
