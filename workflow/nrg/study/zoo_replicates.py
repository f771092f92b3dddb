"""Replicates of the zoo: the same suite on networks that are trained anew.

Each is a run of its own with another `zoo_seed`, in a folder of results of its own.
"""

from collections.abc import Iterable
from typing import Any

from nrg.base.errors import UserError
from nrg.study.exhibits import Exhibit
from nrg.study.settings import Settings


def list_zoo_seeds(settings: Settings) -> list[int]:
    """The `zoo_seed` of every zoo but the run's own."""
    return [settings.zoo_seed + number for number in range(1, settings.replicates)]


def choose_replicated(chosen: Iterable[Exhibit], settings: Settings) -> list[Exhibit]:
    """Those of the chosen exhibits that are built on every zoo: tables of its pairs of models.

    Raises:
        UserError: other zoos are asked for, and none of the exhibits is such a table.
    """
    replicated = [exhibit for exhibit in chosen if exhibit.kind.is_matrix_of_zoo]
    if settings.replicates > 1 and not replicated:
        raise UserError(
            "replicates: other zoos are compared on tables of pairs, such as table1, and the run "
            "builds none; add one to 'exhibits', or leave 'replicates' out"
        )
    return replicated


def name_replicate(settings: Settings, zoo_seed: int | str) -> str:
    """The folder of results of the run on another zoo, as a suite's `name`."""
    return f"{settings.suite.name}-zoo{zoo_seed}"


def configure_replicate(
    settings: Settings, replicated: Iterable[Exhibit], zoo_seed: int | str
) -> dict[str, Any]:
    """What the configuration of the run on another zoo says differently."""
    return {
        "name": name_replicate(settings, zoo_seed),
        "zoo_seed": int(zoo_seed),
        "replicates": 1,
        "exhibits": [exhibit.name for exhibit in replicated],
    }
