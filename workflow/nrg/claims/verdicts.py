"""From the parts of a claim's tests to its verdict."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isfinite, isnan

import numpy as np

from nrg.analysis import statistics
from nrg.claims.parts import UNKNOWN, CannotTest, Codes, Part, orient
from nrg.claims.units_needed import UnitsNeeded, estimate_units_needed

ALPHA = 0.05
SHARE = "percent of pairs"
SUPPORTED, CONTRADICTED, INCONCLUSIVE = "supported", "contradicted", "inconclusive"
NOT_RUN = "not run"


@dataclass(frozen=True)
class Findings:
    """What one test finds.

    Attributes:
        parts: its comparisons.
        unit: of their effects; `noun`, what they are called.
        note: a remark for the summary.
        share: where the test is of it, the percentage of parts that hold, and its interval.
        imagine: with `share`, what the claim would come to on a multiple of the units: verdict
            codes, (runs,).
        averages: whether the mean of the parts means something.
        margin: within which the sentence puts the effects, for a sentence that denies a difference.
        reservation: why this setting cannot test the sentence, whatever the parts say; one
            sentence, or empty.
    """

    parts: Sequence[Part]
    unit: str = "points"
    noun: str = "pairs"
    note: str = ""
    share: tuple[float, float, float] | None = None
    imagine: Callable[[float], Codes] | None = None
    averages: bool = True
    margin: tuple[float, float] | None = None
    reservation: str = ""


@dataclass(frozen=True)
class Verdict:
    """The verdict of a claim, and the numbers behind it.

    Attributes:
        verdict: on the sentence as it is written, which speaks of every part.
        on_average: on the mean of the parts; None if the claim is not run.
        parts: of all tests, with their verdicts; `raw`, the same as the tests found them.
        effect, unit, low, high, p: of the parts together, where they have a mean.
        noun: what the parts are called.
        notes: remarks for the summary.
        lacking: what the exhibits are called that the claim was tested without.
        imagine, reservation: as in `Findings`.
    """

    verdict: str
    parts: Sequence[Part] = ()
    effect: float = np.nan
    unit: str = ""
    low: float = np.nan
    high: float = np.nan
    p: float = np.nan
    noun: str = ""
    notes: Sequence[str] = ()
    lacking: Sequence[str] = ()
    raw: Sequence[Part] = ()
    imagine: Callable[[float], Codes] | None = None
    on_average: str | None = None
    reservation: str = ""

    @property
    def direction(self) -> int:
        """1 where plus agrees with the sentence; 0 where there is no mean, or it has no sign."""
        has_sign = self.unit and self.unit != SHARE and all(part.direction for part in self.parts)
        return int(bool(has_sign))

    @cached_property
    def needed(self) -> UnitsNeeded:
        """How many times as many units would decide the claim, where it is inconclusive."""
        if self.verdict != INCONCLUSIVE or not self.raw or self.raw[0].n is None:
            return UnitsNeeded()
        return estimate_units_needed(self.raw, ALPHA, self.imagine)


def conclude(findings: Sequence[Findings]) -> Verdict:
    """Draw the verdict of a claim from its tests, which are one family.

    Effects are turned so that plus agrees with the sentence.

    Raises:
        CannotTest: no image is left to compare.
    """
    findings = [
        replace(one, parts=[replace(orient(part), unit=one.unit) for part in one.parts])
        for one in findings
    ]
    parts = [part for one in findings for part in one.parts]
    raw = [part for part in parts if not isnan(part.effect)]
    if not raw:
        raise CannotTest("no image is left to compare")
    verdict = summarise(findings, decide_parts(raw))
    if empty := len(parts) - len(raw):
        note = f"{empty} more {'has' if empty == 1 else 'have'} no image that could be compared"
        verdict = replace(verdict, notes=[*verdict.notes, note])
    return replace(
        verdict,
        raw=raw,
        imagine=findings[0].imagine,
        on_average=judge_average(findings, verdict),
        reservation=next((one.reservation for one in findings if one.reservation), ""),
    )


def summarise(findings: Sequence[Findings], parts: Sequence[Part]) -> Verdict:
    """Draw the verdict from decided parts, and take their mean where they have one."""
    first = findings[0]
    nouns = {one.noun for one in findings}
    verdict = Verdict(
        decide_all([part.verdict for part in parts]),
        parts,
        noun=first.noun if len(nouns) == 1 else "comparisons",
        notes=[one.note for one in findings],
    )
    if first.share:
        effect, low, high = first.share
        lowest = effect if parts[0].n is None else low  # of printed numbers, as in `decide_parts`
        decision = SUPPORTED if lowest > 50 else CONTRADICTED if high < 50 else INCONCLUSIVE
        return replace(verdict, verdict=decision, effect=effect, low=low, high=high, unit=SHARE)
    if len({(one.unit, part.direction) for one in findings for part in one.parts}) > 1:
        return verdict
    if len(parts) == 1:
        (part,) = parts
        return replace(
            verdict, unit=first.unit, effect=part.effect, low=part.low, high=part.high, p=part.p
        )
    if not all(one.averages for one in findings):
        return verdict
    mean = average_parts(parts)
    low, high = statistics.interval(mean.draws, ALPHA, mean.n)
    p = mean.p if all(isfinite(part.p) for part in parts) else np.nan
    return replace(verdict, unit=first.unit, effect=mean.effect, low=low, high=high, p=p)


def decide_parts(parts: Sequence[Part]) -> list[Part]:
    """Give parts Holm's p, their intervals, and a verdict each.

    Holm's adjustment is over those parts alone that it decides.
    """
    undecided = [np.nan if part.verdict else part.p for part in parts]
    decided = []
    for part, p in zip(parts, statistics.holm(np.array(undecided)), strict=True):
        low, high = part.low, part.high
        if np.isnan(low):
            low, high = statistics.interval(part.draws, ALPHA, part.n)
        # Printed numbers, without n, agree with a sentence by their sign, but do not contradict it
        # by that alone.
        certain = p < ALPHA or (part.n is None and part.holds)
        by_sign = SUPPORTED if part.holds else CONTRADICTED
        verdict = part.verdict or (by_sign if certain else INCONCLUSIVE)
        decided.append(replace(part, low=low, high=high, p_holm=float(p), verdict=verdict))
    return decided


def find_smallest_n(parts: Sequence[Part]) -> int | None:
    """The smallest number of units that a part has; None for printed numbers."""
    return min((part.n for part in parts if part.n is not None), default=None)


def decide_all(verdicts: Sequence[str]) -> str:
    """Draw the verdict of a sentence that speaks of everything that has one of these verdicts."""
    if CONTRADICTED in verdicts:
        return CONTRADICTED
    return SUPPORTED if set(verdicts) == {SUPPORTED} else INCONCLUSIVE


def judge_average(findings: Sequence[Findings], verdict: Verdict) -> str:
    """Draw the verdict on the mean of a claim's parts, where the sentence speaks of every part.

    Parts in one unit are judged by their mean, with its p from the bootstrap (or by its place in
    the margin, where there is one). Those that have no mean, such as peaks, are judged as they are.
    If there are several means they are one family.
    """
    if findings[0].share or len(verdict.parts) == 1:
        return verdict.verdict
    groups: dict[tuple[str, tuple[float, float] | None], list[Part]] = {}
    judged: list[Part] = []
    for one in findings:
        for part in one.parts:
            if isnan(part.effect):
                continue
            if part.can_be_averaged or one.margin:
                groups.setdefault((one.unit, one.margin), []).append(part)
            else:
                judged.append(part)
    for (_, margin), members in groups.items():
        mean = average_parts(members) if len(members) > 1 else members[0]
        judged.append(judge_margin(mean, margin) if margin else mean)
    return decide_all([part.verdict for part in decide_parts(judged)])


def average_parts(parts: Sequence[Part]) -> Part:
    """The mean of effects that plus agrees with, as a part without a label."""
    effect, n = float(np.mean([part.effect for part in parts])), find_smallest_n(parts)
    if any(np.isnan(part.draws).all() for part in parts):
        return Part("", "", effect, n=n, draws=UNKNOWN)
    draws = np.mean([part.draws for part in parts], axis=0)
    return Part("", "", effect, n=n, draws=draws, p=statistics.resampled_p(effect, draws, n))


def judge_margin(part: Part, margin: tuple[float, float], parts: int = 1) -> Part:
    """Judge whether an effect lies within a margin, by its 95 % interval.

    Args:
        parts: how many parts the claim has, over all of which a contradiction is at 5 %.
    """
    lowest, highest = margin
    agrees = lowest < part.effect < highest
    low, high = statistics.interval(part.draws, ALPHA, part.n)
    least, most = statistics.interval(part.draws, ALPHA / parts, part.n)
    outside = least < most and (least >= highest or most <= lowest)
    # Printed numbers, without n, agree with a sentence by their value alone.
    inside = agrees if part.n is None else lowest < low < high < highest
    verdict = SUPPORTED if inside else CONTRADICTED if outside else INCONCLUSIVE
    return replace(part, p=np.nan, low=low, high=high, agrees=agrees, verdict=verdict)
