"""Tests and intervals over images (or seeds), each written once, for many comparisons at a time.

Outcomes are (cells, units), NaN where a cell lacks a unit. Imports no torch.
"""

import hashlib
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from scipy.stats import binom, norm, rankdata, t

RESAMPLES = 2000
PERMUTATIONS = 9999


def generator(names: Sequence[str]) -> np.random.Generator:
    """Random numbers that depend on these names alone."""
    digest = hashlib.blake2b("\n".join(names).encode(), digest_size=8).digest()
    return np.random.default_rng(int.from_bytes(digest))


def sign_test(differences: np.ndarray) -> np.ndarray:
    """The exact two-sided p of paired differences (…, units); of rates, McNemar's exact test.

    Units that do not differ, or are NaN, say nothing; without any other, p is 1.
    """
    up, down = (differences > 0).sum(-1), (differences < 0).sum(-1)
    return np.minimum(1.0, 2 * binom.cdf(np.minimum(up, down), up + down, 0.5))


def rate_test(successes: int, n: int, rate: float) -> float:
    """The exact two-sided p of so many successes at an expected rate: twice the nearer tail."""
    tails = binom.cdf(successes, n, rate), binom.sf(successes - 1, n, rate)
    return float(min(1.0, 2 * min(tails)))


def holm(p: np.ndarray) -> np.ndarray:
    """Holm's step-down adjustment of a family of p; NaN stays, and counts for nothing."""
    adjusted = np.full(len(p), np.nan)
    order = [place for place in np.argsort(p) if not np.isnan(p[place])]
    worst = 0.0
    for rank, place in enumerate(order):
        worst = max(worst, min(1.0, (len(order) - rank) * p[place]))
        adjusted[place] = worst
    return adjusted


@lru_cache(maxsize=4)
def resampling_weights(units: tuple[str, ...]) -> np.ndarray:
    """How often each resample draws each unit, (RESAMPLES, units); it depends on their names."""
    n, random = len(units), generator(units)
    counts = [np.bincount(random.integers(0, n, n), minlength=n) for _ in range(RESAMPLES)]
    return np.array(counts, np.float32)


def means(outcomes: np.ndarray) -> np.ndarray:
    """The mean of each cell over its units; NaN where it has none."""
    known = ~np.isnan(outcomes)
    with np.errstate(invalid="ignore"):
        return np.where(known, outcomes, 0).sum(1, dtype=float) / known.sum(1)


def resampled_means(outcomes: np.ndarray, units: tuple[str, ...]) -> np.ndarray:
    """`means` in every resample of the units, (RESAMPLES, cells); cells keep their pairing."""
    weights, known = resampling_weights(units), ~np.isnan(outcomes)
    sums = weights @ np.where(known, outcomes, 0).astype(np.float32).T
    if known.all():
        return sums / len(units)
    with np.errstate(invalid="ignore", divide="ignore"):
        return sums / (weights @ known.T.astype(np.float32))


def redrawn_rate(rate: float, n: float, name: str) -> np.ndarray:
    """A rate in percent as other samples of n images would give it, (RESAMPLES,); NaN without n.

    The random numbers depend on the name alone.
    """
    if np.isnan(n):
        return np.full(RESAMPLES, np.nan)
    return 100 * generator([name]).binomial(int(n), rate / 100, RESAMPLES) / n


def interval(draws: np.ndarray, alpha: float, n: int | None = None) -> tuple[float, float]:
    """The central 1 − α of a statistic's resamples, those left out in which it has no value.

    With n, the number of units, it is widened as Student's interval is, because resamples of few
    units vary too little (Hesterberg 2015, "expanded percentiles").
    """
    draws = draws[~np.isnan(draws)]
    if not len(draws) or (n is not None and n < 2):
        return np.nan, np.nan
    tail = alpha / 2
    if n is not None:
        tail = float(norm.sf(t.isf(tail, n - 1) * (n / (n - 1)) ** 0.5))
    low, high = np.quantile(draws, [tail, 1 - tail], method="nearest")
    return float(low), float(high)


def resampled_p(effect: float, draws: np.ndarray, n: int | None = None) -> float:
    """The two-sided p of an effect whose standard error is that of its resamples.

    With n, the number of units, by Student's t, because few units estimate an error badly; without,
    by the normal distribution. 1 where all resamples agree, for then nothing is known of the error.
    """
    error, scale = 0.0, 0.0
    if not np.isnan(draws).all():
        error, scale = np.nanstd(draws), np.nanmax(abs(draws))
    if not error > 1e-9 * scale or (n is not None and n < 2):  # what is less is rounding
        return 1.0
    if n is None:
        return float(2 * norm.sf(abs(effect) / error))
    return float(2 * t.sf(abs(effect) / (error * (n / (n - 1)) ** 0.5), n - 1))


