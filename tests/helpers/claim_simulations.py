"""Type I error and power of every kind of test of the claims, simulated with the kinds themselves.

A type I error is a verdict for or against the sentence where the truth lies on the edge or favours
neither side. Images differ in how easily they are fooled, so that all cells of an image vary
together, as they do in a run. Run as a script it prints the table of docs/claims.md; its argument
multiplies the number of simulations that the tests take.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from claim_panels import FAMILIES, PAIRS, ZOO, verdict
from nrg.analysis import statistics
from nrg.analysis.panels import Panel, new_panel
from nrg.claims.kinds import judge
from nrg.claims.of_pairs import bound_ratios, judge_ratio
from scipy.stats import norm

Random = np.random.Generator
Make = Callable[[Random], Panel]


@dataclass(frozen=True)
class Case:
    """One simulation.

    Attributes:
        truth: what is simulated, as text, with its number of images (or seeds, or models).
        wanted: the verdict whose share is the power; empty where any verdict is an error.
        share: from a number of simulations and a generator to the share of them that come to that
            verdict (or to an error).
        times: how many simulations a test takes.
    """

    kind: str
    truth: str
    wanted: str
    share: Callable[[int, Random], float]
    times: int


def drawn(rates: Sequence[float], n: int, random: Random, repeats: int = 1) -> np.ndarray:
    """Outcomes in percent, (repeats × cells, n), of cells with these rates in percent."""
    ease = 0.7 * random.normal(size=(repeats, 1, n))
    ease = ease + 0.51**0.5 * random.normal(size=(repeats, len(rates), n))
    fooled = ease < norm.ppf(np.asarray(rates) / 100)[:, None]
    return (100 * fooled).astype(np.float32).reshape(-1, n)


def panel(cells: Sequence[dict], outcomes: np.ndarray) -> Panel:
    known = {"exhibit": "e", "method": "a", "source": "s", "target": "t"}
    names = [f"image {k}" for k in range(outcomes.shape[1])]
    return new_panel(pd.DataFrame([known | cell for cell in cells]), outcomes, names)


def count_share(verdicts: Sequence[str], wanted: str) -> float:
    """The share of the wanted verdict; without one, of the more frequent error."""
    words = [wanted] if wanted else ["supported", "contradicted"]
    return max(verdicts.count(word) for word in words) / len(verdicts)


def judged(kind: str, truth: str, wanted: str, test: dict, make: Make, times: int,
           models: pd.DataFrame = FAMILIES) -> Case:  # fmt: skip
    """Make a case whose panels go through a kind of test; without `wanted` it counts errors."""

    def share(count: int, random: Random) -> float:
        found = [verdict({"kind": kind} | test, make(random), models) for _ in range(count)]
        return count_share(found, wanted)

    return Case(kind, truth, wanted, share, times)


def averaged(truth: str, wanted: str, make: Make, times: int) -> Case:
    """Make a case of the verdict on average, of a sentence that speaks of every pair."""
    test = {key: PAIRS[key] for key in ("kind", "left", "right")}

    def share(count: int, random: Random) -> float:
        found = [judge([test], make(random), FAMILIES).on_average for _ in range(count)]
        return count_share(found, wanted)

    return Case("every, on average", truth, wanted, share, times)


def rises(changes: Sequence[float], n: int) -> Make:
    """Methods a and b, and one target for each change from one to the other."""
    cells = [{"method": m, "target": f"t{k}"} for k in range(len(changes)) for m in "ab"]
    rates = [40 + change for gain in changes for change in (0, gain)]
    return lambda random: panel(cells, drawn(rates, n, random))


def curve(n: int, *curves: Sequence[float]) -> Make:
    """One curve along m for each source."""
    cells = [{"source": "ab"[k], "m": float(x)} for k, own in enumerate(curves)
             for x in range(len(own))]  # fmt: skip
    return lambda random: panel(cells, drawn(np.concatenate(curves), n, random))


def sources(rates: dict[str, float], targets: Sequence[str], n: int, kin: float = 0) -> Make:
    """Every source on every other target, with the source's rate; between kin it is higher."""
    cells = [{"source": s, "target": t} for s in rates for t in targets if s != t]
    level = [rates[c["source"]] + kin * (c["source"][:3] == c["target"][:3]) for c in cells]
    return lambda random: panel(cells, drawn(level, n, random))


