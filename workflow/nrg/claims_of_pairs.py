"""Tests of sentences that compare pairs of cells, or a cell with a limit."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from nrg import statistics
from nrg.contrasts import Part, Test, chosen, compared, contrast, place
from nrg.metrics import rate
from nrg.outcomes import Panel
from nrg.verdicts import ALPHA, CONTRADICTED, INCONCLUSIVE, SUPPORTED, Found


def every(test: Test, panel: Panel, _: pd.DataFrame) -> Found:
    """Of every pair the difference over the same images, with the exact McNemar p, or, where
    outcomes are not yes or no, or not known for the same images, that of the bootstrap's standard
    error. Supported where every pair differs significantly the way the sentence says; contradicted
    where one does significantly the other way; else inconclusive. The mean's interval resamples
    images, for all pairs together."""
    panel, found = compared(test, panel)
    parts = [contrast(panel, weights, **words) for weights, words in found]
    return Found(parts, test.get("unit", "points"))


def most(test: Test, panel: Panel, _: pd.DataFrame) -> Found:
    """The share of pairs that differ the way the sentence says, ties as halves, with a 95 %
    bootstrap interval over images. Supported where the interval lies above one half; contradicted
    where it lies below; else inconclusive."""
    panel, found = compared(test, panel)
    parts = [contrast(panel, weights, **words) for weights, words in found]

    def share(effects: np.ndarray) -> np.ndarray:
        return 50 + 50 * np.sign(effects * parts[0].direction).mean(-1)

    value = float(share(np.array([part.effect for part in parts])))
    low = high = value
    if panel.draws is not None:
        draws = share(np.stack([part.draws for part in parts], -1))
        low, high = statistics.interval(draws, ALPHA)
    return Found(parts, share=(value, low, high))


def within(test: Test, panel: Panel, _: pd.DataFrame) -> Found:
    """For sentences that deny a difference: the mean difference with its 95 % bootstrap interval
    over images, against a margin set beforehand, which may have one side alone. Supported where the
    interval lies within the margin; contradicted where it lies outside; else inconclusive: no
    evidence of a difference is none of its absence. Inconclusive, too, where all images agree, for
    then the bootstrap knows no spread."""
    panel, found = compared(test, panel)
    lowest, highest = test["margin"]
    groups: dict[str, list[tuple[np.ndarray, dict[str, Any]]]] = {}
    for weights, words in found:
        groups.setdefault(words["setting"], []).append((weights, words))
    parts = []
    for setting, members in groups.items():
        label = members[0][1]["label"] if len(members) == 1 else f"mean of {len(members)} pairs"
        weights = np.mean([own for own, _ in members], axis=0)
        part = contrast(panel, weights, label=label, setting=setting, direction=0)
        agrees = lowest < part.effect < highest
        low, high = statistics.interval(part.draws, ALPHA)
        clear = CONTRADICTED if low >= highest or high <= lowest else INCONCLUSIVE
        # Printed numbers, without n, agree with a sentence by their value alone.
        inside = agrees if part.n is None else lowest < low < high < highest
        verdict = SUPPORTED if inside else clear
        parts.append(replace(part, p=np.nan, agrees=agrees, verdict=verdict))
    return Found(parts, noun="differences")


def above(test: Test, panel: Panel, _: pd.DataFrame) -> Found:
    """Every cell's rate against a limit, with its Wilson interval and the exact binomial p.
    Supported where every cell is significantly above; contradicted where one is significantly
    below; else inconclusive."""
    panel, limit = chosen(test, panel), test["percent"]
    parts = []
    for number, row in enumerate(panel.cells.to_dict("records")):
        words = {"label": f"{row['source']} → {row['target']}", "shown": f"{row['value']:g}"}
        part = Part(setting=place(row, row["method"]), effect=row["value"] - limit, **words)
        if panel.outcomes is not None:
            success = panel.outcomes[number][~np.isnan(panel.outcomes[number])] > 0
            p = statistics.rate_test(int(success.sum()), len(success), limit / 100)
            wilson = rate(success)
            low, high = (wilson[end] - limit for end in ("ci_low", "ci_high"))
            draws = panel.draws[:, number] - limit
            part = replace(part, n=len(success), p=p, draws=draws, low=low, high=high)
        elif panel.draws is not None:
            draws = panel.draws[:, number] - limit
            part = replace(part, p=statistics.normal_p(part.effect, draws), draws=draws)
        parts.append(part)
    return Found(parts, f"points from {limit}", "cells")


KINDS = (every, most, within, above)
