"""Tests of sentences that compare pairs of cells, or a cell with a limit."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Required

import numpy as np
import pandas as pd

from nrg.analysis import statistics
from nrg.analysis.arrays import Floats
from nrg.analysis.metrics import rate
from nrg.analysis.panels import Panel
from nrg.claims.cells import (
    Choice,
    Pairs,
    Selection,
    Sides,
    Test,
    compare_pairs,
    describe_setting,
    name_exhibits,
    pair_cells,
    require_images,
    require_outcomes,
    select_cells,
)
from nrg.claims.parts import UNKNOWN, CannotTest, Codes, Comparison, Over, Part, measure_effect
from nrg.claims.units_needed import as_codes, make_margin_rule, make_share_rule, make_votes_rule
from nrg.claims.verdict_texts import label_mean
from nrg.claims.verdicts import (
    ALPHA,
    CONTRADICTED,
    INCONCLUSIVE,
    SUPPORTED,
    Findings,
    find_smallest_n,
    judge_margin,
)
from nrg.study.exhibits import join_words, label_exhibit


class Mean(Selection, total=False):
    """Keys: as `Pairs`, or `sides`, a list of lefts and rights whose pairs are averaged together;
    label, of the mean; each, the columns by whose values there is a mean each; gradients, "equal"
    for only such pairs as cost equally many."""

    left: Choice
    right: Choice
    sides: Sequence[Mapping[str, Choice]]
    direction: int
    label: str
    each: Sequence[str]
    gradients: str


class Every(Pairs, total=False):
    """Keys: unit, of the difference."""

    unit: str


class Within(Sides, total=False):
    """Keys: margin, its lowest and highest value, of which one may be infinite."""

    margin: Required[Sequence[float]]


class Alike(Sides, total=False):
    """Keys: factor, by which the two distances may differ either way; or limits, of their ratio."""

    factor: float
    limits: Sequence[float]


class RateAbove(Selection, total=False):
    """Keys: percent, above which every rate is said to lie."""

    percent: Required[float]


def every(test: Every, panel: Panel, _: pd.DataFrame) -> Findings:
    """Every pair is tested by its difference over the same images, with McNemar's exact p. Where
    outcomes are not yes or no, the p-value is Student's with the bootstrap's standard error; where
    the two cells have different images, it is that of two rates after Agresti and Caffo. The claim
    is supported if every pair agrees significantly with the sentence, and contradicted if one
    significantly disagrees; otherwise it is inconclusive. The interval of the mean resamples the
    images of all pairs together."""
    panel, comparisons = compare_pairs(test, panel)
    return Findings([measure_effect(panel, one) for one in comparisons], test.get("unit", "points"))


def mean(test: Mean, panel: Panel, _: pd.DataFrame) -> Findings:
    """The test is of the mean over pairs of the difference on the same images, for all pairs or
    for each group that the test names. Its interval and Student's p are from the bootstrap over
    images; the pairs are held fixed. Where the test asks for equal gradients, only those pairs
    count whose two attacks take equally many input gradients per image. The claim is supported if
    every mean agrees significantly with the sentence, and contradicted if one significantly
    disagrees; otherwise it is inconclusive. The size of the mean is reported and not judged."""
    panel = select_cells(test, panel)
    comparisons = compare_all_sides(test, panel)
    cells, each = panel.cells, test.get("each", [])
    cost = "equally many gradients" if test.get("gradients") == "equal" else ""
    if cost:
        gradients = cells.get("gradients", pd.Series(np.nan, cells.index)).to_numpy(float)
        comparisons = [one for one in comparisons if one.weights @ gradients == 0]
    if not comparisons:
        raise CannotTest("no two attacks that the sentence compares take equally many gradients")
    rows = cells[each].to_dict("records")
    groups: dict[tuple[Hashable, ...], list[Comparison]] = {}
    for one in comparisons:
        key = tuple(rows[int(one.weights.argmax())].values())
        groups.setdefault(key, []).append(one)
    parts = []
    for key, members in groups.items():
        weights = np.mean([one.weights for one in members], axis=0)
        group = dict(zip(each, key, strict=True))
        exhibit = join_words(map(label_exhibit, dict.fromkeys(cells["exhibit"][weights != 0])))
        setting = ", ".join(filter(None, [exhibit, describe_setting(test, group), cost]))
        label = test.get("label") or str(group.get("target", label_mean(len(members))))
        direction = test.get("direction", 1)
        part = measure_effect(panel, Comparison(weights, label, setting, exhibit, "", direction))
        facts = {"pairs": len(members), "gradients": test.get("gradients", "as printed")}
        if part.n is None:  # print does not say how its cells vary together
            part = replace(part, p=np.nan, draws=UNKNOWN)
        parts.append(replace(part, facts=facts))
    return Findings(parts, noun="means", averages=False)


def compare_all_sides(test: Test, panel: Panel) -> list[Comparison]:
    """Compare the pairs of every two sides that a test names.

    Raises:
        CannotTest: there is no pair at all.
    """
    comparisons: list[Comparison] = []
    reason = CannotTest("it compares nothing")
    for sides in test.get("sides", [test]):
        try:
            comparisons += compare_pairs({**test, **sides}, panel)[1]
        except CannotTest as missing:
            reason = missing
    if not comparisons:
        raise reason
    return comparisons


def most_pairs(test: Pairs, panel: Panel, _: pd.DataFrame) -> Findings:
    """The test is of the share of pairs that agree with the sentence, with a 95 % interval from the
    bootstrap over images; a tie counts as half a pair. The claim is supported if the interval lies
    above one half, and contradicted if it lies below; otherwise it is inconclusive."""
    panel, comparisons = compare_pairs(test, require_images(panel))
    every_part = [measure_effect(panel, one) for one in comparisons]
    parts = [part for part in every_part if not np.isnan(part.effect)]
    if not parts:
        raise CannotTest("no image is left to compare")
    n = find_smallest_n(parts)

    def share(effects: Floats) -> Floats:
        percent: Floats = 50 + 50 * np.sign(effects * parts[0].direction).mean(-1)
        return percent

    value = float(share(np.array([part.effect for part in parts])))
    draws = np.stack([part.draws for part in parts], -1)
    low, high = statistics.interval(share(draws), ALPHA, n)
    imagine = make_share_rule(parts, share, lambda runs: statistics.interval(runs, ALPHA, n))
    return Findings(every_part, share=(value, low, high), imagine=imagine)


def within(test: Within, panel: Panel, _: pd.DataFrame) -> Findings:
    """This is for sentences that deny a difference. The mean difference, with its 95 % interval
    from the bootstrap over images, is compared with a margin that was set beforehand and may be
    open on one side. These are two one-sided tests at 2.5 % each. The claim is supported if the
    interval lies within the margin, and contradicted if the interval at 95 % for all parts together
    lies outside. Otherwise it is inconclusive, because absence of evidence is not evidence of
    absence. It is also inconclusive if all images have the same outcome, because then the bootstrap
    shows no spread."""
    panel, comparisons = compare_pairs(test, panel)
    lowest, highest = test["margin"]
    groups: dict[str, list[Comparison]] = {}
    for one in comparisons:
        groups.setdefault(one.setting, []).append(one)
    parts = []
    for members in groups.values():
        label = members[0].label if len(members) == 1 else label_mean(len(members))
        weights = np.mean([one.weights for one in members], axis=0)
        together = replace(members[0], weights=weights, label=label, shown="", direction=0)
        part = judge_margin(measure_effect(panel, together), (lowest, highest), len(groups))
        parts.append(replace(part, imagine=make_margin_rule(part, lowest, highest)))
    return Findings(parts, noun="differences", margin=(lowest, highest))


def alike(test: Alike, panel: Panel, _: pd.DataFrame) -> Findings:
    """This is for sentences that call two distances alike. The median over images of the ratio of
    the two distances is compared with a factor that was set beforehand for either side, or with
    limits of which the lower one may be zero, by two exact one-sided sign tests at 5 % each. A
    distance beyond reach is only known to be longer than any that was found. It counts for or
    against a sentence only where this is enough, and images where both distances are beyond reach
    are left out and counted. The interval is the exact one of a median. The claim is supported if
    both tests are significant, and contradicted if the median is significantly outside the factor,
    at 5 % for both sides and all parts together; otherwise it is inconclusive. The p-value is the
    larger one of the two tests; where the claim is contradicted, it is that of the
    contradiction."""
    panel = select_cells(test, panel)
    outcomes = require_outcomes(panel, "distances are not printed")
    factor = test.get("factor", 1)
    lowest, highest = test.get("limits", (1 / factor, factor))
    table, parts, notes = pair_cells(test, panel), [], []
    for row in table.to_dict("records"):
        left, right = (outcomes[row[side]].astype(float) for side in ("left", "right"))
        known = ~np.isnan(left) & ~np.isnan(right)
        used = known & ~(np.isinf(left) & np.isinf(right))
        label, left_out = row["target"], int((known & ~used).sum())
        setting = describe_setting(test, row, row["method_left"], row["method"])
        if left_out:
            cell = f"{label}, {setting}"
            notes.append(
                f"{cell}: {left_out} of {known.sum()} images left out, because both distances are "
                "beyond reach"
            )
        if not used.any():
            continue
        of_exhibit = outcomes[(panel.cells["exhibit"] == row["exhibit"]).to_numpy()]
        farthest = float(of_exhibit[np.isfinite(of_exhibit)].max())
        at_least, at_most = bound_ratios(left[used], right[used], farthest)
        part = judge_ratio(at_least, at_most, (lowest, highest), len(table))
        beyond = int((used & (left + right == np.inf)).sum())
        facts = {"left_out": left_out, "beyond_reach": beyond}
        exhibit = name_exhibits(row)
        parts.append(replace(part, label=label, setting=setting, exhibit=exhibit, facts=facts))
    if not parts:
        raise CannotTest("no image's label changes within reach")
    return Findings(parts, "times", "ratios", "; ".join(notes), averages=False)


def bound_ratios(left: Floats, right: Floats, farthest: float) -> tuple[Floats, Floats]:
    """Bound right / left, (n,), where infinity means "longer than farthest"; pixels.

    Returns:
        The ratio's lower and upper bounds, (n,).
    """
    shortest = [np.minimum(side, farthest) for side in (left, right)]
    with np.errstate(divide="ignore"):
        return shortest[1] / left, right / shortest[0]


def judge_ratio(at_least: Floats, at_most: Floats, limits: tuple[float, float], parts: int) -> Part:
    """Judge whether the median of ratios lies within limits.

    Args:
        at_least, at_most: bounds of each ratio, (n,).
        parts: how many parts the claim has.

    Returns:
        A part without label and setting.
    """
    lowest, highest = limits
    n = len(at_least)
    votes = np.stack(
        [at_most < highest, at_least > lowest, at_least > highest, at_most < lowest], 1
    )
    votes[:, 1] |= lowest <= 0  # a ratio is positive, however little is known of it
    below, above, farther, nearer = map(float, statistics.majority_p(votes.sum(0), n))
    p, against = max(below, above), min(farther, nearer)
    low, high = statistics.median_interval(at_least, at_most, ALPHA)
    # A distance beyond reach stands at the farthest found; the median seldom depends on it.
    middle = float(np.median(np.where(at_most < np.inf, at_most, at_least)))
    outside = against < ALPHA / 2 / parts
    verdict = SUPPORTED if p < ALPHA else CONTRADICTED if outside else INCONCLUSIVE
    if verdict == CONTRADICTED:
        p = 2 * parts * against

    def rule(p: Floats) -> Codes:
        inside = p[:, :2].max(1) < ALPHA
        return as_codes(inside, ~inside & (p[:, 2:].min(1) < ALPHA / 2 / parts))

    return Part(
        label="",
        setting="",
        effect=middle,
        direction=0,
        n=n,
        p=p,
        low=low,
        high=high,
        agrees=lowest < middle < highest,
        verdict=verdict,
        over=Over.IMAGES,
        imagine=make_votes_rule(votes, rule),
    )


def rate_above(test: RateAbove, panel: Panel, _: pd.DataFrame) -> Findings:
    """Every cell's rate is compared with a limit, with Wilson's interval and the exact binomial p.
    The claim is supported if every rate is significantly above the limit, and contradicted if one
    is significantly below; otherwise it is inconclusive."""
    panel, limit = select_cells(test, panel), test["percent"]
    parts = []
    for number, row in enumerate(panel.cells.to_dict("records")):
        draws = panel.draws[:, number] - limit
        part = Part(
            label=f"{row['source']} → {row['target']}",
            setting=describe_setting(test, row, row["method"]),
            effect=row["value"] - limit,
            exhibit=name_exhibits(row),
            shown=f"{row['value']:g}",
            draws=draws,
        )
        if panel.outcomes is None:
            parts.append(replace(part, p=statistics.resampled_p(part.effect, draws)))
            continue
        success = panel.outcomes[number][~np.isnan(panel.outcomes[number])] > 0
        if not len(success):
            parts.append(replace(part, effect=np.nan))
            continue
        successes, n = int(success.sum()), len(success)
        wilson = rate(successes, n)
        parts.append(
            replace(
                part,
                n=n,
                p=statistics.rate_test(successes, n, limit / 100),
                low=wilson["ci_low"] - limit,
                high=wilson["ci_high"] - limit,
                over=Over.IMAGES,
            )
        )
    return Findings(parts, f"points from {limit} %", "cells")


KINDS = (every, mean, most_pairs, within, alike, rate_above)
