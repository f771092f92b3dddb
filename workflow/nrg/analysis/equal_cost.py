"""How attacks stand at equal numbers of gradients: mean rates, differences and ranks."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from nrg.analysis.arrays import Floats
from nrg.analysis.panels import Panel, pivot_outcomes
from nrg.analysis.statistics import RESAMPLES, generator, interval
from nrg.study.attacks import Attack
from nrg.study.exhibits import Exhibit

ALPHA = 0.05


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Standing:
    """An attack at a budget, with the setting that was chosen for it.

    Attributes:
        rate: its mean success rate over the black-box pairs, in percent; the interval is over
            images.
        gradients: how many it takes of an image, which may be fewer than the budget.
        rmsd: how far it moves an image, in pixels (0–255): the mean over sources.
        differences: its rate minus that of other attacks at this budget, in points, by their names;
            paired by image.
        rank: 1 for the attack with the highest rate; the interval is over images and sources.
    """

    method: str
    budget: int
    attack: Attack
    gradients: int
    rate: Estimate
    rmsd: float
    differences: Mapping[str, Estimate]
    rank: Estimate


def read_equal_cost_outcomes(exhibit: Exhibit, outcomes: pd.DataFrame) -> Panel:
    """The panel of stored outcomes (`image_outcomes.list_outcomes`)."""
    return pivot_outcomes(exhibit, outcomes, "outcome", ["budget", "setting"], "unit")


def compare_attacks(exhibit: Exhibit, panel: Panel, table: pd.DataFrame) -> list[Standing]:
    """How the attacks of an exhibit at equal cost stand, by budget and in the exhibit's order.

    An attack that fits no setting into a budget is left out there. If no black-box target
    classifies an image, the list is empty. Ranks have an interval from resamples of the images and
    of the sources, because other networks would rank attacks otherwise.

    Args:
        panel: the exhibit's.
        table: the exhibit in long form, with gradients and rmsd.
    """
    counting = panel.cells["shown"] & ~panel.cells["white"] & panel.cells["value"].notna()
    panel = panel.only(counting.to_numpy(bool))
    if panel.cells.empty:
        return []
    n = len(panel.units)
    drawn = resample_sources(panel.cells["source"])
    attacks = {(m.name, *(value for _, value in m.axes)): m.attack for m in exhibit.methods}
    costs = table.groupby(["method", "budget"])[["gradients", "rmsd"]].mean()
    standings = []
    for budget in exhibit.equal_cost.budgets:
        cells = panel.cells[panel.cells["budget"] == budget]
        by_method = cells.groupby("method", sort=False).groups
        groups = {str(name): rows for name, rows in by_method.items()}
        if not groups:
            continue
        rates = {name: panel.values[rows].mean() for name, rows in groups.items()}
        draws = {name: panel.draws[:, rows].mean(1) for name, rows in groups.items()}
        of_other_sources = np.stack(
            [np.average(panel.draws[:, r], 1, drawn[:, r]) for r in groups.values()]
        )
        ranks, rank_draws = rank_rates(np.array([*rates.values()])), rank_rates(of_other_sources)
        for name, rank, draws_of_rank in zip(groups, ranks, rank_draws, strict=True):
            differences = {
                other: estimate(rates[name] - rates[other], draws[name] - draws[other], n)
                for other in exhibit.equal_cost.compared_with
                if other in groups and other != name
            }
            standings.append(
                Standing(
                    method=name,
                    budget=budget,
                    attack=attacks[name, budget, cells["setting"][groups[name][0]]],
                    gradients=round(costs["gradients"][name, budget]),
                    rate=estimate(rates[name], draws[name], n),
                    rmsd=float(costs["rmsd"][name, budget]),
                    differences=differences,
                    rank=estimate(rank, draws_of_rank),
                )
            )
    return standings


def resample_sources(sources: "pd.Series[str]") -> Floats:
    """How often each resample draws the source of each cell, (RESAMPLES, cells)."""
    codes, names = pd.factorize(sources)
    random = generator(["sources", *names])
    drawn = random.multinomial(len(names), np.full(len(names), 1 / len(names)), RESAMPLES)
    return drawn[:, codes].astype(float)


def rank_rates(rates: Floats) -> Floats:
    """Ranks along the first axis, 1 for the highest rate; equal rates share the better rank."""
    ranks: Floats = rankdata(-rates, method="min", axis=0)
    return ranks


def estimate(value: float, draws: Floats, n: int | None = None) -> Estimate:
    """A value with the 95 % interval of its resamples; n is the number of units (`interval`)."""
    return Estimate(float(value), *interval(draws, ALPHA, n))
