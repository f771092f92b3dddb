"""The paper's own tables, tested against its own sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from nrg.analysis.panels import Panel, join_panels
from nrg.claims.cells import Test
from nrg.claims.kinds import judge
from nrg.claims.outcomes import Outcome, name_outcome
from nrg.claims.parts import CannotTest, Part
from nrg.claims.verdict_texts import describe_mean, list_means, signed
from nrg.claims.verdicts import CONTRADICTED, SHARE, Verdict

RULE = (
    "The paper's tables come without images. A sentence is supported by them if every printed "
    "number agrees with it (or, of most, more than half of them). A number that goes the other way "
    "contradicts the sentence only if it does so significantly: its sampling error is taken as "
    "√((p₁q₁ + p₂q₂) / n), with the printed rates p and the number of images n that the paper's "
    "text gives, which is the largest that it can be as long as an image that one attack fools is "
    "not less likely to be fooled by the other; p follows from the normal distribution, with "
    "Holm's adjustment. Otherwise the verdict is inconclusive. Where the paper does not say how "
    "many images there were, no printed number contradicts a sentence."
)


@dataclass(frozen=True)
class Mean:
    """A mean over pairs of printed numbers; `facts` as in `Part`."""

    label: str
    setting: str
    effect: float
    facts: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        row = {"label": self.label, "setting": self.setting, "effect": self.effect}
        return row | dict(self.facts)


@dataclass(frozen=True)
class Otherwise:
    """A printed number that goes the other way.

    Attributes:
        allowance: half of the 95 % interval that sampling error gives it; None where the number of
            images is not known.
        significant: whether it contradicts the sentence.
    """

    label: str
    setting: str
    effect: float
    allowance: float | None
    p_holm: float | None
    significant: bool


@dataclass(frozen=True)
class PaperEntry:
    """One claim on the paper's own tables.

    Attributes:
        verdict, on_average, outcome: as in `entries.Entry`.
        effect: of all parts together; None where they have no mean.
        holding, of: how many parts go as the sentence says, of how many.
        exceptions: those that do not, as texts.
        means: the means over pairs among the parts.
    """

    verdict: str
    on_average: str | None
    outcome: Outcome
    summary: str
    effect: float | None
    holding: int
    of: int
    exceptions: Sequence[str]
    means: Sequence[Mean]
    otherwise: Sequence[Otherwise]

    def as_json(self) -> dict[str, Any]:
        return vars(self) | {
            "means": [mean.as_json() for mean in self.means],
            "otherwise": [dict(vars(one)) for one in self.otherwise],
        }


def judge_paper(
    reads: Sequence[str],
    tests: Sequence[Test],
    printed: Mapping[str, Panel],
    models: pd.DataFrame,
    partly: bool = False,
) -> PaperEntry | None:
    """Judge one claim on the paper's own tables; None where they do not allow it.

    Args:
        reads: the exhibits that the claim reads.
        printed: the paper's tables, by the name of the exhibit.
        models: family of the paper's models, their names the index.
        partly: whether the claim is tested on those of its exhibits that are printed.
    """
    panels = [printed[name] for name in reads if name in printed]
    if not panels or (len(panels) < len(reads) and not partly):
        return None
    try:
        verdict = judge(tests, join_panels(panels), models, partly)
    except CannotTest:
        return None
    parts = verdict.parts
    against = [part for part in parts if not part.holds]
    return PaperEntry(
        verdict=verdict.verdict,
        on_average=verdict.on_average,
        outcome=name_outcome(verdict.verdict, verdict.on_average),
        summary=summarise(verdict, against),
        effect=None if np.isnan(verdict.effect) else float(verdict.effect),
        holding=len(parts) - len(against),
        of=len(parts),
        exceptions=[describe_exception(part, parts) for part in against],
        means=[
            Mean(part.label, part.setting, float(part.effect), part.facts)
            for part in parts
            if "pairs" in part.facts
        ],
        otherwise=[
            Otherwise(
                part.label,
                part.setting,
                float(part.effect),
                allowance(part),
                None if np.isnan(part.p_holm) else float(part.p_holm),
                part.verdict == CONTRADICTED,
            )
            for part in against
        ],
    )


def allowance(part: Part) -> float | None:
    """How far sampling error may move a printed effect, 1.96 standard errors; None if unknown."""
    return None if np.isnan(part.draws).any() else float(1.96 * part.draws.std())


def describe_exception(part: Part, among: Sequence[Part]) -> str:
    """Write a number that goes the other way, with its table where there are several."""
    several = len({other.exhibit for other in among}) > 1
    table = f" ({part.exhibit})" if several and part.exhibit else ""
    return f"{part.label}: {part.shown or signed(part.effect)}{table}"


def summarise(verdict: Verdict, against: Sequence[Part]) -> str:
    """Say how many printed numbers go as said, and how far the others go the other way."""
    holding, of = len(verdict.parts) - len(against), len(verdict.parts)
    single = of == 1 and verdict.unit != SHARE
    pieces = [f"As printed, {holding} of {of} {verdict.noun} go as said"]
    if single:
        pieces = ["As printed, it goes as said"] if holding else []
    if against:
        furthest = max(against, key=lambda part: abs(part.effect))
        significant = sum(part.verdict == CONTRADICTED for part in against)
        distance = signed(abs(furthest.effect)).removeprefix("+")
        go = f"{len(against)} go{'es' * (len(against) == 1)} the other way"
        go = "As printed, it goes the other way" if single else go
        error = describe_error(furthest, significant, len(against))
        pieces.append(f"{go}, by {'up to ' * (len(against) > 1)}{distance}, {error}")
    if verdict.unit:
        mean = describe_mean(replace(verdict, low=nan, high=nan))
        pieces.append(mean.removeprefix("on average ") if single else mean)
    else:
        pieces += list_means(verdict.parts)
    return "; ".join([*pieces, *filter(None, verdict.notes)]) + "."


def describe_error(furthest: Part, significant: int, of: int) -> str:
    """Say how many of the numbers that go the other way do so by more than sampling error."""
    margin = allowance(furthest)
    if margin is None:
        return "with a sampling error that the paper does not allow to know"
    error = f"sampling error is {signed(margin).removeprefix('+')} to either side at 95 %"
    if of == 1:
        return f"{'' if significant else 'not '}significantly (its {error})"
    return f"{significant or 'none'} of them significantly (the furthest one's {error})"
