"""The paper's own tables, held against its own sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from nrg.analysis.panels import Panel, joined
from nrg.claims.contrasts import CannotTest, Part, Test
from nrg.claims.kinds import judge
from nrg.claims.verdict_texts import means, overall, signed
from nrg.claims.verdicts import CONTRADICTED, SHARE, Verdict

RULE = (
    "The paper's tables come without images. A sentence is supported by them where every printed "
    "number agrees with it (or, of most, more than half of them). A number that goes the other way "
    "contradicts the sentence only if it does so significantly: its sampling error is taken as "
    "√((p₁q₁ + p₂q₂) / n), with the printed rates p and as many images n as the paper's text says, "
    "which is the largest that it can be as long as an image that one attack fools is not less "
    "likely to be fooled by the other; p follows from the normal distribution, with Holm's "
    "adjustment. Otherwise the verdict is inconclusive. Where the paper does not say how many "
    "images there were, no printed number contradicts a sentence."
)


def paper_entry(
    reads: Sequence[str],
    tests: Sequence[Test],
    printed: Mapping[str, Panel],
    models: pd.DataFrame,
    partly: bool = False,
) -> dict[str, Any] | None:
    """One claim on the paper's own tables, as plain values; None where they do not allow it.

    `otherwise` lists the printed numbers that go the other way, each with its `allowance`: half of
    the 95 % interval that sampling error gives it, None where the number of images is not known.
    `means` lists what means over pairs it has.

    Args:
        partly: whether the claim is tested on those of its exhibits that are printed.
    """
    here = [printed[name] for name in reads if name in printed]
    if not here or (len(here) < len(reads) and not partly):
        return None
    try:
        found = judge(tests, joined(here), models, partly)
    except CannotTest:
        return None
    against = [part for part in found.parts if not part.holds]
    return {
        "verdict": found.verdict,
        "summary": summary(found, against),
        "effect": None if np.isnan(found.effect) else float(found.effect),
        "holding": len(found.parts) - len(against),
        "of": len(found.parts),
        "exceptions": [exception(part, found.parts) for part in against],
        "means": [
            {"label": part.label, "setting": part.setting, "effect": float(part.effect)}
            | dict(part.facts)
            for part in found.parts
            if "pairs" in part.facts
        ],
        "otherwise": [
            {
                "label": part.label,
                "setting": part.setting,
                "effect": float(part.effect),
                "allowance": allowance(part),
                "p_holm": None if np.isnan(part.p_holm) else float(part.p_holm),
                "significant": part.verdict == CONTRADICTED,
            }
            for part in against
        ],
    }


def allowance(part: Part) -> float | None:
    """How far sampling error may move a printed effect: 1.96 standard errors."""
    if part.draws is None or np.isnan(part.draws).any():
        return None
    return float(1.96 * part.draws.std())


def exception(part: Part, among: Sequence[Part]) -> str:
    """A number that goes the other way, with its table where there are several."""
    several = len({other.setting.split(", ")[0] for other in among}) > 1
    table = f" ({part.setting.split(', ')[0]})" if several and part.setting else ""
    return f"{part.label}: {part.shown or signed(part.effect)}{table}"


def summary(found: Verdict, against: Sequence[Part]) -> str:
    """How many printed numbers go as said, and how far the others go the other way."""
    holding, of = len(found.parts) - len(against), len(found.parts)
    single = of == 1 and found.unit != SHARE
    pieces = [f"As printed, {holding} of {of} {found.noun} go as said"]
    if single:
        pieces = ["As printed, it goes as said"] if holding else []
    if against:
        furthest = max(against, key=lambda part: abs(part.effect))
        sure = sum(part.verdict == CONTRADICTED for part in against)
        far = signed(abs(furthest.effect)).removeprefix("+")
        go = f"{len(against)} go{'es' * (len(against) == 1)} the other way"
        go = "As printed, it goes the other way" if single else go
        words = noise(furthest, sure, len(against))
        pieces.append(f"{go}, by {'up to ' * (len(against) > 1)}{far}, {words}")
    if found.unit:
        pieces.append(
            overall(replace(found, low=nan, high=nan)).removeprefix("on average " * single)
        )
    else:
        pieces += means(found.parts)
    return "; ".join([*pieces, *filter(None, found.notes)]) + "."


def noise(furthest: Part, sure: int, of: int) -> str:
    """How many of the numbers that go the other way do so by more than sampling error."""
    margin = allowance(furthest)
    if margin is None:
        return "with a sampling error that the paper does not allow to know"
    known = f"sampling error is {signed(margin).removeprefix('+')} to either side at 95 %"
    if of == 1:
        return f"{'' if sure else 'not '}significantly (its {known})"
    return f"{sure or 'none'} of them significantly (the furthest one's {known})"
