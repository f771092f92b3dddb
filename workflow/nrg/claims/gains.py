"""How much noise reduction gains, in every table that compares an attack with its reduced form."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from nrg.analysis import statistics
from nrg.analysis.panels import Panel
from nrg.claims.cells import pair_cells, select_cells, weigh_means
from nrg.claims.parts import CannotTest, Comparison, known, measure_effect
from nrg.claims.verdicts import ALPHA
from nrg.study.attacks import count_gradients_per_image
from nrg.study.exhibits import Exhibit, find_reduced_forms
from nrg.study.methods import Method

ENDS = ["source", "target"]


@dataclass(frozen=True)
class PrintedMeans:
    """The paper's mean rates over the same pairs, in percent."""

    plain_mean: float
    reduced_mean: float


@dataclass(frozen=True)
class Gain:
    """An attack and its noise-reduced form in one exhibit; numbers are None where unknown.

    Attributes:
        plain, reduced: names of the two methods.
        pairs: black-box pairs of a source and a target; `pairs_raised`, those whose rate is higher
            with noise reduction.
        images: behind every rate; where pairs have different ones, the fewest.
        plain_mean, reduced_mean: mean success rates over the pairs, in percent.
        gain, ci_low, ci_high, p: of their difference, in points, from the bootstrap over images;
            the pairs are held fixed.
        plain_gradients, reduced_gradients: how many input gradients an image costs.
        paper: the same means in print; None where the paper prints no such pair.
    """

    exhibit: str
    plain: str
    reduced: str
    pairs: int
    pairs_raised: int
    images: int | None
    plain_mean: float
    reduced_mean: float
    gain: float
    ci_low: float | None
    ci_high: float | None
    p: float | None
    plain_gradients: int
    reduced_gradients: int
    paper: PrintedMeans | None


def measure_gains(
    exhibits: Iterable[Exhibit], panels: Mapping[str, Panel], printed: Mapping[str, Panel]
) -> list[Gain]:
    """Measure the gain of every attack that has a noise-reduced form, in every exhibit.

    Args:
        panels: of success, by the name of the exhibit; `printed`, the paper's tables.
    """
    gains = [
        measure_gain(exhibit.name, plain, reduced, panels[exhibit.name], printed.get(exhibit.name))
        for exhibit in exhibits
        for plain, reduced in find_reduced_forms(exhibit)
        if exhibit.name in panels
    ]
    return [gain for gain in gains if gain]


def measure_gain(
    exhibit: str, plain: Method, reduced: Method, panel: Panel, printed: Panel | None
) -> Gain | None:
    """Measure the gain of one attack; None where there is no black-box pair with an image."""
    cells, pairs = pair_rates(panel, plain.name, reduced.name)
    if pairs.empty:
        return None
    weights = weigh_means(cells, pairs["right"], pairs["left"])
    part = measure_effect(cells, Comparison(weights, exhibit))
    low, high = statistics.interval(part.draws, ALPHA, part.n)
    return Gain(
        exhibit=exhibit,
        plain=plain.name,
        reduced=reduced.name,
        pairs=len(pairs),
        pairs_raised=int((pairs["reduced"] > pairs["plain"]).sum()),
        images=part.n,
        plain_mean=float(pairs["plain"].mean()),
        reduced_mean=float(pairs["reduced"].mean()),
        gain=part.effect,
        ci_low=known(low),
        ci_high=known(high),
        p=known(part.p),
        plain_gradients=count_gradients_per_image([plain.attack]),
        reduced_gradients=count_gradients_per_image([reduced.attack]),
        paper=average_printed(printed, plain.name, reduced.name, pairs[ENDS]) if printed else None,
    )


def pair_rates(panel: Panel, plain: str, reduced: str) -> tuple[Panel, pd.DataFrame]:
    """Pair the black-box rates of two methods.

    Returns:
        The black-box cells, and one row per pair that has images: source, target, the positions
        `left` and `right` of its cells, and their rates `plain` and `reduced`.
    """
    sides = {"box": "black", "left": {"method": plain}, "right": {"method": reduced}}
    try:
        cells = select_cells(sides, panel)
        pairs = pair_cells(sides, cells)
    except CannotTest:
        return panel, pd.DataFrame()
    rates = {"plain": cells.values[pairs["left"]], "reduced": cells.values[pairs["right"]]}
    return cells, pairs.assign(**rates).dropna(subset=list(rates))


def average_printed(
    printed: Panel, plain: str, reduced: str, ends: pd.DataFrame
) -> PrintedMeans | None:
    """The paper's mean rates over those of these sources and targets that it prints."""
    _, pairs = pair_rates(printed, plain, reduced)
    if pairs.empty or (pairs := pairs.merge(ends, on=ENDS)).empty:
        return None
    return PrintedMeans(float(pairs["plain"].mean()), float(pairs["reduced"].mean()))
