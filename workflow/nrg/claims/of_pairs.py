"""Tests of sentences that compare pairs of cells, or a cell with a limit."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from nrg.analysis import statistics
from nrg.analysis.metrics import rate
from nrg.analysis.panels import Panel
from nrg.claims.contrasts import (
    OVER_IMAGES,
    CannotTest,
    Part,
    Test,
    chosen,
    compared,
    contrast,
    many,
    pairs,
    place,
)
from nrg.claims.units_needed import margin_rule, share_rule, votes_rule
from nrg.claims.verdicts import ALPHA, CONTRADICTED, INCONCLUSIVE, SUPPORTED, Found, fewest
from nrg.study.exhibits import exhibit_label, listed


def every(test: Test, panel: Panel, _: pd.DataFrame) -> Found:
    """Every pair is tested by its difference over the same images, with the exact McNemar p. Where
    outcomes are not yes or no, the p is Student's with the bootstrap's standard error; where they
    are known for different images, it is that of two rates after Agresti and Caffo. The claim is
    supported where every pair differs significantly the way the sentence says, and contradicted
    where one does significantly the other way; otherwise it is inconclusive. The mean's interval
    resamples images, for all pairs together."""
    panel, found = compared(test, panel)
    parts = [contrast(panel, weights, **words) for weights, words in found]
    return Found(parts, test.get("unit", "points"))


def mean(test: Test, panel: Panel, _: pd.DataFrame) -> Found:
    """What is tested is the mean over pairs of the difference over the same images, of all pairs or
    of each group that the test names, with the interval and Student's p of the bootstrap over
    images; the pairs are held fixed. Where the test asks for equal gradients, only those pairs
    count whose two attacks cost an image equally many input gradients. The claim is supported where
    every mean is significantly as the sentence says, and contradicted where one significantly goes
    the other way; otherwise it is inconclusive. How large it is, is told and not judged."""
    panel = chosen(test, panel)
    found = every_pair(test, panel)
    cells, each = panel.cells, test.get("each", [])
    if test.get("gradients") == "equal" and "gradients" in cells:
        cost = cells["gradients"].to_numpy(float)
        found = [(weights, words) for weights, words in found if weights @ cost == 0]
    elif test.get("gradients") == "equal":
        found = []
    if not found:
        raise CannotTest("no two attacks that the sentence compares cost equally many gradients")
    rows = cells[each].to_dict("records")
    groups: dict[tuple, list[tuple[np.ndarray, dict[str, Any]]]] = {}
    for weights, words in found:
        key = tuple(rows[int(weights.argmax())].values())
        groups.setdefault(key, []).append((weights, words))
    parts = []
    for key, members in groups.items():
        weights = np.mean([own for own, _ in members], axis=0)
        where = {"exhibit": "", **dict(zip(each, key, strict=True))}
        shown = listed(map(exhibit_label, dict.fromkeys(cells["exhibit"][weights != 0])))
        cost = {"equal": "equal numbers of gradients"}.get(test.get("gradients", ""), "")
        setting = ", ".join(filter(None, [shown, place(where), cost]))
        label = test.get("label") or where.get("target") or f"mean of {len(members)} pairs"
        part = contrast(
            panel, weights, label=label, setting=setting, direction=test.get("direction", 1)
        )
        low = high = np.nan
        if part.n is None:  # print does not say how its cells vary together
            part = replace(part, p=np.nan, draws=None)
        else:
            low, high = statistics.interval(part.draws, ALPHA, part.n)
        facts = {"pairs": len(members), "gradients": test.get("gradients", "as printed")}
        parts.append(replace(part, low=low, high=high, facts=facts))
    return Found(parts, noun="means", alike=False)


def most_pairs(test: Test, panel: Panel, _: pd.DataFrame) -> Found:
    """What is tested is the share of pairs that differ the way the sentence says, where ties count
    as halves, with a 95 % bootstrap interval over images. The claim is supported where the interval
    lies above one half, and contradicted where it lies below; otherwise it is inconclusive."""
    panel, found = compared(test, many(panel))
    every_part = [contrast(panel, weights, **words) for weights, words in found]
    parts = [part for part in every_part if not np.isnan(part.effect)]
    if not parts:
        raise CannotTest("no image is left to compare")

    def share(effects: np.ndarray) -> np.ndarray:
        return 50 + 50 * np.sign(effects * parts[0].direction).mean(-1)

    value = float(share(np.array([part.effect for part in parts])))
    low = high = value
    if panel.draws is not None:
        draws = share(np.stack([part.draws for part in parts], -1))
        low, high = statistics.interval(draws, ALPHA, fewest(parts))
    later = share_rule(parts, share, lambda runs: statistics.interval(runs, ALPHA, fewest(parts)))
    return Found(every_part, share=(value, low, high), later=later)


def within(test: Test, panel: Panel, _: pd.DataFrame) -> Found:
    """This is for sentences that deny a difference. The mean difference with its 95 % bootstrap
    interval over images is held against a margin set beforehand, which may have one side alone;
    these are two one-sided tests at 2.5 % each. The claim is supported where the interval lies
    within the margin, and contradicted where one at 95 % for all parts together lies outside;
    otherwise it is inconclusive, because no evidence of a difference is none of its absence. It is
    inconclusive, too, where all images agree, for then the bootstrap knows no spread."""
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
        low, high = statistics.interval(part.draws, ALPHA, part.n)
        least, most = statistics.interval(part.draws, ALPHA / len(groups), part.n)
        outside = least < most and (least >= highest or most <= lowest)
        clear = CONTRADICTED if outside else INCONCLUSIVE
        # Printed numbers, without n, agree with a sentence by their value alone.
        inside = agrees if part.n is None else lowest < low < high < highest
        verdict = SUPPORTED if inside else clear
        part = replace(part, p=np.nan, low=low, high=high, agrees=agrees, verdict=verdict)
        parts.append(replace(part, later=margin_rule(part, lowest, highest)))
    return Found(parts, noun="differences")


def alike(test: Test, panel: Panel, _: pd.DataFrame) -> Found:
    """This is for sentences that call two distances alike. The median over images of the ratio of
    the right one to the left one is held against a factor set beforehand on either side, or against
    limits of which the lower may be nil, by two exact one-sided sign tests at 5 % each. A distance
    beyond reach is known to be longer than any that was found, and no more: it counts for a
    sentence or against it only where that is enough; images where both are beyond reach are left
    out and counted. The interval is the exact one of a median. The claim is supported where both
    tests are significant, and contradicted where the median is significantly farther than the
    factor, at 5 % for both sides and all parts together; otherwise it is inconclusive. The p is the
    larger of the two tests', or, of what is contradicted, that of its contradiction."""
    panel = chosen(test, panel)
    if panel.outcomes is None:
        raise CannotTest("distances are not printed")
    table, parts, notes = pairs(test, panel), [], []
    for row in table.to_dict("records"):
        left, right = (panel.outcomes[row[side]].astype(float) for side in ("left", "right"))
        known = ~np.isnan(left) & ~np.isnan(right)
        used = known & ~(np.isinf(left) & np.isinf(right))
        label, out = row["target"], int((known & ~used).sum())
        setting = place(row, row["method_left"], row["method"])
        if out:
            name = f"{label}, {setting}"
            notes.append(f"{name}: {out} of {known.sum()} images left out, beyond reach both ways")
        if not used.any():
            continue
        here = panel.outcomes[(panel.cells["exhibit"] == row["exhibit"]).to_numpy()]
        farthest = here[np.isfinite(here)].max()
        at_least, at_most = ratio_bounds(left[used], right[used], float(farthest))
        parts.append(alike_part(at_least, at_most, limits(test), len(table)))
        facts = {"left_out": out, "beyond_reach": int((used & (left + right == np.inf)).sum())}
        parts[-1] = replace(parts[-1], label=label, setting=setting, facts=facts)
    if not parts:
        raise CannotTest("no image's label changes within reach")
    return Found(parts, "times", "ratios", "; ".join(notes), alike=False)


