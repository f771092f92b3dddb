"""What a claim comes to, as written and on average: one phrase, and a sentence on why."""

from collections.abc import Sequence
from enum import StrEnum
from math import isfinite

import pandas as pd

from nrg.claims.verdict_texts import (
    count_against,
    count_agreeing,
    describe_effect,
    describe_mean,
    describe_p,
    list_means,
    name_first,
)
from nrg.claims.verdicts import CONTRADICTED, INCONCLUSIVE, SHARE, SUPPORTED, Verdict
from nrg.study.exhibits import join_words

RULE = (
    "A claim has two verdicts. One is on the sentence as it is written, by the rule of its kind. "
    "The other is on the mean of the same comparisons, with its p from the bootstrap over images. "
    "What has no mean, such as the place of a peak, counts as it is. A claim holds if it is "
    "supported as written. If it is supported on average alone, it holds on average: not "
    "everywhere if a comparison contradicts it, and undecided in places if none does. It is "
    "reversed if the mean contradicts it, and otherwise undecided on average; it then fails in "
    "places if a comparison contradicts it. It cannot be judged here if the "
    "run lacks what its test needs, if it is about one of the paper’s networks and the run has "
    "another one under that name, or if it is about errors that cannot be told apart (χ² test of "
    "one rate for all models, at 5 %)."
)
NAMED = 3  # comparisons that a sentence names


class Outcome(StrEnum):
    """What a claim comes to."""

    HOLDS = "holds"
    NOT_EVERYWHERE = "holds on average, not everywhere"
    UNDECIDED_IN_PLACES = "holds on average, undecided in places"
    FAILS_IN_PLACES = "undecided on average, fails in places"
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
    if on_average == CONTRADICTED:
        return Outcome.REVERSED
    return Outcome.FAILS_IN_PLACES if verdict == CONTRADICTED else Outcome.UNDECIDED


def find_stand_ins(networks: Sequence[str], models: pd.DataFrame) -> str:
    """Say which of the paper's networks a run has others in place of; empty if none.

    Args:
        networks: those that a sentence is about.
        models: indexed by the run's models; `stand_in` says which of them are not the paper's
            network of their name.
    """
    if "stand_in" not in models:
        return ""
    stand_ins = {*models.index[models["stand_in"]]}
    names = [name for name in networks if name in stand_ins]
    if not names:
        return ""
    own = "another network" if len(names) == 1 else "other networks"
    return (
        f"The sentence is about torchvision’s {join_words(names)}, and this run has {own} under "
        f"{'that name' if len(names) == 1 else 'those names'}."
    )


def explain_outcome(verdict: Verdict) -> str:
    """Say in one sentence what the comparisons of a claim show."""
    if len(verdict.parts) == 1 and verdict.unit != SHARE:
        (part,) = verdict.parts
        return f"{describe_effect(part, verdict.unit)}{end_with_p(part.p)} ({part.label})."
    if verdict.unit:
        found = f"{describe_mean(verdict)}{end_with_p(verdict.p)}"
    else:
        found = "; ".join(list_means(verdict.parts))
    text = "; ".join(filter(None, [found, count_parts(verdict)]))
    return f"{text[0].upper()}{text[1:]}."


def end_with_p(p: float) -> str:
    """Write a p as the end of a clause; empty if there is none."""
    return f", {describe_p(p)}" if isfinite(p) else ""


def count_parts(verdict: Verdict) -> str:
    """Say how many of a claim's comparisons agree with it and how many do not, and name a few."""
    parts = verdict.parts
    if all(part.verdict == SUPPORTED for part in parts):
        all_parts = "both" if len(parts) == 2 else f"all {len(parts)}"
        return f"{all_parts} {verdict.noun} agree significantly"
    counts = f"{count_agreeing(verdict)}, and {count_against(verdict)}"
    if verdict.unit == SHARE:
        counts = count_against(verdict)
    undecided = [part for part in parts if part.verdict == INCONCLUSIVE]
    if len(undecided) <= NAMED and not any(part.verdict == CONTRADICTED for part in parts):
        counts += f"; undecided{name_first(undecided, parts)}"
    return counts
