"""Tests of sentences about a curve: where it rises, and where it is highest."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations, pairwise
from typing import Required

import numpy as np
import pandas as pd

from nrg.analysis import statistics
from nrg.analysis.arrays import Floats
from nrg.analysis.panels import Panel
from nrg.base.number_text import format_signed
from nrg.claims.cells import (
    AXES,
    AlongAxis,
    Curve,
    find_curves,
    require_images,
    require_variation,
    select_cells,
)
from nrg.claims.parts import CannotTest, Comparison, Over, Part, measure_effect
from nrg.claims.verdicts import ALPHA, CONTRADICTED, INCONCLUSIVE, SUPPORTED, Findings, decide_parts
from nrg.study.exhibits import write_values

VERDICTS = {1: SUPPORTED, 0: INCONCLUSIVE, -1: CONTRADICTED}


class Trend(AlongAxis, total=False):
    """Keys: direction, −1 where the sentence says that the curve falls; unit, of its slope."""

    direction: int
    unit: str


class Peak(AlongAxis, total=False):
    """Keys: about, the place that the sentence names, by source or for "all"; inner, whether it is
    inside the range of the axis."""

    about: Required[Mapping[str, float]]
    inner: bool


def trend(test: Trend, panel: Panel, _: pd.DataFrame) -> Findings:
    """Every curve is tested by its least-squares slope per step of its axis, with an interval and
    Student's p from the bootstrap over images. Each single step is tested as a pair is. The claim
    is supported if every slope agrees significantly with the sentence and no step significantly
    disagrees (with Holm's adjustment over all steps). It is contradicted if a slope or a step
    significantly disagrees; otherwise it is inconclusive."""
    panel = require_variation(select_cells(test, panel))
    direction = test.get("direction", 1)
    parts, steps, curve_of_step = [], [], []
    scale = test.get("pixel_scale", 1)
    for number, curve in enumerate(find_curves(test, panel)):
        count = len(curve.points)
        index = np.arange(count) - (count - 1) / 2
        slope = Comparison(
            index @ curve.weights / (index**2).sum(),
            curve.label,
            curve.setting,
            direction=direction,
        )
        parts.append(measure_effect(panel, slope))
        for (a, before), (b, after) in pairwise(zip(curve.points, curve.weights, strict=True)):
            ends = [write_values(test["axis"], [end], scale) for end in (a, b)]
            setting = " to ".join(ends)
            step = replace(slope, weights=after - before, setting=setting)
            steps.append(measure_effect(panel, step))
            curve_of_step.append(number)
    against = []
    for decided, number in zip(decide_parts(steps), curve_of_step, strict=True):
        if decided.verdict == CONTRADICTED:
            parts[number] = replace(parts[number], verdict=CONTRADICTED)
            effect = format_signed(direction * decided.effect)
            against.append(f"{decided.label}, {decided.setting}: {effect} points")
    up = sum(step.holds for step in steps)
    note = f"{up} of {len(steps)} single steps along {AXES[test['axis']]} agree"
    if against:
        note += f", and {len(against)} significantly the other way ({'; '.join(against)})"
    return Findings(parts, test.get("unit", "points per step"), "curves", note)


def peak(test: Peak, panel: Panel, _: pd.DataFrame) -> Findings:
    """The point at which each curve is highest is compared with the points that the sentence
    allows: those no further than one point of the grid from the value that it names, without the
    ends of the grid if it says “inside”. The interval of the highest point is from the bootstrap
    over images, at 95 % for all curves together. The claim is supported if every curve's interval
    holds allowed points only, and contradicted if that of one curve holds none; otherwise it is
    inconclusive."""
    panel = require_images(require_variation(select_cells(test, panel)))
    about, axis, scale = test["about"], test["axis"], test.get("pixel_scale", 1)
    curves = [c for c in find_curves(test, panel) if c.source in about or "all" in about]
    if not curves:
        raise CannotTest("none of the sources is one that the sentence names")
    parts = []
    for curve in curves:
        value = about[curve.source if curve.source in about else "all"]
        near = abs(np.arange(len(curve.points)) - abs(curve.points - value).argmin()) <= 1
        if test.get("inner"):
            near[[0, -1]] = False
        allowed = curve.points[near]
        alpha = ALPHA / len(curves)
        best, draws = find_highest(panel, curve)
        low, high = statistics.interval(draws, alpha, len(panel.units))
        imagine = partial(judge_peak, panel, curve, allowed, alpha)
        text = "inside, where this grid has no point"
        if len(allowed):
            text = f"{AXES[axis]} {write_values(axis, allowed.tolist(), scale)}"
        parts.append(
            Part(
                curve.label,
                f"{curve.setting}, said to be {text}",
                best,
                direction=0,
                n=len(panel.units),
                draws=draws,
                low=low,
                high=high,
                agrees=best in allowed,
                verdict=VERDICTS[imagine(1)],
                over=Over.IMAGES,
                imagine=imagine,
            )
        )
    return Findings(parts, "pixels", "curves", averages=False)


def peaks_differ(test: AlongAxis, panel: Panel, _: pd.DataFrame) -> Findings:
    """The test is of the distance, on the axis, between the points at which the curves of two
    sources are highest. Its interval is from the bootstrap over images, at 95 % for all pairs of
    sources together. The claim is supported if the interval of one pair excludes zero. It is
    contradicted if the intervals of all pairs hold zero and nothing else, because then the sources
    have the same highest point on the grid; otherwise it is inconclusive."""
    panel = require_images(require_variation(select_cells(test, panel)))
    of_setting: dict[str, list[Curve]] = {}
    for curve in find_curves(test, panel):
        of_setting.setdefault(curve.setting, []).append(curve)
    parts = []
    for curves in of_setting.values():
        if len(curves) > 1:
            pairs = compare_peaks(panel, curves)
            furthest = max(select_differing(pairs) or pairs, key=lambda pair: abs(pair.effect))
            imagine = partial(judge_difference, panel, curves)
            parts.append(replace(furthest, verdict=VERDICTS[imagine(1)], imagine=imagine))
    if not parts:
        raise CannotTest("there is only one source to compare")
    return Findings(parts, "pixels", "peaks", averages=False)


def find_highest(panel: Panel, curve: Curve, multiple: float = 1) -> tuple[float, Floats]:
    """Find where a curve is highest, in the panel and in each of its resamples.

    Args:
        multiple: of the images that the resamples are to have.

    Returns:
        The point, and one for each resample, (resamples,).
    """
    values, draws = curve.weights @ panel.values, panel.draws @ curve.weights.T
    draws = values + (draws - values) / multiple**0.5
    return float(curve.points[values.argmax()]), curve.points[draws.argmax(1)]


def judge_peak(panel: Panel, curve: Curve, allowed: Floats, alpha: float, multiple: float) -> int:
    """Whether a curve's highest point lies within the allowed ones, on a multiple of the images.

    Returns:
        1 if its 1 − α interval does, −1 if it lies outside, else 0.
    """
    draws = find_highest(panel, curve, multiple)[1]
    low, high = statistics.interval(draws, alpha, round(len(panel.units) * multiple))
    points = curve.points[(curve.points >= low) & (curve.points <= high)]
    inside = np.isin(points, allowed)
    return 1 if inside.all() else 0 if inside.any() else -1


def compare_peaks(panel: Panel, curves: Sequence[Curve], multiple: float = 1) -> list[Part]:
    """Subtract where two curves are highest, for every two, on a multiple of the images."""
    pairs = list(combinations(curves, 2))
    n, parts = round(len(panel.units) * multiple), []
    for a, b in pairs:
        best_a, draws_a = find_highest(panel, a, multiple)
        best_b, draws_b = find_highest(panel, b, multiple)
        draws = draws_b - draws_a
        low, high = statistics.interval(draws, ALPHA / len(pairs), n)
        parts.append(
            Part(
                f"{b.source} and {a.source}",
                a.setting,
                best_b - best_a,
                direction=0,
                n=n,
                draws=draws,
                low=low,
                high=high,
                agrees=best_a != best_b,
                over=Over.IMAGES,
            )
        )
    return parts


def select_differing(pairs: Sequence[Part]) -> list[Part]:
    """Return the pairs whose interval excludes zero."""
    return [pair for pair in pairs if pair.low > 0 or pair.high < 0]


def judge_difference(panel: Panel, curves: Sequence[Curve], multiple: float) -> int:
    """Whether curves are highest at different points, on a multiple of the images.

    Returns:
        1 if two differ, −1 if all agree, 0 if that is not known.
    """
    pairs = compare_peaks(panel, curves, multiple)
    agree = all(pair.low == pair.high == 0 for pair in pairs)
    return 1 if select_differing(pairs) else -1 if agree else 0


KINDS = (trend, peak, peaks_differ)
