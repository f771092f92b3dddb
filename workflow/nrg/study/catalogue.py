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
from nrg.study.pieces import PIECES, read_pieces

Entry = Mapping[str, Any]


@cache
def read_catalogue() -> dict[str, dict[str, Any]]:
    """The entries of the catalogue, by name, in the paper's pixels."""
    entries: dict[str, dict[str, Any]] = read_yaml(WORKFLOW / "resources/attacks.yaml")
    return entries


def look_up(entry: Entry) -> dict[str, Any]:
    """An entry with what it does not say itself of the attack that it is `like`.

    Raises:
        UnknownName: if the catalogue has no such attack.
    """
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
    roles = {role: read_pieces(role, entry[role]) for role in PIECES if role in entry}
    return Attack(**{**entry, **roles})


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
