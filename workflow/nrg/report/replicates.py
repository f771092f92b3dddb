"""What the page says of other zoos: networks like those of the run, trained anew."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nrg.report.run import Run


@dataclass(frozen=True)
class Replicates:
    """What was found on every zoo, as replicates.json holds it.

    Attributes:
        zoos: how many there are, the run's own among them.
        gains: of noise reduction, one per table and pair of methods.
        above_on_images: how many gains are above 0 by their interval over images, on the run's own
            networks; `above_on_zoos`, by that over zoos.
        claims: how many are compared.
        differing: those whose verdict is not the same on every zoo.
    """

    zoos: int
    gains: Sequence[Mapping[str, Any]]
    above_on_images: int
    above_on_zoos: int
    claims: int
    differing: Sequence[Mapping[str, Any]]


def read_replicates(run: Run) -> Replicates | None:
    """What was found on every zoo; None if the run asks for no other zoo, or has none yet."""
    path = run.results.fill("replicates.json")
    if run.settings.replicates == 1 or not path.exists():
        return None
    found = json.loads(path.read_text(encoding="utf-8"))
    gains = [entry["gain"] for entry in found["gains"]]
    return Replicates(
        zoos=len(found["zoo_seeds"]),
        gains=found["gains"],
        above_on_images=sum(is_positive(gain["ci_low"]) for gain in gains),
        above_on_zoos=sum(is_positive(gain["zoos_low"]) for gain in gains),
        claims=len(found["claims"]),
        differing=[claim for claim in found["claims"] if len(claim["counts"]) > 1],
    )


def is_positive(bound: float | None) -> bool:
    return bound is not None and bound > 0