def ratio_bounds(
    left: np.ndarray, right: np.ndarray, farthest: float
) -> tuple[np.ndarray, np.ndarray]:
    """Between what values right / left lies (n,), where infinity says "longer than farthest"."""
    shortest = [np.minimum(side, farthest) for side in (left, right)]
    with np.errstate(divide="ignore"):
        return shortest[1] / left, right / shortest[0]


def limits(test: Test) -> tuple[float, float]:
    """Between which ratios two distances are alike; a factor stands for both sides."""
    lowest, highest = test.get("limits", (1 / test.get("factor", 1), test.get("factor", 1)))
    return lowest, highest


def alike_part(
    at_least: np.ndarray, at_most: np.ndarray, limits: tuple[float, float], parts: int
) -> Part:
    """The test of one median ratio, of one among so many parts."""
    lowest, highest = limits
    n = len(at_least)
    votes = np.stack(
        [at_most < highest, at_least > lowest, at_least > highest, at_most < lowest], 1
    )
    votes[:, 1] |= lowest <= 0  # a ratio is positive, however little is known of it
    below, above, farther, nearer = statistics.majority_p(votes.sum(0), n)
    p, against = max(below, above), min(farther, nearer)
    low, high = statistics.median_interval(at_least, at_most, ALPHA)
    # A distance beyond reach stands at the farthest found; the median seldom depends on it.
    middle = float(np.median(np.where(at_most < np.inf, at_most, at_least)))
    clear = CONTRADICTED if against < ALPHA / 2 / parts else INCONCLUSIVE
    verdict = SUPPORTED if p < ALPHA else clear
    if verdict == CONTRADICTED:
        p = 2 * parts * against

    def rule(p: np.ndarray) -> np.ndarray:
        said = p[:, :2].max(1) < ALPHA
        return said.astype(int) - (~said & (p[:, 2:].min(1) < ALPHA / 2 / parts))

    agrees = lowest < middle < highest
    return Part("", "", middle, 0, n=n, p=p, low=low, high=high, agrees=agrees, verdict=verdict,
                over=OVER_IMAGES, later=votes_rule(votes, rule))  # fmt: skip


