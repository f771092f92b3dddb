"""Attacks at equal numbers of gradients, as the page shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from pathlib import Path

import pandas as pd

from nrg.analysis.equal_cost import Estimate, Standing, compare_attacks, read_equal_cost_outcomes
from nrg.analysis.tables import select_black_box
from nrg.base.table_files import read_parquet
from nrg.figures.equal_cost import list_lacking
from nrg.report.attack_text import describe_attack
from nrg.study.exhibits import Exhibit, join_words, label_method


@dataclass(frozen=True)
class AttackAtBudget:
    """An attack at a budget, with the settings that were chosen for it as text.

    Attributes:
        by_target: its mean rate over the sources, in percent, on each target.
    """

    standing: Standing
    settings: str
    by_target: Mapping[str, float]

    @property
    def has_noise_reduction(self) -> bool:
        return self.standing.attack.sigma > 0


@dataclass(frozen=True)
class EqualCostOnPage:
    """The attacks of an exhibit at equal cost.

    Attributes:
        budgets: the attacks that fit each budget, best first; the largest budget comes first.
        targets: how many images each target is scored on; a guest is not on those that it mistakes.
        pairs: how many black-box pairs the means are over.
        images, tuning_images: how many images are scored, and how many chose the settings.
        compared_with: attacks from which differences are measured.
        lacking: sentences on attacks that do not fit a budget.
    """

    budgets: Mapping[int, list[AttackAtBudget]]
    targets: Mapping[str, int]
    pairs: int
    images: int
    tuning_images: int
    compared_with: list[str]
    lacking: list[str]

    @property
    def largest(self) -> int:
        """The largest budget."""
        return max(self.budgets)

    @property
    def does(self) -> str:
        """What an attack that succeeds does."""
        targeted = self.budgets[self.largest][0].standing.attack.targeted
        if targeted:
            return "leads other networks to the wanted label"
        return "fools other networks"

    @property
    def findings(self) -> str:
        """How the attacks with noise reduction rank at the largest budget, in a sentence or two."""
        attacks = self.budgets[self.largest]
        reduced = [each.standing for each in attacks if each.has_noise_reduction]
        best = attacks[0].standing
        start = f"Within {self.largest:,} gradients per image, "
        end = (
            f"{label_method(best.method)} is the best of {len(attacks)} attacks and {self.does} in "
            f"{best.rate.value:.1f} % of cases"
        )
        if not reduced:
            return f"{start}{end}."
        ranks = join_words(f"{label_method(e.method)} ranks {write_rank(e.rank)}" for e in reduced)
        behind = [f"{label_method(e.method)} in {e.rate.value:.1f} %" for e in reduced if e != best]
        return f"{start}{ranks}. {end}{', ' if behind else ''}{join_words(behind or [''])}."

    def format_cells(self) -> tuple[list[str], list[list[str]]]:
        """Head and rows as text, as `tables_as_text.format_cells` gives them of other exhibits."""
        head = ["gradients", "attack", "settings", "rank", "mean", "95 % interval", "RMSD"]
        rows = []
        for budget, attacks in self.budgets.items():
            for each in attacks:
                standing = each.standing
                low, high = standing.rate.low, standing.rate.high
                interval = "" if isnan(low) else f"{low:.1f} to {high:.1f}"
                numbers = [f"{standing.rank.value:.0f}", f"{standing.rate.value:.1f}", interval]
                name = label_method(standing.method)
                rows.append([str(budget), name, each.settings, *numbers, f"{standing.rmsd:.1f}"])
        return head, rows


def write_rank(rank: Estimate) -> str:
    """A rank with its interval: "3rd (95 % interval 1st to 5th)"."""
    ends = [write_ordinal(end) for end in (rank.low, rank.high)]
    return f"{write_ordinal(rank.value)} (95 % interval {' to '.join(dict.fromkeys(ends))})"


def write_ordinal(number: float) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    whole = int(number)
    teens = 10 <= whole % 100 < 20
    return f"{whole}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(whole % 10, 'th')}"


def arrange_standings(
    exhibit: Exhibit, table: pd.DataFrame, outcomes: Path
) -> EqualCostOnPage | None:
    """Read how the attacks of an exhibit stand; None if it is of another kind, or measured nothing.

    Args:
        table: the exhibit in long form.
        outcomes: the file of its single outcomes.
    """
    if not exhibit.kind.at_equal_cost or not outcomes.exists():
        return None
    panel = read_equal_cost_outcomes(exhibit, read_parquet(outcomes))
    standings = compare_attacks(exhibit, panel, table)
    if not standings:  # no black-box target classifies an image
        return None
    black_box = select_black_box(table)
    rates = black_box.groupby(["method", "budget", "target"])["value"].mean()
    counts = black_box.groupby("target")["n"].max().to_dict()
    budgets: dict[int, list[AttackAtBudget]] = {each.budget: [] for each in reversed(standings)}
    for standing in standings:
        by_target = {
            str(target): rate for target, rate in rates[standing.method, standing.budget].items()
        }
        settings = describe_attack(standing.attack)
        budgets[standing.budget].append(AttackAtBudget(standing, settings, by_target))
    for attacks in budgets.values():
        attacks.sort(key=lambda each: each.standing.rank.value)
    return EqualCostOnPage(
        budgets=budgets,
        targets={target: counts[target] for target in exhibit.targets if target in counts},
        pairs=len(black_box[["source", "target"]].drop_duplicates()),
        images=len(panel.units),
        tuning_images=exhibit.equal_cost.tuning_images,
        compared_with=list(exhibit.equal_cost.compared_with),
        lacking=list_lacking(exhibit, standings),
    )
