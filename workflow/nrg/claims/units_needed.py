"""How many units would decide what a run leaves open, if the effects are those that it found.

Runs on a multiple of the images (or seeds) are imagined. In each of them every effect varies about
the one that was found as its resamples do, divided by the square root of the multiple, and the rule
of the verdict is applied. The result is the smallest multiple with which half of these runs come to
a verdict. It is an estimate: a run that found an effect too large asks for too few units.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np
from scipy.special import stdtr
from scipy.stats import t

from nrg.analysis.arrays import Flags, Floats
from nrg.analysis.statistics import generator, holm, majority_p
from nrg.claims.parts import Codes, Over, Part

RUNS = 400
HALF = 0.5  # of the runs are to come to a verdict
SHARE_RUNS = 60  # for a share, where each run has resamples of its own
MULTIPLES = 1.1 ** np.arange(1, 98)  # up to 10,000 times as many


@dataclass(frozen=True)
class UnitsNeeded:
    """How many units would decide a claim, as a multiple of those that it was tested on.

    Attributes:
        multiple: for the claim; NaN where no number would decide it.
        parts: for each part, in the same way.
        reason: why no number would decide the claim.
        supported: whether more of the runs that come to a verdict support the claim than contradict
            it.
    """

    multiple: float = nan
    parts: Sequence[float] = ()
    reason: str = ""
    supported: bool = False


def estimate_units_needed(
    parts: Sequence[Part], alpha: float, share: Callable[[float], Codes] | None = None
) -> UnitsNeeded:
    """Estimate how many units would decide an inconclusive claim.

    Args:
        parts: as their kinds of test left them, without p_holm.
        alpha: the level of significance.
        share: for a claim about the share of its parts, what it would come to in runs on a multiple
            of the units: verdict codes, (runs,).
    """
    noises = [estimate_noise(part) for part in parts]
    decided, parts_decided, mostly_supported = [], [], []
    for multiple in map(float, MULTIPLES):
        codes = imagine_verdicts(parts, noises, multiple, alpha)
        parts_decided.append((codes != 0).mean(0))
        contradicted, supported = (codes < 0).any(1), (codes > 0).all(1)
        if share is not None:
            shares = share(multiple)
            contradicted, supported = shares < 0, shares > 0
        decided.append(float((contradicted | supported).mean()))
        mostly_supported.append(bool(supported.sum() > contradicted.sum()))
        if decided[-1] >= HALF and (np.max(parts_decided, axis=0) >= HALF).all():
            break
    multiple = find_smallest_multiple(np.array(decided))
    return UnitsNeeded(
        multiple,
        [find_smallest_multiple(shares) for shares in np.array(parts_decided).T],
        why_undecidable(parts, noises) if isnan(multiple) else "",
        not isnan(multiple) and mostly_supported[int(np.argmax(np.array(decided) >= HALF))],
    )


def find_smallest_multiple(decided: Floats) -> float:
    """The smallest of MULTIPLES with which half of the runs are decided; NaN if there is none."""
    enough = np.flatnonzero(decided >= HALF)
    return float(MULTIPLES[enough[0]]) if len(enough) else nan


def estimate_noise(part: Part) -> Floats:
    """How an effect varies over runs like this one, (RUNS,); zeros where that is not known."""
    if not np.isnan(part.draws).all():
        draws = part.draws[~np.isnan(part.draws)]
        if not draws.std() > 1e-9 * abs(draws).max():  # what is less is rounding
            return np.zeros(RUNS)
        return np.resize(draws - draws.mean(), RUNS)
    if part.n is None or not part.high > part.low:
        return np.zeros(RUNS)
    error = (part.high - part.low) / 2 / float(t.isf(0.025, part.n - 1))
    return error * generator([part.label, part.setting]).standard_normal(RUNS)


def make_margin_rule(part: Part, lowest: float, highest: float) -> Callable[[float], Codes]:
    """Make the `imagine` of a part whose interval is to lie within a margin."""
    noise, ends = estimate_noise(part), np.array([part.low, part.high]) - part.effect

    def imagine(multiple: float) -> Codes:
        low, high = part.effect + (noise + ends[:, None]) / multiple**0.5
        inside = (lowest < low) & (high < highest)
        outside = (low >= highest) | (high <= lowest)
        return as_codes(inside, outside)

    return imagine


def make_share_rule(
    parts: Sequence[Part],
    share: Callable[[Floats], Floats],
    interval: Callable[[Floats], tuple[float, float]],
) -> Callable[[float], Codes]:
    """Make the `imagine` of a claim whose share of parts is to lie above 50 percent.

    Args:
        share: from effects (…, parts) to the percentage of parts that hold (…).
        interval: from resamples of that share to its interval.
    """

    def imagine(multiple: float) -> Codes:
        noise = np.stack([estimate_noise(part) for part in parts], -1) / multiple**0.5
        effects = np.array([part.effect for part in parts]) + noise[:SHARE_RUNS]
        ends = np.array([interval(share(effect + noise)) for effect in effects])
        return as_codes(ends[:, 0] > 50, ends[:, 1] < 50)

    return imagine


def make_votes_rule(votes: Flags, rule: Callable[[Floats], Codes]) -> Callable[[float], Codes]:
    """Make the `imagine` of a part that counts votes of units.

    Args:
        votes: each unit's answers to several questions, (n, questions).
        rule: from the p of their majorities (runs, questions) to verdict codes (runs,).
    """
    ballots, counts = np.unique(votes, axis=0, return_counts=True)

    def imagine(multiple: float) -> Codes:
        n, random = round(len(votes) * multiple), generator([f"{len(votes)} votes"])
        drawn = random.multinomial(n, counts / len(votes), RUNS) @ ballots.astype(int)
        return rule(majority_p(drawn, n))

    return imagine


def as_codes(supported: Flags, contradicted: Flags) -> Codes:
    """Verdict codes: 1 where supported, −1 where contradicted, else 0."""
    return np.subtract(supported, contradicted, dtype=int)


def why_undecidable(parts: Sequence[Part], noises: Sequence[Floats]) -> str:
    """Say why no number of units decides a claim."""
    for part, noise in zip(parts, noises, strict=True):
        if part.imagine is not None:
            continue
        if part.over is Over.MODELS:
            return "its p is over models, and more images do not add models"
        if not noise.any():
            return (
                f"all images have the same outcome in {part.label}, so that nothing is known of "
                "their spread"
            )
    none = [f"the effect is zero in {part.label}" for part in parts if part.effect == 0]
    reason = none[0] if none else "the effects found here lie too close to the limit of the rule"
    if any(part.facts.get("beyond_reach") for part in parts):
        return f"too many distances are beyond reach, or {reason}"
    return reason


def imagine_verdicts(
    parts: Sequence[Part], noises: Sequence[Floats], multiple: float, alpha: float
) -> Codes:
    """What each part comes to in runs on a multiple of the units: verdict codes, (RUNS, parts)."""
    codes = np.zeros((RUNS, len(parts)), int)
    effects = [
        part.effect + noise / multiple**0.5 for part, noise in zip(parts, noises, strict=True)
    ]
    p = np.full((RUNS, len(parts)), nan)
    for number, (part, effect, noise) in enumerate(zip(parts, effects, noises, strict=True)):
        if part.imagine is not None:
            codes[:, number] = part.imagine(multiple)
        elif not part.verdict and part.over is not Over.MODELS and part.n and noise.any():
            error = noise.std() / multiple**0.5
            p[:, number] = 2 * stdtr(max(part.n * multiple - 1, 1), -np.abs(effect) / error)
    tested = ~np.isnan(p).any(0)
    direction = np.array([part.direction for part in parts])[tested]
    signs = np.sign(np.array(effects).T[:, tested] * direction)
    codes[:, tested] = np.where(holm(p[:, tested]) < alpha, signs, 0)
    return codes
