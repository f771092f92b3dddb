"""What a claim comes to, as written and on average: one phrase, and a sentence on why."""

from collections.abc import Sequence
from enum import StrEnum
from math import isfinite

import pandas as pd

from nrg.claims.verdict_texts import describe_effect, describe_mean, format_p, name_first
from nrg.claims.verdicts import CONTRADICTED, INCONCLUSIVE, SHARE, SUPPORTED, Verdict
from nrg.study.exhibits import join_words

NAMED = 3  # comparisons that a sentence names


class Outcome(StrEnum):
    """What a claim comes to."""

    HOLDS = "holds"
    NOT_EVERYWHERE = "holds on average, not everywhere"
    UNDECIDED_IN_PLACES = "holds on average, undecided in places"
    REVERSED = "reversed"
    UNDECIDED = "undecided"
    CANNOT_BE_JUDGED = "cannot be judged here"


def name_outcome(verdict: str, on_average: str | None) -> Outcome:
    """Name what a claim comes to that was tested and that the setting can test."""
    if verdict == SUPPORTED:
        return Outcome.HOLDS
    if on_average == SUPPORTED:
        contradicted = verdict == CONTRADICTED
        return Outcome.NOT_EVERYWHERE if contradicted else Outcome.UNDECIDED_IN_PLACES
    return Outcome.REVERSED if on_average == CONTRADICTED else Outcome.UNDECIDED


def find_stand_ins(networks: Sequence[str], models: pd.DataFrame) -> str:
    """Say which of the paper's networks a run has others in place of; empty if none.

    Args:
        networks: those that a sentence is about.
        models: indexed by the run's models; `stand_in` says which of them are not the paper's
            network of their name.
    """
    if "stand_in" not in models:
        return ""
    known = models.index.intersection(list(networks))
    names = [name for name in networks if name in known and models.loc[name, "stand_in"]]
    if not names:
        return ""
    own = "another network" if len(names) == 1 else "other networks"
    return (
        f"The sentence is about torchvision’s {join_words(names)}, and this run has {own} under "
        f"{'that name' if len(names) == 1 else 'those names'}."
    )


def explain_outcome(verdict: Verdict) -> str:
    """Say in one sentence what the comparisons of a claim show."""
    if verdict.unit == SHARE:
        low, high = f"{verdict.low:.0f}", f"{verdict.high:.0f}"
        return f"{verdict.effect:.0f} % of pairs agree with the sentence ({low} to {high} %)."
    if len(verdict.parts) == 1:
        (part,) = verdict.parts
        return f"{part.label}: {describe_effect(part, verdict.unit)}{describe_p(part.p)}."
    pieces = [f"{describe_mean(verdict)}{describe_p(verdict.p)}"] if verdict.unit else []
    text = "; ".join([*pieces, count_parts(verdict)])
    return f"{text[0].upper()}{text[1:]}."


def describe_p(p: float) -> str:
    """Write a p as the end of a clause; empty if there is none."""
    return f", p {format_p(p)}" if isfinite(p) else ""


def count_parts(verdict: Verdict) -> str:
    """Say how many of a claim's comparisons agree with it and how many do not, and name a few."""
    of = len(verdict.parts)
    agree = sum(part.holds for part in verdict.parts)
    supported, against, undecided = (
        [part for part in verdict.parts if part.verdict == word]
        for word in (SUPPORTED, CONTRADICTED, INCONCLUSIVE)
    )
    if len(supported) == of:
        return f"{'both' if of == 2 else f'all {of}'} {verdict.noun} agree significantly"
    counts = f"{agree or 'none'} of {of} {verdict.noun} agree"
    if agree:
        counts += f", {len(supported) or 'none'} of them significantly"
    if against:
        points = "points" if len(against) == 1 else "point"
        return (
            f"{counts}, and {len(against)} significantly {points} the other way"
            f"{name_first(against, verdict.parts)}"
        )
    counts += ", and none significantly points the other way"
    if len(undecided) <= NAMED:
        counts += f"; not significant{name_first(undecided, verdict.parts)}"
    return counts
