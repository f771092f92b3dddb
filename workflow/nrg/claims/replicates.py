"""What was found on every zoo: gains and claims, and how far they spread between zoos.

A run's own intervals are over images, with its networks held fixed. Those here are over zoos, each
of the same architectures trained anew, with the images nearly the same: of the same images in the
same order, each zoo attacks the first that all of its networks classify correctly.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nrg.analysis.statistics import student
from nrg.base.number_text import POINTS
from nrg.claims.claims_file import Claim
from nrg.claims.outcomes import Outcome
from nrg.claims.parts import are_means, known
from nrg.claims.verdicts import ALPHA

Ledger = Mapping[str, Any]  # as claims.json holds it


@dataclass(frozen=True)
class Spread:
    """A number on the run's own zoo, and on every zoo.

    Numbers are None where they are unknown.

    Attributes:
        label: what it is of; empty for a claim's own effect.
        own, ci_low, ci_high: on the run's own zoo, with the interval over images.
        values: on every zoo, in their order; the first is the run's own.
        mean: over zoos.
        zoos_low, zoos_high: Student's 95 % interval of the mean, over zoos.
    """

    label: str
    own: float | None
    ci_low: float | None
    ci_high: float | None
    values: Sequence[float | None]
    mean: float | None
    zoos_low: float | None
    zoos_high: float | None


@dataclass(frozen=True)
class GainOnZoos:
    """The mean gain of a noise-reduced attack over its plain form, in points."""

    exhibit: str
    plain: str
    reduced: str
    gain: Spread


@dataclass(frozen=True)
class ClaimOnZoos:
    """One claim on every zoo.

    Attributes:
        outcomes: on every zoo, in their order; `counts`, how many zoos give each.
        effects: the claim's mean effect; those of its parts where they are means of their own.
    """

    id: str
    says: str
    unit: str
    outcomes: Sequence[str]
    counts: Mapping[str, int]
    effects: Sequence[Spread]


@dataclass(frozen=True)
class ZooComparison:
    """What was found on every zoo.

    Attributes:
        zoo_seeds: of the zoos; the first is the run's own.
    """

    zoo_seeds: Sequence[int]
    gains: Sequence[GainOnZoos]
    claims: Sequence[ClaimOnZoos]


def list_comparable(
    claims: Iterable[Claim], built: Iterable[str], replicated: Iterable[str]
) -> list[str]:
    """The claims that every zoo tests on the same exhibits, by their ids.

    Args:
        built: exhibits of the run.
        replicated: those of them that are built on every zoo.
    """
    on_own_zoo_alone = {*built} - {*replicated}
    return [claim.id for claim in claims if not on_own_zoo_alone & {*claim.reads}]


def compare_ledgers(
    zoo_seeds: Sequence[int], ledgers: Sequence[Ledger], comparable: Iterable[str]
) -> ZooComparison:
    """Compare the ledgers of all zoos.

    Args:
        ledgers: one per zoo; the first is the run's own.
        comparable: ids of the claims to compare; those that no zoo can judge are left out.
    """
    gains = [index_gains(ledger) for ledger in ledgers]
    claims = [{claim["id"]: claim for claim in ledger["claims"]} for ledger in ledgers]
    return ZooComparison(
        zoo_seeds,
        [
            GainOnZoos(*methods, measure_spread("", [of_zoo[methods] for of_zoo in gains], "gain"))
            for methods in gains[0]
            if all(methods in of_zoo for of_zoo in gains)
        ],
        [
            compare_claim([of_zoo[name] for of_zoo in claims])
            for name in comparable
            if any(of_zoo[name]["outcome"] != Outcome.CANNOT_BE_JUDGED for of_zoo in claims)
        ],
    )


def index_gains(ledger: Ledger) -> dict[tuple[str, str, str], Mapping[str, Any]]:
    """The gains of a ledger, by exhibit and methods."""
    return {(gain["exhibit"], gain["plain"], gain["reduced"]): gain for gain in ledger["gains"]}


def compare_claim(on_zoos: Sequence[Mapping[str, Any]]) -> ClaimOnZoos:
    """Compare one claim as the ledger of every zoo holds it."""
    own = on_zoos[0]
    outcomes = [claim["outcome"] for claim in on_zoos]
    effects = [measure_spread("", on_zoos, "effect")]
    have_means = are_means(own["parts"])
    if own["effect"] is None and have_means:
        parts = [{part["label"]: part for part in claim["parts"]} for claim in on_zoos]
        effects = [
            measure_spread(label, [of_zoo[label] for of_zoo in parts], "effect")
            for label in parts[0]
            if all(label in of_zoo for of_zoo in parts)
        ]
    return ClaimOnZoos(
        own["id"],
        own["says"],
        own["unit"] or (POINTS if have_means else ""),
        outcomes,
        dict(Counter(outcomes)),
        [effect for effect in effects if effect.mean is not None],
    )


def measure_spread(label: str, on_zoos: Sequence[Mapping[str, Any]], key: str) -> Spread:
    """Spread one number of an entry that every zoo has."""
    own, values = on_zoos[0], [entry[key] for entry in on_zoos]
    numbers = np.array([value for value in values if value is not None], float)
    mean = float(numbers.mean()) if len(numbers) else None
    low, high, _ = student(numbers, ALPHA)
    return Spread(
        label, own[key], own["ci_low"], own["ci_high"], values, mean, known(low), known(high)
    )
