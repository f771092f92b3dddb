"""The ledger of claims as the page shows it: by outcome, by exhibit, and as intervals."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from nrg.base.number_text import POINTS
from nrg.claims.outcomes import Outcome
from nrg.claims.parts import are_means
from nrg.claims.verdicts import CONTRADICTED, NOT_RUN

Claim = Mapping[str, Any]  # an entry of claims.json
# Every outcome in the order of the page, with the symbol beside it.
SYMBOLS = {
    Outcome.HOLDS: "✓",
    Outcome.UNDECIDED_IN_PLACES: "◕",
    Outcome.NOT_EVERYWHERE: "◐",
    Outcome.UNDECIDED: "~",
    Outcome.FAILS_IN_PLACES: "≁",
    Outcome.REVERSED: "✗",
    Outcome.CANNOT_BE_JUDGED: "–",
}


@dataclass(frozen=True)
class OutcomeGroup:
    """The paper's claims of one outcome."""

    outcome: str
    claims: list[Claim]

    @property
    def slug(self) -> str:
        """The outcome as a part of ids on the page."""
        return self.outcome.replace(",", "").replace(" ", "-")


@dataclass(frozen=True)
class Interval:
    """An effect of a claim with its 95 % interval, in points.

    `of` says of which part it is, or from which level the points are counted, if of either.
    """

    claim: Claim
    of: str
    effect: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class ClaimsOnPage:
    """The claims as the page shows them.

    Attributes:
        groups: the paper's claims that were tested, by outcome; one without a claim is left out.
        others: tested claims that the paper does not write.
        not_run: the claims that this run does not test.
        exhibits: names of the exhibits that tested claims rest on, in the order of the page.
    """

    groups: list[OutcomeGroup]
    others: list[Claim]
    not_run: list[Claim]
    exhibits: list[str]

    @property
    def of_paper(self) -> list[Claim]:
        """The paper's claims that were tested, in the order of their outcomes."""
        return [claim for group in self.groups for claim in group.claims]

    @property
    def limits(self) -> dict[str, list[Claim]]:
        """The paper's claims that the run's setting cannot judge, by the reason why."""
        by_reason: dict[str, list[Claim]] = {}
        for claim in self.of_paper:
            if claim["outcome"] == Outcome.CANNOT_BE_JUDGED:
                by_reason.setdefault(claim["outcome_reason"], []).append(claim)
        return by_reason

    @property
    def printed(self) -> list[Claim]:
        """The paper's claims that its own numbers can be held against, by its own limits."""
        return [claim for claim in self.of_paper if claim["paper"] and not claim["our_limit"]]

    @property
    def against(self) -> list[Claim]:
        """The paper's claims that its own numbers significantly contradict as they are written."""
        return [claim for claim in self.printed if claim["paper"]["verdict"] == CONTRADICTED]

    @property
    def plotted(self) -> list[Interval]:
        """The paper's claims in percentage points for whose effect the sentence gives a sign."""
        return [interval for claim in self.of_paper for interval in list_intervals(claim)]

    @property
    def undrawn(self) -> list[OutcomeGroup]:
        """The paper's claims that have no interval among those plotted, by outcome."""
        drawn = {interval.claim["id"] for interval in self.plotted}
        groups = [
            OutcomeGroup(group.outcome, [c for c in group.claims if c["id"] not in drawn])
            for group in self.groups
        ]
        return [group for group in groups if group.claims]

    @property
    def reach(self) -> int:
        """The largest end of a plotted interval, in points, rounded up to a multiple of ten."""
        ends = [
            abs(end) for interval in self.plotted for end in (interval.ci_low, interval.ci_high)
        ]
        return 10 * ceil(max(ends, default=1) / 10)

    def place(self, effect: float) -> float:
        """Where an effect in points lies between minus and plus `reach`, from 0 to 100."""
        return round(50 + 50 * effect / self.reach, 2)


def arrange_claims(claims: Iterable[Claim], shown: Iterable[str]) -> ClaimsOnPage:
    """Arrange the claims for the page.

    Args:
        claims: of claims.json.
        shown: names of the exhibits that the page shows, in order.
    """
    claims = list(claims)
    tested = [claim for claim in claims if claim["verdict"] != NOT_RUN]
    groups = [
        OutcomeGroup(outcome, [c for c in tested if c["written"] and c["outcome"] == outcome])
        for outcome in SYMBOLS
    ]
    read = {name for claim in tested for name in claim["exhibits"]}
    return ClaimsOnPage(
        groups=[group for group in groups if group.claims],
        others=[claim for claim in tested if not claim["written"]],
        not_run=[claim for claim in claims if claim["verdict"] == NOT_RUN],
        exhibits=[name for name in shown if name in read],
    )


def list_intervals(claim: Claim) -> list[Interval]:
    """The effect of a claim, or those of its parts if each of them is a mean over pairs.

    Only those in percentage points are kept that have an interval, and whose sign the sentence
    gives. Points may be counted from a level that the unit names, as in "points from 50 %".
    """
    unit = claim["unit"] or ""
    in_points = unit == POINTS or unit.startswith(f"{POINTS} from ")
    of = ", ".join(filter(None, [name_only_part(claim), "" if unit == POINTS else unit]))
    found = [(claim, of)] if in_points and claim["direction"] else []
    if claim["effect"] is None and are_means(claim["parts"]):
        found = [(part, part["label"]) for part in claim["parts"]]
    keys = ("effect", "ci_low", "ci_high")
    return [
        Interval(claim, of, *(entry[key] for key in keys))
        for entry, of in found
        if all(entry[key] is not None for key in keys)
    ]


def name_only_part(claim: Claim) -> str:
    """What a claim was tested on if it was on one comparison alone; else empty.

    A sentence may speak of more than the run makes, as of ensembles beside single sources.
    """
    return claim["parts"][0]["label"] if len(claim["parts"]) == 1 else ""


def group_claims_by_exhibit(claims: Iterable[Claim]) -> dict[str, list[Claim]]:
    """The tested claims that rest on each exhibit, by the exhibit's name."""
    by_exhibit: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim["verdict"] != NOT_RUN:
            for name in claim["exhibits"]:
                by_exhibit.setdefault(name, []).append(claim)
    return by_exhibit
