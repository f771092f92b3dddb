"""The ledger of claims as data: what claims.json holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from typing import Any

from nrg.claims.gains import Gain
from nrg.claims.in_print import PaperEntry
from nrg.claims.outcomes import Outcome

INLINE = ("facts", "needed")  # fields whose own fields stand in their place in JSON


@dataclass(frozen=True)
class Needed:
    """How many images, or seeds, would decide what is open; None for the other."""

    images_needed: int | None
    seeds_needed: int | None


@dataclass(frozen=True)
class PartEntry:
    """One comparison of a claim; numbers are None where they are unknown.

    Attributes:
        effect, ci_low, ci_high: in `unit`; of a share of pairs, in that of the differences.
        direction: 1 where plus agrees with the sentence; 0 where the sign says nothing.
        over: what the interval and p are over; None for printed numbers.
        n: how many units are compared.
        facts: what the kind of test adds, by name.
    """

    label: str
    setting: str
    effect: float | None
    unit: str
    ci_low: float | None
    ci_high: float | None
    direction: int
    p: float | None
    p_holm: float | None
    over: str | None
    n: int | None
    verdict: str
    facts: Mapping[str, Any]
    needed: Needed


@dataclass(frozen=True)
class Entry:
    """One claim on a run; numbers are None where they are unknown.

    Attributes:
        exhibits: of the paper, and those that the test reads; `lacking`, what those of them are
            called that the run does not build, where the claim was tested without them.
        kinds: of its tests.
        verdict: on the sentence as it is written; `on_average`, on the mean of its comparisons;
            None if the claim is not run.
        outcome, outcome_reason: what the two come to, and why, in one sentence.
        effect, unit, ci_low, ci_high, p: of all parts together, where they have a mean.
        direction: as in `PartEntry`.
        holding, of: how many parts go as the sentence says, of how many.
        undecidable: why no number of images or seeds would decide the claim.
        paper: the claim on the paper's own tables; None where they do not allow it.
    """

    id: str
    says: str
    test: str
    written: bool
    our_limit: str | None
    exhibits: Sequence[str]
    lacking: Sequence[str]
    kinds: Sequence[str]
    verdict: str
    on_average: str | None
    outcome: Outcome
    outcome_reason: str
    summary: str
    effect: float | None
    unit: str
    ci_low: float | None
    ci_high: float | None
    direction: int
    p: float | None
    over: str | None
    seen: str
    holding: int | None
    of: int | None
    needed: Needed
    undecidable: str | None
    parts: Sequence[PartEntry]
    paper: PaperEntry | None = None


@dataclass(frozen=True)
class Ledger:
    """Every claim with its verdict, and what a reader needs to judge them.

    Attributes:
        alpha: the level of significance.
        blindness: what is said of the results that were known when tests were written.
        rules: of the verdicts, by kind of test, and for the paper's own tables.
        gains: of every attack that has a noise-reduced form in the same table.
    """

    claims: Sequence[Entry]
    alpha: float
    blindness: str
    rules: Mapping[str, str]
    gains: Sequence[Gain] = ()


def to_json(value: Any) -> Any:
    """What JSON holds of a value: of a dataclass its fields, and those of its INLINE fields."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [to_json(entry) for entry in value]
    if not is_dataclass(value):
        return value
    entries: dict[str, Any] = {}
    for name, entry in vars(value).items():
        entries |= to_json(entry) if name in INLINE else {name: to_json(entry)}
    return entries
