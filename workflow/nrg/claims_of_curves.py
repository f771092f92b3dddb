"""Tests of sentences about a curve: where it rises, and where it is highest."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from nrg import statistics
from nrg.contrasts import AXES, CannotTest, Part, Test, chosen, contrast, curves, varied
from nrg.outcomes import Panel
from nrg.verdicts import ALPHA, CONTRADICTED, INCONCLUSIVE, SUPPORTED, Found, settled


def trend(test: Test, panel: Panel, _: pd.DataFrame) -> Found:
    """Of every curve the least-squares slope a step of its axis, with an interval and a p from the
    bootstrap over images, and each single step as pairs are tested. Supported where every slope
    is significant the way the sentence says and no step significantly goes the other way (Holm over
    all steps); contradicted where a slope or a step significantly does; else inconclusive."""
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
    """Where each curve is highest, with a bootstrap interval over images, at 95 % for all curves
    together, against the places that the sentence allows: inner points, if it says so, no further
    than one point of the grid from the value it names. Supported where every curve's interval lies
    within them; contradicted where one lies outside; else inconclusive."""
    panel = varied(chosen(test, panel))
    found, parts = curves(test, panel), []
    for words, points, at in found:
        source = words["label"].partition(" → ")[0]
        about = test["about"].get(source, test["about"].get("all"))
        if about is None:
            continue
        near = abs(np.arange(len(points)) - abs(points - about).argmin()) <= 1
        if test.get("inner"):
            near[[0, -1]] = False
        allowed = points[near]
        best = float(points[(at @ panel.values).argmax()])
        draws = points[(panel.draws @ at.T).argmax(1)]
        low, high = statistics.interval(draws, ALPHA / len(found))
        between = points[(points >= low) & (points <= high)]
        here = np.isin(between, allowed)
        verdict = INCONCLUSIVE if here.any() else CONTRADICTED
        verdict = SUPPORTED if here.all() else verdict
        setting = f"{words['setting']}, said to be {' or '.join(f'{x:g}' for x in allowed)}"
        parts.append(
            Part(words["label"], setting, best, 1, n=len(panel.units), draws=draws,
                 low=low, high=high, agrees=best in allowed, verdict=verdict)
        )  # fmt: skip
    if not parts:
        raise CannotTest("none of the sources is one that the sentence names")
    return Found(parts, "pixels", "curves", alike=False)


KINDS = (trend, peak)
