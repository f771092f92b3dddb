"""What noise reduction gains in each table: the rows of the page's first screen and summary."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nrg.base.number_text import format_range
from nrg.report.sections import Section
from nrg.study.exhibits import label_exhibit


@dataclass(frozen=True)
class Means:
    """Mean success rates over black-box pairs, in percent, without and with noise reduction."""

    plain: float
    reduced: float

    @property
    def gain(self) -> float:
        """The difference, in percentage points."""
        return self.reduced - self.plain


@dataclass(frozen=True)
class GainRow:
    """What noise reduction gains in one exhibit, for one attack, as the page shows it.

    Attributes:
        exhibit: its name; `label` is what links to it say.
        plain, reduced: names of the two methods; `targeted` tells whether they want one label.
        pairs: black-box pairs that the means are over; `pairs_raised`, those whose rate is higher
            with noise reduction.
        here: this run's means; `paper`, the printed ones, None where the paper prints none.
        ci_low, ci_high: the 95 % interval of the gain over images, in percentage points; None
            where there are too few images for one.
        cost: gradients of an image with noise reduction, divided by those without it.
        floor: what noise alone of the same size reaches, in percent; None where it was not run.
    """

    exhibit: str
    label: str
    plain: str
    reduced: str
    targeted: bool
    pairs: int
    pairs_raised: int
    here: Means
    ci_low: float | None
    ci_high: float | None
    cost: float
    paper: Means | None
    floor: float | None

    @property
    def sign(self) -> int:
        """1 where the interval is above zero, −1 where it is below, 0 for neither."""
        if self.ci_low is None or self.ci_high is None:
            return 0
        return int(self.ci_low > 0) - int(self.ci_high < 0)


@dataclass(frozen=True)
class Budget:
    """The gains of comparisons that spend gradients alike.

    Attributes:
        name: "equal", "larger", or "beyond" for exhibits that are not in the paper.
        title: its heading.
    """

    name: str
    title: str
    gains: list[GainRow]

    @property
    def at_equal_cost(self) -> "Budget":
        """Those of its comparisons whose two attacks take equally many gradients."""
        return replace(self, gains=[gain for gain in self.gains if gain.cost == 1])

    @property
    def answer(self) -> str:
        """The answer to the paper's question, in a few words."""
        answer = answer_in_words([gain.sign for gain in self.gains])
        in_every_pair = all(gain.pairs_raised == gain.pairs for gain in self.gains)
        return answer if in_every_pair or answer != "Yes" else "Yes, on average"

    @property
    def raised(self) -> int:
        """In how many comparisons the interval of the gain is above zero."""
        return sum(gain.sign > 0 for gain in self.gains)

    @property
    def lowered(self) -> int:
        """In how many comparisons the interval of the gain is below zero."""
        return sum(gain.sign < 0 for gain in self.gains)


def answer_in_words(signs: Sequence[int]) -> str:
    """Whether noise reduction helps, from the signs of the gains that are beyond sampling error."""
    if 1 not in signs:
        return "No" if -1 in signs else "Undecided"
    raised = list(signs).count(1)
    if raised == len(signs):
        return "Yes"
    return "Mostly" if 2 * raised > len(signs) else "In part"


def group_gains(entries: Iterable[Mapping[str, Any]], sections: Sequence[Section]) -> list[Budget]:
    """The ledger's gains under the budgets of their comparisons; a budget without any is left out.

    Args:
        entries: `gains` of claims.json.
        sections: the exhibits that are made.
    """
    shown = {section.exhibit.name: section for section in sections}
    gains = [
        read_gain(entry, shown[entry["exhibit"]]) for entry in entries if entry["exhibit"] in shown
    ]
    of_paper = [gain for gain in gains if not shown[gain.exhibit].exhibit.reading]
    beyond = [gain for gain in gains if shown[gain.exhibit].exhibit.reading]
    equal = [gain for gain in of_paper if gain.cost == 1]
    larger = [gain for gain in of_paper if gain.cost != 1]
    budgets = [Budget("equal", "At equal cost (equally many gradients)", equal)]
    if larger:
        factor = format_range([gain.cost for gain in larger])
        title = f"At {factor} times the cost (more gradients for nr-)"
        budgets.append(Budget("larger", title, larger))
    budgets.append(Budget("beyond", "Beyond the paper: our own controls", beyond))
    return [budget for budget in budgets if budget.gains]


def read_gain(entry: Mapping[str, Any], section: Section) -> GainRow:
    """One of the ledger's gains."""
    exhibit = section.exhibit
    attack = next(method.attack for method in exhibit.methods if method.name == entry["plain"])
    printed = entry["paper"]
    return GainRow(
        exhibit=exhibit.name,
        label=label_exhibit(exhibit.name),
        plain=entry["plain"],
        reduced=entry["reduced"],
        targeted=attack.targeted,
        pairs=entry["pairs"],
        pairs_raised=entry["pairs_raised"],
        here=Means(entry["plain_mean"], entry["reduced_mean"]),
        ci_low=entry["ci_low"],
        ci_high=entry["ci_high"],
        cost=entry["reduced_gradients"] / entry["plain_gradients"],
        paper=Means(printed["plain_mean"], printed["reduced_mean"]) if printed else None,
        floor=section.floor.mean if section.floor else None,
    )
