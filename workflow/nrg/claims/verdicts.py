"""From the parts of a claim's tests to its verdict."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import isfinite, isnan

import numpy as np

from nrg.analysis import statistics
from nrg.claims.contrasts import CannotTest, Part
from nrg.claims.units_needed import Needed, needed

ALPHA = 0.05
SHARE = "percent of pairs"
SUPPORTED, CONTRADICTED, INCONCLUSIVE = "supported", "contradicted", "inconclusive"


@dataclass(frozen=True)
class Found:
    """What one test found: its parts, their unit and what they are called, and a remark.

    `share` is the percentage of parts that hold and its interval, where that is what is tested, and
    `later` says, as a part's does, what the claim would come to with more units; `alike` says
    whether the mean of the parts means something.
    """

    parts: Sequence[Part]
    unit: str = "points"
    noun: str = "pairs"
    note: str = ""
    share: tuple[float, float, float] | None = None
    later: Callable[[float], np.ndarray] | None = None
    alike: bool = True


@dataclass(frozen=True)
class Verdict:
    """The parts of all tests of a claim, settled, and what follows; `raw` are those not settled."""

    verdict: str
    parts: Sequence[Part] = ()
    effect: float = np.nan
    unit: str = ""
    low: float = np.nan
    high: float = np.nan
    p: float = np.nan
    noun: str = ""
    notes: Sequence[str] = field(default_factory=list)
    raw: Sequence[Part] = ()
    later: Callable[[float], np.ndarray] | None = None

    @cached_property
    def needed(self) -> Needed:
        """How many times as many units would decide it, where it is open."""
        if self.verdict != INCONCLUSIVE or not self.raw or self.raw[0].n is None:
            return Needed()
        return needed(self.raw, ALPHA, self.later)


def concluded(found: Sequence[Found]) -> Verdict:
    """What a claim's tests, as one family, say together, and what would decide it if they do not.

    Raises:
        CannotTest: no image is left to compare.
    """
    parts = [part for one in found for part in one.parts]
    raw = [part for part in parts if not isnan(part.effect)]
    if not raw:
        raise CannotTest("no image is left to compare")
    verdict = together(found, settled(raw))
    if empty := len(parts) - len(raw):
        note = f"of {empty} more there is no image that could be compared"
        verdict = replace(verdict, notes=[*verdict.notes, note])
    return replace(verdict, raw=raw, later=found[0].later)


def together(found: Sequence[Found], parts: Sequence[Part]) -> Verdict:
    """The verdict on settled parts, and their mean where they have one."""
    nouns = {one.noun for one in found}
    noun = found[0].noun if len(nouns) == 1 else "comparisons"
    verdict = Verdict(combined(parts), parts, noun=noun, notes=[f.note for f in found])
    if found[0].share:
        effect, low, high = found[0].share
        lowest = effect if parts[0].n is None else low  # of printed numbers, as in `settled`
        against = CONTRADICTED if high < 50 else INCONCLUSIVE
        verdict = replace(verdict, verdict=SUPPORTED if lowest > 50 else against)
        return replace(verdict, effect=effect, low=low, high=high, unit=SHARE)
    if len({(one.unit, part.direction) for one in found for part in one.parts}) > 1:
        return verdict
    if len(parts) == 1:
        (part,) = parts
        verdict = replace(verdict, effect=part.effect, low=part.low, high=part.high, p=part.p)
        return replace(verdict, unit=found[0].unit)
    if not all(one.alike for one in found):
        return verdict
    verdict = replace(verdict, unit=found[0].unit)
    effect = float(np.mean([part.effect for part in parts]))
    if any(part.draws is None for part in parts):
        return replace(verdict, effect=effect)
    draws = np.mean([part.draws for part in parts], axis=0)
    low, high = statistics.interval(draws, ALPHA, fewest(parts))
    known = all(isfinite(part.p) for part in parts)
    p = statistics.resampled_p(effect, draws, fewest(parts)) if known else np.nan
    return replace(verdict, effect=effect, low=low, high=high, p=p)


def settled(parts: Sequence[Part]) -> list[Part]:
    """Parts with Holm's p, their intervals, and a verdict each.

    Holm's adjustment is over those parts alone that it decides.
    """
    open_ = [np.nan if part.verdict else part.p for part in parts]
    adjusted = statistics.holm(np.array(open_))
    found = []
    for part, p in zip(parts, adjusted, strict=True):
        low, high = part.low, part.high
        if part.draws is not None and np.isnan(low):
            low, high = statistics.interval(part.draws, ALPHA, part.n)
        # Printed numbers, without n, agree with a sentence by their sign, but do not contradict it
        # by that alone.
        sure = p < ALPHA or (part.n is None and part.holds)
        sign = SUPPORTED if part.holds else CONTRADICTED
        verdict = part.verdict or (sign if sure else INCONCLUSIVE)
        found.append(replace(part, low=low, high=high, p_holm=p, verdict=verdict))
    return found


def fewest(parts: Sequence[Part]) -> int | None:
    """The smallest number of units that a part has; None of printed numbers."""
    return min((part.n for part in parts if part.n is not None), default=None)


def combined(parts: Sequence[Part]) -> str:
    """The verdict on a sentence that speaks of every part."""
    verdicts = {part.verdict for part in parts}
    if CONTRADICTED in verdicts:
        return CONTRADICTED
    return SUPPORTED if verdicts == {SUPPORTED} else INCONCLUSIVE