def sized(slope: float, n: int = 1000) -> Make:
    """Success on the zoo: families differ by about 15 points, and their members by about 1."""
    cells = [{"source": s, "target": t} for s in ("alexnet", "squeezenet1_1") for t in ZOO]
    family = pd.factorize(FAMILIES["family"])[0]

    def make(random: Random) -> Panel:
        level = 45 + random.uniform(-15, 15, 9)[family] + random.normal(size=15)
        rates = level + slope * np.arange(15)
        return panel(cells, drawn([*rates, *rates], n, random))

    return make


def contrasts(gain: float, rate: float, n: int) -> Callable[[int, Random], float]:
    """How often p of the mean difference of three pairs is significant."""

    def share(count: int, random: Random) -> float:
        sides = drawn([rate] * 3 + [rate + gain] * 3, n, random, count).reshape(count, 2, 3, n)
        means = (sides[:, 1] - sides[:, 0]).mean(1)
        draws = statistics.resampled_means(means, tuple(f"image {k}" for k in range(n)))
        p = [statistics.resampled_p(*both, n) for both in zip(means.mean(1), draws.T, strict=True)]
        return float((np.array(p) < 0.05).mean())

    return share


def destroyed(few: int, many: int, rate: float) -> Callable[[int, Random], float]:
    """How often p of two equal rates is, of few and of many images; half of the few are in both."""

    def share(count: int, random: Random) -> float:
        sides = np.full((count, 2, few + many - few // 2), np.nan)
        outcomes = 100.0 * (random.random(sides.shape) < rate)
        sides[:, 0, :few], sides[:, 1, few // 2 :] = (
            outcomes[:, 0, :few],
            outcomes[:, 1, few // 2 :],
        )
        return float(np.mean([statistics.rates_p(*pair) < 0.05 for pair in sides]))

    return share


def denied(gain: float, rate: float, n: int) -> Make:
    """Six pairs in which the second method gains `gain` points."""
    cells = [{"method": m, "target": t} for m in "ab" for t in "pqrxyz"]
    return lambda random: panel(cells, drawn([rate] * 6 + [rate + gain] * 6, n, random))


def ratios(
    ratio: float, n: int, wanted: str = "", reach: float = np.inf, spread: float = 1
) -> Callable[[int, Random], float]:
    """Distances of this median ratio; those beyond reach are not known.

    Args:
        spread: the standard deviation of the ratio's natural logarithm.
    """

    def share(count: int, random: Random) -> float:
        found = []
        for _ in range(count):
            left = random.lognormal(0, 1, n)
            both = np.stack([left, left * ratio * random.lognormal(0, spread, n)])
            both[both > reach] = np.inf
            used = both[:, np.isfinite(both).any(0)]
            bounds = bound_ratios(*used, float(both[np.isfinite(both)].max()))
            found.append(judge_ratio(*bounds, limits=(0.5, 2), parts=1).verdict)
        return count_share(found, wanted)

    return share


def nearer(n: int) -> Make:
    """Nine models whose label changes at half the distance in one of two directions."""
    cells = [{"method": m, "target": f"t{k}"} for m in "ab" for k in range(9)]

    def make(random: Random) -> Panel:
        left = random.lognormal(0, 1, (9, n))
        return panel(cells, np.concatenate([left, left / 2 * random.lognormal(0, 1, (9, n))]))

    return make


def regressions(members: Sequence[int], slope: float) -> Callable[[int, Random], float]:
    """How often p of error or of size is below 0.05, in families that differ.

    The larger of the two shares; with a slope, which is there to be found, the smaller.
    """
    families = np.repeat(np.arange(len(members)), members)

    def share(count: int, random: Random) -> float:
        found = []
        for trial in range(count):
            level = random.normal(0, 3, (3, len(members)))[:, families]
            x = random.normal(size=(2, len(families)))
            y = level[0] + slope * x.sum(0) + random.normal(size=len(families))
            found.append(statistics.regression_p(x + level[1:], y, families, [str(trial)]) < 0.05)
        both = np.mean(found, axis=0)
        return float(both.min() if slope else both.max())

    return share


def rankings(slope: float) -> Callable[[int, Random], float]:
    """How often p of the rank correlation with size is, in the zoo's families, which differ."""
    families, size = FAMILIES["family"].to_numpy(str), np.arange(15)
    level = pd.factorize(families)[0]

    def share(count: int, random: Random) -> float:
        found = []
        for trial in range(count):
            y = random.normal(0, 5, 9)[level] + random.normal(size=15) + slope * size

            def rho(values: np.ndarray) -> np.ndarray:
                return statistics.rank_correlation(size, values, families)

            found.append(statistics.permutation_p(rho, y, families, [str(trial)]) < 0.05)
        return float(np.mean(found))

    return share


def seeds(difference: float) -> Callable[[int, Random], float]:
    """How often Student's p of five seeds is below 0.05."""

    def share(count: int, random: Random) -> float:
        values = random.normal(difference, 1, (count, 5))
        return float(np.mean([statistics.student(own, 0.05)[2] < 0.05 for own in values]))

    return share


MANY, NO = 4000, ""
DENIED = {key: PAIRS[key] for key in ("left", "right")} | {"margin": [-np.inf, 1]}
SIDES = {key: PAIRS[key] for key in ("left", "right")}
M = {"axis": "m"}
PEAK = M | {"inner": True, "about": {"all": 3}}
FOUR = dict.fromkeys(["vgg13_bn", "vgg19_bn", "resnet18", "alexnet"], 40)
KIN, WORST = {"named": "vgg"}, {"named": "a"}
CASES = [
    judged("every", "no pair of 9 differs; 300 images", NO, SIDES, rises([0] * 9, 300), 60),
    judged("every", "8 of 9 pairs rise by 15 points, one does not; 300 images", NO, SIDES,
           rises([15] * 8 + [0], 300), 60),
    judged("every", "all of 9 pairs rise by 15 points; 300 images", "supported", SIDES,
           rises([15] * 9, 300), 40),
    judged("every", "of 9 models distances are twice as long in one direction; 100 images",
           "supported", SIDES | {"by": "order"}, nearer(100), 40),
    averaged("4 of 9 pairs rise by 15 points, 4 fall, one does neither; 300 images", NO,
             rises([15] * 4 + [-15] * 4 + [0], 300), 60),
    averaged("6 of 9 pairs rise by 10 points, three do not; 300 images", "supported",
             rises([10] * 6 + [0] * 3, 300), 20),
    *(Case("every", f"destruction rates of {rate:.0%}, of {few} and of {many} images", NO,
           destroyed(few, many, rate), 1500)
      for few, many in ((5, 200), (12, 150), (80, 100)) for rate in (0.3, 0.9, 0.98)),
    *(Case("mean", f"no mean gain, rates near {rate} %; {n} images", NO, contrasts(0, rate, n),
           MANY)
      for rate, n in ((40, 20), (40, 60), (3, 300))),
    Case("mean", "a mean gain of 6 points over 3 pairs; 300 images", "supported",
         contrasts(6, 40, 300), 400),
    judged("mean", "a mean gain of 6 points in 9 pairs; 300 images", "supported", SIDES,
           rises([6] * 9, 300), 40),
    judged("most_pairs", "no pair of 9 differs; 300 images", NO, SIDES, rises([0] * 9, 300), 60),
    judged("most_pairs", "4 of 9 pairs rise by 8 points, 4 fall, one does neither; 300 images", NO,
           SIDES, rises([8] * 4 + [-8] * 4 + [0], 300), 60),
    judged("most_pairs", "7 of 9 pairs rise by 8 points, two fall; 300 images", "supported", SIDES,
           rises([8] * 7 + [-8] * 2, 300), 40),
    judged("within", "a gain of the margin, 1 point, rates near 40 %; 60 images", NO, DENIED,
           denied(1, 40, 60), 120),
    judged("within", "a gain of the margin, 1 point, rates near 2 %; 300 images", NO, DENIED,
           denied(1, 2, 300), 60),
    judged("within", "no gain; 5,000 images", "supported", DENIED, denied(0, 40, 5000), 20),
    *(Case("alike", f"a ratio of {ratio}, the edge{far}; {n} images", NO,
           ratios(ratio, n, NO, reach), 500)
      for ratio, n, reach, far in ((2, 20, np.inf, ""), (0.5, 50, np.inf, ""),
                                   (2, 100, 5, ", 5 px and more beyond reach"))),
    Case("alike", "a ratio of 1; 50 images", "supported", ratios(1, 50, "supported"), 200),
    Case("alike", "a ratio of 1 that varies half as much again; 100 images", "supported",
         ratios(1, 100, "supported", spread=1.5), 200),
    Case("alike", "a ratio of 4; 50 images", "contradicted", ratios(4, 50, "contradicted"), 200),
    judged("rate_above", "a rate of the limit, 90 %; 100 images", NO, {"percent": 90},
           lambda random: panel([{}], drawn([90], 100, random)), 200),
    judged("rate_above", "12 rates of 94 % against 90 %; 1,000 images", "supported",
           {"percent": 90},
           lambda random: panel([{"m": k} for k in range(12)], drawn([94] * 12, 1000, random)), 25),
    judged("trend", "a flat curve of 6 points; 300 images", NO, M, curve(300, [40] * 6), 150),
    judged("trend", "3 points up per step; 300 images", "supported", M,
           curve(300, [40, 43, 46, 49, 52, 55]), 25),
    judged("trend", "up, but for one step of 15 points down; 300 images", "contradicted", M,
           curve(300, [40, 48, 56, 41, 60, 66]), 25),
    judged("peak", "a flat curve of 6 points; 300 images", NO, PEAK, curve(300, [40] * 6), 80),
    judged("peak", "as high at a point that the sentence rules out; 20 images", NO, PEAK,
           curve(20, [30, 46, 46, 30, 30, 30]), 80),
    judged("peak", "as high at a point that the sentence rules out; 300 images", NO, PEAK,
           curve(300, [30, 46, 46, 30, 30, 30]), 80),
    judged("peak", "6 points above all that the sentence rules out; 300 images", "supported", PEAK,
           curve(300, [30, 36, 42, 46, 40, 36]), 25),
    judged("peak", "at the end of the grid, by 12 points; 300 images", "contradicted", PEAK,
           curve(300, [30, 32, 34, 36, 38, 50]), 25),
    judged("peaks_differ", "two sources with the same flat top; 300 images", NO, M,
           curve(300, [30, 40, 46, 46, 40, 30], [30, 40, 46, 46, 40, 30]), 80),
    judged("peaks_differ", "one step apart, 8 points above all others; 1,000 images",
           "supported", M, curve(1000, [30, 40, 48, 40, 36, 30], [30, 36, 40, 48, 40, 36]), 25),
    judged("kinship", "kin transfer no better; 40 images", NO, KIN,
           sources(FOUR, list(FOUR), 40), 120),
    judged("kinship", "kin transfer better by 10 points; 300 images", "supported", KIN,
           sources(FOUR, list(FOUR), 300, kin=10), 25),
    judged("worst_source", "no source of 3 is worse; 40 images", NO, WORST,
           sources(dict.fromkeys("abc", 40), "abcd", 40), 120),
    judged("worst_source", "worse than 2 others by 8 points; 300 images", "supported", WORST,
           sources({"a": 32, "b": 40, "c": 40}, "abcd", 300), 25),
    Case("target_size", "no slope in families that differ; 15 models", NO, rankings(0), 600),
    judged("target_size", "2 points less per rank, members differ by 1; 1,000 images", "supported",
           {}, sized(-2), 20, FAMILIES.assign(parameters=np.arange(15))),
    Case("capacity", "no slope in families that differ; 11 models in families of 1, 4, 5 and 1", NO,
         regressions([1, 4, 5, 1], 0), 600),
    Case("capacity", "slopes 1.5 times the rest's deviation; 24 models in families of 8",
         "supported", regressions([8, 8, 8], -1.5), 50),
    Case("shallow_versus_deep", "no difference; 5 seeds", NO, seeds(0), MANY),
    Case("shallow_versus_deep", "a difference of 3 deviations; 5 seeds", "supported", seeds(3),
         200),
]  # fmt: skip


def rate(case: Case, times: int) -> float:
    """The share in `times` simulations, whose random numbers depend on the case's texts alone."""
    return case.share(times, statistics.generator([case.kind, case.truth]))


def main(factor: int) -> None:
    print("| kind | what is true | type I error | power |")
    print("|---|---|---|---|")
    for case in CASES:
        percent = f"{100 * rate(case, case.times * factor):.1f} %"
        error, power = ("", percent) if case.wanted else (percent, "")
        print(f"| {case.kind.replace('_', ' ')} | {case.truth} | {error} | {power} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