def rates_p(left: np.ndarray, right: np.ndarray) -> float:
    """The two-sided p of two rates, outcomes 0, 100 or NaN, that some units have only one of.

    Both get one success and one failure more (Agresti and Caffo 2000), so that a rate of 0 or 100 %
    of a few units is not taken for certain; units that have both lower the error by what their
    outcomes have in common.
    """
    successes, counts, shared = [], [], ~np.isnan(left) & ~np.isnan(right)
    for side in (left, right):
        known = side[~np.isnan(side)] > 0
        successes.append(known.sum() + 1)
        counts.append(len(known) + 2)
    a, b = np.array(successes) / counts
    error2 = a * (1 - a) / counts[0] + b * (1 - b) / counts[1]
    common = ((left[shared] / 100 - a) * (right[shared] / 100 - b)).sum()
    error2 -= 2 * common / (counts[0] * counts[1])
    return float(2 * norm.sf(abs(b - a) / error2**0.5)) if error2 > 0 else 1.0


def majority_p(votes: np.ndarray, n: int) -> np.ndarray:
    """The exact one-sided p of so many votes (…) of n where at most half are expected."""
    return binom.sf(votes - 1, n, 0.5)


def median_interval(at_least: np.ndarray, at_most: np.ndarray, alpha: float) -> tuple[float, float]:
    """The exact 1 − α interval of the median of values that are known to lie between bounds (n,).

    By order statistics; 0 and infinity stand where there are too few values.
    """
    n = len(at_least)
    place = int(binom.ppf(alpha / 2, n, 0.5))  # fewer values than this lie below it too rarely
    if place < 1:
        return 0.0, np.inf
    return float(np.sort(at_least)[place - 1]), float(np.sort(at_most)[n - place])


def student(values: np.ndarray, alpha: float) -> tuple[float, float, float]:
    """Student's interval of the mean of a few values, and its two-sided p against 0."""
    n, mean = len(values), values.mean()
    error = values.std(ddof=1) / n**0.5 if n > 1 else 0.0
    if not error > 0:
        return np.nan, np.nan, np.nan if n < 2 else 1.0
    half = t.ppf(1 - alpha / 2, n - 1) * error
    return float(mean - half), float(mean + half), float(2 * t.sf(abs(mean) / error, n - 1))


def centred_ranks(values: np.ndarray, strata: np.ndarray) -> np.ndarray:
    """Ranks along the last axis within each stratum, less their mean."""
    ranks = np.empty(np.shape(values))
    for stratum in np.unique(strata):
        own = strata == stratum
        ranks[..., own] = rankdata(values[..., own], axis=-1) - (own.sum() + 1) / 2
    return ranks


def rank_correlation(x: np.ndarray, y: np.ndarray, strata: np.ndarray) -> np.ndarray:
    """Spearman's ρ of x (n,) with y (…, n) within strata; with one stratum, the usual one.

    NaN where either does not vary.
    """
    a, b = centred_ranks(x, strata), centred_ranks(y, strata)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (a * b).sum(-1) / np.sqrt((a**2).sum() * (b**2).sum(-1))


def permutation_p(
    statistic: Callable[[np.ndarray], np.ndarray],
    y: np.ndarray,
    strata: np.ndarray,
    names: Sequence[str],
) -> float:
    """The two-sided p of statistic(y) (n,) among those of y shuffled within strata."""
    random = generator(names)
    shuffled = np.repeat(y[None], PERMUTATIONS, 0)
    for stratum in np.unique(strata):
        own = np.flatnonzero(strata == stratum)
        shuffled[:, own] = random.permuted(shuffled[:, own], axis=1)
    as_extreme = np.abs(statistic(shuffled)) >= abs(float(statistic(y))) - 1e-12
    return (1 + int(as_extreme.sum())) / (1 + PERMUTATIONS)


def rank_regression(x: np.ndarray, y: np.ndarray, strata: np.ndarray) -> np.ndarray:
    """Standardised coefficients of y's ranks (…, n) on those of every row of x (k, n): (…, k).

    Ranks are within strata, so that what strata have in common plays no part.
    """
    a, b = centred_ranks(x, strata), centred_ranks(y, strata)
    a = a / np.sqrt((a**2).sum(-1, keepdims=True))
    with np.errstate(invalid="ignore", divide="ignore"):
        b = b / np.sqrt((b**2).sum(-1, keepdims=True))
    return b @ np.linalg.pinv(a)


def regression_p(
    x: np.ndarray, y: np.ndarray, strata: np.ndarray, names: Sequence[str]
) -> np.ndarray:
    """The two-sided p of every coefficient of `rank_regression`, (k,).

    By permutation, within strata, of what the other variables leave of y's ranks (Freedman and Lane
    1983; within blocks, Winkler and others 2014). Compared is the coefficient over its standard
    error, but for a factor that all permutations share: of few models the bare coefficient finds
    what is not there in 8 % of cases at a level of 5 %, this quotient in 5 %.
    """
    a, b = centred_ranks(x, strata), centred_ranks(y, strata)
    solver = np.linalg.pinv(a)
    p = []
    for place in range(len(x)):
        others = np.delete(a, place, 0)
        fitted = b @ np.linalg.pinv(others) @ others

        def quotient(left: np.ndarray, place: int = place, fitted: np.ndarray = fitted):
            coefficients = (fitted + left) @ solver
            rest = ((fitted + left - coefficients @ a) ** 2).sum(-1)
            return coefficients[..., place] / np.sqrt(rest + 1e-9)

        p.append(permutation_p(quotient, b - fitted, strata, names))
    return np.array(p)
