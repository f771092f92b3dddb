"""How many units would decide what a run leaves open, if the effects are what it found.

Runs on a multiple of the images (or seeds) are imagined: each effect varies about the one that
was found as its resamples do, but by 1/√times as much, and the rule of the verdict is applied to
each of these runs. What is sought is the smallest number with which half of them come to a verdict.
It is an estimate: a run that saw an effect too large asks for too few.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np
from scipy.special import stdtr
from scipy.stats import t

from nrg.analysis.statistics import generator, majority_p
from nrg.claims.contrasts import Part

RUNS = 400
HALF = 0.5  # of the runs are to come to a verdict
SHARE_RUNS = 60  # of a share, each of which has runs of its own
TIMES = 1.1 ** np.arange(1, 98)  # up to 10,000 times


@dataclass(frozen=True)
class Needed:
    """How many times as many units would decide a claim, and each of its parts.

    NaN where no number would; `reason` says why, of the claim. `supported` says whether more of
    the runs that come to a verdict support the claim than contradict it.
    """

    times: float = nan
    parts: Sequence[float] = ()
    reason: str = ""
    supported: bool = False


def needed(
    parts: Sequence[Part], alpha: float, share: Callable[[float], np.ndarray] | None = None
) -> Needed:
    """What would decide a claim that is open.

    Args:
        parts: as their kinds of test left them, not yet settled.
        alpha: the level of significance.
        share: the verdicts, −1, 0 or 1, that a claim about the share of its parts would come to in
            runs on this multiple of the units.
    """
    noises = [noise(part) for part in parts]
    claim, each, pro = [], [], []
    for times in TIMES:
        codes = verdicts(parts, noises, float(times), alpha)
        each.append((codes != 0).mean(0))
        against, for_it = (codes < 0).any(1), (codes > 0).all(1)
        if share is not None:
            shares = share(float(times))
            against, for_it = shares < 0, shares > 0
        claim.append((against | for_it).mean())
        pro.append(bool(for_it.sum() > against.sum()))
        if claim[-1] >= HALF and (np.max(each, axis=0) >= HALF).all():
            break
    found = first(np.array(claim))
    supported = not isnan(found) and pro[int(np.argmax(np.array(claim) >= HALF))]
    reasons = [undecidable(part, own) for part, own in zip(parts, noises, strict=True)]
    nil = [f"the effect is nil in {part.label}" for part in parts if part.effect == 0]
    too_near = nil[0] if nil else "what was found lies too near to where the rule would turn"
    if any(part.facts.get("beyond_reach") for part in parts):
        too_near = f"too much lies beyond reach, or {too_near}"
    reason = next(filter(None, reasons), too_near) if isnan(found) else ""
    return Needed(found, [first(own) for own in np.array(each).T], reason, supported)


def first(decided: np.ndarray) -> float:
    """The smallest of TIMES with which half of the runs are decided; NaN if there is none."""
    enough = np.flatnonzero(decided >= HALF)
    return float(TIMES[enough[0]]) if len(enough) else nan


def noise(part: Part) -> np.ndarray:
    """How an effect varies over runs like this one, (RUNS,); zeros where that is not known."""
    if part.draws is not None and not np.isnan(part.draws).all():
        draws = part.draws[~np.isnan(part.draws)]
        if not draws.std() > 1e-9 * abs(draws).max():  # what is less is rounding
            return np.zeros(RUNS)
        return np.resize(draws - draws.mean(), RUNS)
    if part.n is None or not part.high > part.low:
        return np.zeros(RUNS)
    error = (part.high - part.low) / 2 / t.isf(0.025, part.n - 1)
    return error * generator([part.label, part.setting]).standard_normal(RUNS)


def margin_rule(part: Part, lowest: float, highest: float) -> Callable[[float], np.ndarray]:
    """The `later` of a part whose interval is to lie within a margin."""
    own, ends = noise(part), np.array([part.low, part.high]) - part.effect

    def later(times: float) -> np.ndarray:
        low, high = part.effect + (own + ends[:, None]) / times**0.5
        inside = (lowest < low) & (high < highest)
        return inside.astype(int) - ((low >= highest) | (high <= lowest))

    return later


def share_rule(
    parts: Sequence[Part],
    share: Callable[[np.ndarray], np.ndarray],
    interval: Callable[[np.ndarray], tuple[float, float]],
) -> Callable[[float], np.ndarray]:
    """The `later` of a claim whose share of parts, of effects (…, parts), is to lie above 50."""

    def later(times: float) -> np.ndarray:
        own = np.stack([noise(part) for part in parts], -1) / times**0.5
        effects = np.array([part.effect for part in parts]) + own[:SHARE_RUNS]
        ends = np.array([interval(share(effect + own)) for effect in effects])
        return (ends[:, 0] > 50).astype(int) - (ends[:, 1] < 50)

    return later


def votes_rule(
    votes: np.ndarray, rule: Callable[[np.ndarray], np.ndarray]
) -> Callable[[float], np.ndarray]:
    """The `later` of a part that counts votes of units.

    Args:
        votes: each unit's, yes or no, on several questions, (n, questions).
        rule: from the p of their majorities (runs, questions) to verdicts (runs,).
    """
    kinds, counts = np.unique(votes, axis=0, return_counts=True)

    def later(times: float) -> np.ndarray:
        n, random = round(len(votes) * times), generator([f"{len(votes)} votes"])
        drawn = random.multinomial(n, counts / len(votes), RUNS) @ kinds.astype(int)
        return rule(majority_p(drawn, n))

    return later


def undecidable(part: Part, noise: np.ndarray) -> str:
    """Why no number of units decides a part; empty where one may."""
    if part.later is not None:
        return ""
    if part.over.startswith("p: models"):
        return "its p is over models, and more images do not add models"
    if not noise.any():
        return f"all that it compares agree in {part.label}, so nothing is known of their spread"
    return ""


def verdicts(
    parts: Sequence[Part], noises: Sequence[np.ndarray], times: float, alpha: float
) -> np.ndarray:
    """What each part comes to in runs on a multiple of the units: −1, 0 or 1, (RUNS, parts)."""
    codes = np.zeros((RUNS, len(parts)), int)
    effects = [part.effect + own / times**0.5 for part, own in zip(parts, noises, strict=True)]
    p = np.full((RUNS, len(parts)), nan)
    for place, (part, effect, own) in enumerate(zip(parts, effects, noises, strict=True)):
        if part.later is not None:
            codes[:, place] = part.later(times)
        elif not part.verdict and not part.over.startswith("p: models") and part.n and own.any():
            error = own.std() / times**0.5
            p[:, place] = 2 * stdtr(max(part.n * times - 1, 1), -np.abs(effect) / error)
    tested = ~np.isnan(p).any(0)
    adjusted = holm(p[:, tested])
    direction = np.array([part.direction for part in parts])[tested]
    signs = np.sign(np.array(effects).T[:, tested] * direction)
    codes[:, tested] = np.where(adjusted < alpha, signs, 0)
    return codes


def holm(p: np.ndarray) -> np.ndarray:
    """Holm's adjustment of every row of p, (runs, parts)."""
    order = p.argsort(1)
    scaled = np.take_along_axis(p, order, 1) * np.arange(p.shape[1], 0, -1)
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, np.maximum.accumulate(scaled, 1), 1)
    return adjusted
