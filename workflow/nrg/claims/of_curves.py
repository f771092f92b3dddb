"""Tests of sentences about a curve: where it rises, and where it is highest."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations, pairwise

import numpy as np
import pandas as pd

from nrg.analysis import statistics
from nrg.analysis.arrays import Floats
from nrg.analysis.panels import Panel
from nrg.claims.cells import (
    AXES,
    Curve,
    Test,
    find_curves,
    require_images,
    require_variation,
    select_cells,
)
from nrg.claims.parts import CannotTest, Comparison, Over, Part, measure_effect
from nrg.claims.verdicts import (
    ALPHA,
    CONTRADICTED,
    INCONCLUSIVE,
    SUPPORTED,
    Findings,
    decide_parts,
)

VERDICTS = {1: SUPPORTED, 0: INCONCLUSIVE, -1: CONTRADICTED}


def trend(test: Test, panel: Panel, _: pd.DataFrame) -> Findings:
    """Every curve is tested by its least-squares slope per step of its axis, with an interval and
    Student's p from the bootstrap over images, and by each single step, as pairs are tested. The
    claim is supported if every slope is significant the way the sentence says and no step
    significantly goes the other way (Holm over all steps), and contradicted if a slope or a step
    significantly does; otherwise it is inconclusive."""
    panel = require_variation(select_cells(test, panel))
    direction = test.get("direction", 1)
    parts, steps, curve_of_step = [], [], []
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
            step = replace(slope, weights=after - before, setting=f"{a:g} to {b:g}")
            steps.append(measure_effect(panel, step))
            curve_of_step.append(number)
    against = []
    for decided, number in zip(decide_parts(steps), curve_of_step, strict=True):
        if decided.verdict == CONTRADICTED:
            parts[number] = replace(parts[number], verdict=CONTRADICTED)
            against.append(f"{decided.label} {decided.setting}, {direction * decided.effect:+.1f}")
    up = sum(step.holds for step in steps)
    note = f"of single steps along {AXES[test['axis']]} {up} of {len(steps)} go that way"
    if against:
        note += f", and significantly against it {'; '.join(against)}"
    return Findings(parts, test.get("unit", "points a step"), "curves", note)


def peak(test: Test, panel: Panel, _: pd.DataFrame) -> Findings:
    """The point where each curve is highest, with a bootstrap interval over images at 95 % for all
    curves together, is compared with the points that the sentence allows. These are no further than
    one point of the grid from the value that it names, and inner points if it says so. The claim is
    supported if every curve's interval lies within them, and contradicted if one lies outside;
    otherwise it is inconclusive."""
    panel = require_images(require_variation(select_cells(test, panel)))
    about = test["about"]
    curves = [c for c in find_curves(test, panel) if c.source in about or "all" in about]
    if not curves:
        raise CannotTest("none of the sources is one that the sentence names")
    parts = []
    for curve in curves:
        value = about.get(curve.source, about.get("all"))
        near = abs(np.arange(len(curve.points)) - abs(curve.points - value).argmin()) <= 1
        if test.get("inner"):
            near[[0, -1]] = False
        allowed = curve.points[near]
        alpha = ALPHA / len(curves)
        best, draws = find_highest(panel, curve)
        low, high = statistics.interval(draws, alpha, len(panel.units))
        imagine = partial(peak_code, panel, curve, allowed, alpha)
        text = " or ".join(f"{x:g}" for x in allowed) or "inside, where this grid has no point"
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


def peaks_differ(test: Test, panel: Panel, _: pd.DataFrame) -> Findings:
    """The test is of how far apart on the axis the curves of two sources are highest, with a
    bootstrap interval over images at 95 % for all pairs of sources together. The claim is supported
    if the interval of one pair excludes zero, and contradicted if those of all pairs hold zero
    alone, because then the sources agree on the grid; otherwise it is inconclusive."""
    panel = require_images(require_variation(select_cells(test, panel)))
    of_setting: dict[str, list[Curve]] = {}
    for curve in find_curves(test, panel):
        of_setting.setdefault(curve.setting, []).append(curve)
    parts = []
    for curves in of_setting.values():
        if len(curves) > 1:
            pairs = compare_peaks(panel, curves)
            furthest = max(differing(pairs) or pairs, key=lambda pair: abs(pair.effect))
            imagine = partial(difference_code, panel, curves)
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


def peak_code(panel: Panel, curve: Curve, allowed: Floats, alpha: float, multiple: float) -> int:
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


def differing(pairs: Sequence[Part]) -> list[Part]:
    """Return the pairs whose interval excludes zero."""
    return [pair for pair in pairs if pair.low > 0 or pair.high < 0]


def difference_code(panel: Panel, curves: Sequence[Curve], multiple: float) -> int:
    """Whether curves are highest at different points, on a multiple of the images.

    Returns:
        1 if two differ, −1 if all agree, 0 if that is not known.
    """
    pairs = compare_peaks(panel, curves, multiple)
    agree = all(pair.low == pair.high == 0 for pair in pairs)
    return 1 if differing(pairs) else -1 if agree else 0


KINDS = (trend, peak, peaks_differ)
