"""Tests of sentences about a curve: where it rises, and where it is highest."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations, pairwise

import numpy as np
import pandas as pd

from nrg.analysis import statistics
from nrg.analysis.panels import Panel
from nrg.claims.contrasts import (
    AXES,
    OVER_IMAGES,
    CannotTest,
    Part,
    Test,
    chosen,
    contrast,
    curves,
    many,
    varied,
)
from nrg.claims.verdicts import ALPHA, CONTRADICTED, INCONCLUSIVE, SUPPORTED, Found, settled

VERDICTS = {1: SUPPORTED, 0: INCONCLUSIVE, -1: CONTRADICTED}


def trend(test: Test, panel: Panel, _: pd.DataFrame) -> Found:
    """Every curve is tested by its least-squares slope per step of its axis, with an interval and
    Student's p from the bootstrap over images, and by each single step, as pairs are tested. The
    claim is supported where every slope is significant the way the sentence says and no step
    significantly goes the other way (Holm over all steps), and contradicted where a slope or a step
    significantly does; otherwise it is inconclusive."""
    panel = varied(chosen(test, panel))
    parts, steps, owners = [], [], []
    for words, points, at in curves(test, panel):
        index = np.arange(len(points)) - (len(points) - 1) / 2
        parts.append(contrast(panel, index @ at / (index**2).sum(), **words))
        for (a, before), (b, after) in pairwise(zip(points, at, strict=True)):
            own = words | {"setting": f"{a:g} to {b:g}"}
            steps.append(contrast(panel, after - before, **own))
        owners += [len(parts) - 1] * (len(points) - 1)
    against = []
    for step, owner in zip(settled(steps), owners, strict=True):
        if step.verdict == CONTRADICTED:
            parts[owner] = replace(parts[owner], verdict=CONTRADICTED)
            against.append(f"{step.label} {step.setting}, {step.effect:+.1f}")
    up = sum(step.holds for step in steps)
    note = f"of single steps along {AXES[test['axis']]} {up} of {len(steps)} go that way"
    if against:
        note += f", and significantly against it {'; '.join(against)}"
    return Found(parts, test.get("unit", "points a step"), "curves", note)


def peak(test: Test, panel: Panel, _: pd.DataFrame) -> Found:
    """The place where each curve is highest, with a bootstrap interval over images at 95 % for all
    curves together, is held against the places that the sentence allows. These are inner points, if
    it says so, no further than one point of the grid from the value that it names. The claim is
    supported where every curve's interval lies within them, and contradicted where one lies
    outside; otherwise it is inconclusive."""
    panel = many(varied(chosen(test, panel)))
    places = test["about"]
    found = []
    for words, points, at in curves(test, panel):
        about = places.get(words["label"].partition(" → ")[0], places.get("all"))
        if about is not None:
            found.append((words, points, at, about))
    if not found:
        raise CannotTest("none of the sources is one that the sentence names")
    parts = []
    for words, points, at, about in found:
        near = abs(np.arange(len(points)) - abs(points - about).argmin()) <= 1
        if test.get("inner"):
            near[[0, -1]] = False
        allowed = points[near]
        place = partial(placed, panel, points, at, allowed, ALPHA / len(found))
        best, draws = highest(panel, points, at)
        low, high, code = place(1)
        said = " or ".join(f"{x:g}" for x in allowed) or "inside, where this grid has no point"
        setting = f"{words['setting']}, said to be {said}"
        parts.append(
            Part(words["label"], setting, best, 1, n=len(panel.units), draws=draws, low=low,
                 high=high, agrees=best in allowed, verdict=VERDICTS[code], over=OVER_IMAGES,
                 later=lambda times, place=place: place(times)[2])
        )  # fmt: skip
    return Found(parts, "pixels", "curves", alike=False)


def peaks_differ(test: Test, panel: Panel, _: pd.DataFrame) -> Found:
    """What is tested is how far apart on the axis the curves of two sources are highest, with a
    bootstrap interval over images at 95 % for all pairs of sources together. The claim is supported
    where the interval of one pair leaves out zero, and contradicted where those of all pairs hold
    zero alone, for then the sources agree on the grid; otherwise it is inconclusive."""
    panel = many(varied(chosen(test, panel)))
    tops: dict[str, list[tuple[str, np.ndarray, np.ndarray]]] = {}
    for words, points, at in curves(test, panel):
        source = words["label"].partition(" → ")[0]
        tops.setdefault(words["setting"], []).append((source, points, at))
    parts = []
    for setting, own in tops.items():
        if len(own) > 1:
            apart = partial(furthest_apart, panel, setting, own)
            part, code = apart(1)
            part = replace(part, verdict=VERDICTS[code])
            parts.append(replace(part, later=lambda times, apart=apart: apart(times)[1]))
    if not parts:
        raise CannotTest("there is only one source to compare")
    return Found(parts, "pixels", "peaks", alike=False)


def furthest_apart(
    panel: Panel, setting: str, own: Sequence[tuple[str, np.ndarray, np.ndarray]], times: float
) -> tuple[Part, int]:
    """Of so many times as many images the pair of sources whose curves are highest furthest apart,
    one that differs if any does, and whether one differs, 1, none is known to, 0, or none does, −1.

    Args:
        own: sources, the points of their curves, and the weights of these on the cells.
    """
    pairs, n, found = list(combinations(own, 2)), round(len(panel.units) * times), []
    for (a, *curve_a), (b, *curve_b) in pairs:
        (best_a, draws_a), (best_b, draws_b) = (
            highest(panel, *curve, times) for curve in (curve_a, curve_b)
        )
        low, high = statistics.interval(draws_b - draws_a, ALPHA / len(pairs), n)
        found.append(
            Part(f"{b} and {a}", setting, best_b - best_a, 0, n=n, draws=draws_b - draws_a,
                 low=low, high=high, agrees=best_a != best_b, over=OVER_IMAGES)
        )  # fmt: skip
    differ = [part for part in found if part.low > 0 or part.high < 0]
    agree = all(part.low == part.high == 0 for part in found)
    furthest = max(differ or found, key=lambda part: abs(part.effect))
    return furthest, 1 if differ else -1 if agree else 0


def highest(
    panel: Panel, points: np.ndarray, at: np.ndarray, times: float = 1
) -> tuple[float, np.ndarray]:
    """Where a curve is highest, in the panel and in each of its resamples of so many times as many
    images."""
    values, draws = at @ panel.values, panel.draws @ at.T
    draws = values + (draws - values) / times**0.5
    return float(points[values.argmax()]), points[draws.argmax(1)]


def placed(
    panel: Panel,
    points: np.ndarray,
    at: np.ndarray,
    allowed: np.ndarray,
    alpha: float,
    times: float,
) -> tuple[float, float, int]:
    """The 1 − α interval of a curve's highest point on so many times as many images, and whether it
    lies within the allowed points, 1, partly, 0, or outside, −1."""
    draws = highest(panel, points, at, times)[1]
    low, high = statistics.interval(draws, alpha, round(len(panel.units) * times))
    here = np.isin(points[(points >= low) & (points <= high)], allowed)
    return low, high, 1 if here.all() else 0 if here.any() else -1


KINDS = (trend, peak, peaks_differ)