def every_pair(test: Test, panel: Panel) -> list[tuple[np.ndarray, dict[str, Any]]]:
    """The pairs of every two sides that a test compares, as `compared` gives them.

    Raises:
        CannotTest: there is none at all.
    """
    found: list[tuple[np.ndarray, dict[str, Any]]] = []
    reason = CannotTest("it compares nothing")
    for sides in test.get("sides", [test]):
        try:
            found += compared({**test, **sides}, panel)[1]
        except CannotTest as missing:
            reason = missing
    if not found:
        raise reason
    return found


def rate_above(test: Test, panel: Panel, _: pd.DataFrame) -> Found:
    """Every cell's rate is held against a limit, with its Wilson interval and the exact binomial p.
    The claim is supported where every cell is significantly above, and contradicted where one is
    significantly below; otherwise it is inconclusive."""
    panel, limit = chosen(test, panel), test["percent"]
    parts = []
    for number, row in enumerate(panel.cells.to_dict("records")):
        words = {"label": f"{row['source']} → {row['target']}", "shown": f"{row['value']:g}"}
        part = Part(setting=place(row, row["method"]), effect=row["value"] - limit, **words)
        if panel.outcomes is not None:
            success = panel.outcomes[number][~np.isnan(panel.outcomes[number])] > 0
            if not len(success):
                parts.append(replace(part, effect=np.nan))
                continue
            p = statistics.rate_test(int(success.sum()), len(success), limit / 100)
            wilson = rate(int(success.sum()), len(success))
            low, high = (wilson[end] - limit for end in ("ci_low", "ci_high"))
            draws = panel.draws[:, number] - limit
            part = replace(part, n=len(success), p=p, draws=draws, low=low, high=high)
            part = replace(part, over=OVER_IMAGES)
        elif panel.draws is not None:
            draws = panel.draws[:, number] - limit
            part = replace(part, p=statistics.resampled_p(part.effect, draws), draws=draws)
        parts.append(part)
    return Found(parts, f"points from {limit}", "cells")


KINDS = (every, mean, most_pairs, within, alike, rate_above)
