"""Comparisons of cells and their results.

Every comparison is a weighted sum of cells, so one function gives its effect, interval and p.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from nrg.analysis import statistics
from nrg.analysis.arrays import Floats
from nrg.analysis.panels import Panel

SINGLE_PRECISION = 1e-6  # how far sums in single precision may be off, relative to their scale
UNKNOWN = np.full(1, np.nan)  # the resamples of an effect of which none are known
Codes = npt.NDArray[np.int_]  # verdicts: −1 contradicted, 0 inconclusive, 1 supported


class CannotTest(Exception):
    """A setting does not allow a test; the message says why."""


class Over(StrEnum):
    """What intervals and p are over, and what is held fixed."""

    PRINT = ""  # printed numbers have no units
    IMAGES = "images; models held fixed"
    MODELS = "p: models within families, images held fixed; interval: images, models held fixed"
    SEEDS = "seeds of training; images and depths held fixed"


@dataclass(frozen=True)
class Comparison:
    """A weighted sum of cells, and its description for a reader.

    Attributes:
        weights: (cells,).
        label: what is compared, as "alexnet → resnet34".
        setting: where, as "Table 1, FGSM → nr-FGSM"; `exhibit` is the part that names the exhibit.
        shown: the numbers compared.
        direction: the sign that the sentence gives the effect; 0 if it gives none.
    """

    weights: Floats
    label: str
    setting: str = ""
    exhibit: str = ""
    shown: str = ""
    direction: int = 1


@dataclass(frozen=True)
class Part:
    """One comparison and its result.

    Attributes:
        label, setting, exhibit, shown, direction: as in `Comparison`.
        effect: in the unit of its test; `unit`, set by `verdicts.conclude`.
        n: how many units are compared; where cells have different ones, those of the cell that has
            the fewest. None for printed numbers.
        over: what p and the interval are over.
        p, p_holm: p of no effect; p_holm is adjusted over all parts of the claim that p decides.
        draws: the effect in every resample of the units, (resamples,), NaN where it has no value;
            or UNKNOWN.
        low, high: its 95 % interval, in the same unit.
        agrees: whether the effect is as the sentence says, where its sign does not tell.
        verdict: set by the kind of test; else by p_holm and the sign.
        facts: what else the ledger keeps of it, as plain values by name.
        imagine: for a kind with a rule of its own, what the part would come to on a multiple of the
            units with the same effect: verdict codes, one or (runs,).
    """

    label: str
    setting: str
    effect: float
    unit: str = ""
    direction: int = 1
    exhibit: str = ""
    shown: str = ""
    n: int | None = None
    p: float = np.nan
    draws: Floats = field(default_factory=lambda: UNKNOWN)
    low: float = np.nan
    high: float = np.nan
    p_holm: float = np.nan
    agrees: bool | None = None
    verdict: str = ""
    over: Over = Over.PRINT
    facts: Mapping[str, Any] = field(default_factory=dict)
    imagine: Callable[[float], Codes | int] | None = None

    @property
    def holds(self) -> bool:
        """Whether the effect is as the sentence says."""
        return self.effect * self.direction > 0 if self.agrees is None else self.agrees

    @property
    def can_be_averaged(self) -> bool:
        """Whether a mean of such effects has a sign and an interval (of printed ones, a sign)."""
        if self.agrees is not None or self.over is Over.MODELS:
            return False
        return self.n is None or not np.isnan(self.draws).all()


def orient(part: Part) -> Part:
    """Turn an effect that the sentence calls negative, so that plus agrees with the sentence."""
    if part.direction >= 0:
        return part
    return replace(
        part,
        effect=0.0 - part.effect,
        draws=0.0 - part.draws,
        low=0.0 - part.high,
        high=0.0 - part.low,
        direction=1,
    )


def measure_effect(panel: Panel, comparison: Comparison) -> Part:
    """Measure a weighted sum of cells.

    Its p is exact where it is one cell of yes or no minus another on the same images, and that of
    two rates where the images differ; else it is that of its resamples. Printed rates have no n,
    and their p takes cells as independent, because the paper prints no images. That is cautious as
    long as two cells of the same images do not vary against each other.
    """
    used = comparison.weights != 0
    weights = comparison.weights[used]
    values = panel.values[used]
    effect, draws = remove_rounding(
        float(values @ weights), panel.draws[:, used] @ weights, np.abs(values).max(initial=0)
    )
    part = Part(
        label=comparison.label,
        setting=comparison.setting,
        effect=effect,
        direction=comparison.direction,
        exhibit=comparison.exhibit,
        shown=comparison.shown,
        draws=draws,
    )
    if panel.outcomes is None:
        return replace(part, p=statistics.resampled_p(effect, draws))
    outcomes = panel.outcomes[used]
    missing = np.isnan(outcomes)
    n = int((~missing).sum(1).min(initial=len(panel.units)))
    binary = np.isin(outcomes, (0, 100)) | missing
    if sorted(weights) != [-1, 1] or not binary.all():
        p = statistics.resampled_p(effect, draws, n)
    elif (missing[0] == missing[1]).all():
        p = float(statistics.sign_test(weights @ outcomes))
    else:
        p = statistics.rates_p(*outcomes[np.argsort(weights)])
    return replace(part, n=n, p=p, over=Over.IMAGES)


def remove_rounding(effect: float, draws: Floats, scale: float) -> tuple[float, Floats]:
    """Remove from an effect and its resamples what rounding adds.

    Otherwise equal cells would seem to differ, by a little and for certain.

    Args:
        scale: the largest of the values that were added up.
    """
    effect = 0.0 if abs(effect) <= 1e-9 * scale else effect
    for exact in (effect, 0.0):
        draws = np.where(abs(draws - exact) <= SINGLE_PRECISION * scale, exact, draws)
    return effect, draws


def are_means(facts: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a claim's parts are means over pairs of their own.

    Args:
        facts: of each part, or its entry of the ledger, which holds them.
    """
    return bool(facts) and all("pairs" in of_part for of_part in facts)


def known(value: float) -> float | None:
    """Return the value; None if it is infinite or NaN, which JSON does not know."""
    return float(value) if isfinite(value) else None
