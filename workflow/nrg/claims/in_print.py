"""The paper's own tables, tested against its own sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from nrg.analysis.panels import Panel, join_panels
from nrg.base.number_text import format_signed
from nrg.claims.cells import Test
from nrg.claims.kinds import judge
from nrg.claims.outcomes import Outcome, name_outcome
from nrg.claims.parts import CannotTest, Part, known
from nrg.claims.verdict_texts import describe_mean, list_means
from nrg.claims.verdicts import CONTRADICTED, SHARE, Verdict

RULE = (
    "The paper’s tables come without the outcomes of single images. They support a sentence if "
    "every printed number agrees with it (or, where it says “mostly”, more than half of them). A "
    "number that disagrees contradicts the sentence only if it does so by more than its sampling "
    "error. The standard error is taken as √((p₁q₁ + p₂q₂) / n), with the printed rates p and the "
    "number of images n that the paper’s text gives. It cannot be larger, as long as an image that "
    "one attack fools is not less likely to be fooled by the other. The p-value follows from the "
    "normal distribution, with Holm’s adjustment. In all other cases the verdict is inconclusive. "
    "Where the paper does not give the number of images, no printed number contradicts a sentence."
)


@dataclass(frozen=True)
class Mean:
    """A mean over pairs of printed numbers; `facts` as in `Part`."""

    label: str
    setting: str
    effect: float
    facts: Mapping[str, Any]


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
        effect=known(verdict.effect),
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
                compute_allowance(part),
                known(part.p_holm),
                part.verdict == CONTRADICTED,
            )
            for part in against
        ],
    )


def compute_allowance(part: Part) -> float | None:
    """How far sampling error may move a printed effect, 1.96 standard errors; None if unknown."""
    return None if np.isnan(part.draws).any() else float(1.96 * part.draws.std())


def describe_exception(part: Part, among: Sequence[Part]) -> str:
    """Write a number that goes the other way, with its table where there are several."""
    several = len({other.exhibit for other in among}) > 1
    table = f" ({part.exhibit})" if several and part.exhibit else ""
    return f"{part.label}: {part.shown or format_signed(part.effect)}{table}"


def summarise(verdict: Verdict, against: Sequence[Part]) -> str:
    """Say how many printed numbers agree with the sentence, and how far the others are from it."""
    holding, of = len(verdict.parts) - len(against), len(verdict.parts)
    single = of == 1 and verdict.unit != SHARE
    agree = "agrees" if holding == 1 else "agree"
    pieces = [f"In print {holding or 'none'} of {of} {verdict.noun} {agree} with the sentence"]
    if single:
        pieces = ["The printed numbers agree with the sentence"] if holding else []
    if against:
        furthest = max(against, key=lambda part: abs(part.effect))
        significant = sum(part.verdict == CONTRADICTED for part in against)
        distance = f"{'up to ' * (len(against) > 1)}{abs(furthest.effect):.1f} points"
        disagree = f"{len(against)} {'disagrees' if len(against) == 1 else 'disagree'}"
        disagree = "The printed numbers disagree with the sentence" if single else disagree
        error = describe_error(furthest, significant, len(against))
        pieces.append(f"{disagree} by {distance}, {error}")
    if verdict.unit:
        mean = describe_mean(replace(verdict, low=nan, high=nan))
        pieces.append(mean.removeprefix("on average ") if single else mean)
    else:
        pieces += list_means(verdict.parts)
    return "; ".join([*pieces, *filter(None, verdict.notes)]) + "."


def describe_error(furthest: Part, significant: int, of: int) -> str:
    """Say how many of the numbers that disagree do so by more than sampling error."""
    margin = compute_allowance(furthest)
    if margin is None:
        return "and the paper does not say how large their sampling error is"
    if of == 1 and not significant:
        return f"which is within sampling error (±{margin:.1f} points)"
    if of == 1:
        return f"which is more than sampling error (±{margin:.1f} points)"
    beyond = f"{significant or 'none'} of them by more than sampling error"
    return f"{beyond} (±{margin:.1f} points for the furthest)"
