"""The tests of the paper's sentences: each kind of test, and the rule of its verdict.

A test sees a panel of cells, never the paper's numbers beside them; the paper's own tables, which
come without images, go through the same tests as another panel. The docstring of a kind is its
rule, as the ledger prints it. Throughout, a part is significant if its p is below 0.05 after Holm's
adjustment over all parts of the claim.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from math import factorial, prod
from typing import Any

import numpy as np
import pandas as pd

from nrg import statistics
from nrg.contrasts import (
    AXES,
    KEYS,
    CannotTest,
    Part,
    Test,
    chosen,
    compared,
    contrast,
    curves,
    place,
    target_means,
    varied,
)
from nrg.exhibits import exhibit_label, method_label
from nrg.metrics import rate
from nrg.outcomes import Panel
from nrg.sources import network_label
from nrg.verdicts import (
    ALPHA,
    CONTRADICTED,
    INCONCLUSIVE,
    SUPPORTED,
    Found,
    Verdict,
    concluded,
    settled,
)


def judge(tests: Sequence[Test], panel: Panel, models: pd.DataFrame) -> Verdict:
    """Carry out a claim's tests together, as one family.

    Args:
        models: family, parameters, top1_error of every model, its name the index.

    Raises:
        CannotTest: the panel does not hold what a test needs.
    """
    return concluded([KINDS[test["kind"]](test, panel, models) for test in tests])


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
    if panel.outcomes is not None:
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
        if part.draws is None:
            verdict = SUPPORTED if lowest < part.effect < highest else CONTRADICTED
        else:
            low, high = statistics.interval(part.draws, ALPHA)
            clear = CONTRADICTED if low >= highest or high <= lowest else INCONCLUSIVE
            verdict = SUPPORTED if lowest < low < high < highest else clear
        agrees = lowest < part.effect < highest
        parts.append(replace(part, p=np.nan, agrees=agrees, verdict=verdict))
    return Found(parts, noun="differences")


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


def kinship(test: Test, panel: Panel, models: pd.DataFrame) -> Found:
    """Each source's mean rate on the other targets of its family less that on all other targets,
    averaged over sources, with an interval and a p from the bootstrap over images. Supported where
    it is significantly positive with every method; contradicted where it is significantly negative
    with one; else inconclusive."""
    panel = varied(chosen(test, panel))
    family = models["family"]
    own, other = (family.reindex(panel.cells[end]).to_numpy() for end in ("source", "target"))
    parts, note = [], ""
    for (exhibit, method), cells in panel.cells.groupby(["exhibit", "method"], sort=False):
        rows = []
        for _, mine in cells.groupby("source"):
            mates = mine.index[own[mine.index] == other[mine.index]]
            strangers = mine.index.difference(mates)
            if len(mates) and len(strangers):
                weights = np.zeros(len(panel.cells))
                weights[mates], weights[strangers] = 1 / len(mates), -1 / len(strangers)
                rows.append(weights)
        if not rows:
            raise CannotTest("no source has a model of its family among the targets")
        words = {
            "label": f"mean of {len(rows)} sources",
            "setting": place({"exhibit": exhibit}, method),
        }
        parts.append(contrast(panel, np.mean(rows, axis=0), **words))
    named = panel.values[(own == test["named"]) & (other == test["named"])]
    if len(named):
        note = f"between the {test['named']} models {named.min():.1f} to {named.max():.1f} %"
    return Found(parts, noun="methods", note=note)


def size(test: Test, panel: Panel, models: pd.DataFrame) -> Found:
    """Spearman's ρ of the targets' parameters with their mean success rate, ranked within families
    (each source and method less its own mean, for no source attacks itself). The p shuffles models
    within families; the interval resamples images. Supported or contradicted where p is below 0.05,
    by the sign of ρ; else inconclusive."""
    if "parameters" not in models:
        raise CannotTest("the models' parameters are not known")
    panel = varied(chosen(test, panel))
    targets, weights = target_means(panel)
    parameters = models["parameters"].reindex(targets).to_numpy(float)
    families = models["family"].reindex(targets).to_numpy(str)
    sizes = pd.Series(families).value_counts()
    kin = sizes[families].to_numpy() > 1
    if 2 / prod(map(factorial, sizes)) > ALPHA:
        raise CannotTest("the families have too few models to rank them by size")
    score, draws = panel.values @ weights[kin].T, panel.draws @ weights[kin].T

    def rho(y: np.ndarray) -> np.ndarray:
        return statistics.rank_correlation(parameters[kin], y, families[kin])

    if np.isnan(rho(score)):
        raise CannotTest("the models of a family do not differ in size or in success")
    names = [target for target, has in zip(targets, kin, strict=True) if has]
    part = Part(
        "targets within families", "", float(rho(score)), -1, n=len(names), draws=rho(draws),
        p=statistics.permutation_p(rho, score, families[kin], names),
    )  # fmt: skip
    together = np.zeros(len(targets))
    over = statistics.rank_correlation(parameters, panel.values @ weights.T, together)
    note = f"over all {len(targets)} targets ρ is {over:+.2f}".replace("-", "−")
    return Found([part], "ρ", "rankings", note)


def capacity(test: Test, panel: Panel, models: pd.DataFrame) -> Found:
    """For every attack and target the regression of the ranks of the sources' success on those of
    their test error and of their parameters. The p shuffles models (Freedman and Lane); the
    interval resamples images. Supported where every coefficient is significantly negative;
    contradicted where one is significantly positive; else inconclusive."""
    panel = varied(chosen(test, panel))
    parts, correlations = [], []
    for (exhibit, method, target), cells in panel.cells.groupby([*KEYS[:2], "target"], sort=False):
        sources = list(cells["source"])
        x = models.reindex(sources)[["top1_error", "parameters"]].to_numpy(float).T
        if len(sources) < 5 or np.isnan(x).any() or any(len(np.unique(row)) < 2 for row in x):
            raise CannotTest("there are too few sources, or they do not differ in error and size")
        values, draws = panel.values[cells.index], panel.draws[:, cells.index]
        if values.min() == values.max():
            raise CannotTest("all sources have the same success, so nothing can be ranked")
        effects, spread = (statistics.rank_regression(x, y) for y in (values, draws))
        p = statistics.regression_p(x, values, sources)
        together = np.zeros(len(sources))
        correlations.append([statistics.rank_correlation(r, values, together) for r in x])
        for place_, name in enumerate(("error", "parameters")):
            parts.append(
                Part(f"{method_label(method)} → {target}", f"{exhibit_label(exhibit)}, {name}",
                     float(effects[place_]), -1,
                     n=len(sources), p=float(p[place_]), draws=spread[:, place_])
            )  # fmt: skip
    error, parameters = np.mean(correlations, axis=0)
    note = f"Spearman's ρ is {error:+.2f} with error and {parameters:+.2f} with size, on average"
    note = note.replace("-", "−")
    return Found(parts, "ρ", "coefficients", note)


def depth(test: Test, panel: Panel, _: pd.DataFrame) -> Found:
    """For every training recipe the mean rate of the shallowest source less that of the deepest, on
    the targets that are neither, with Student's interval and p over seeds. Supported where every
    recipe's is significantly positive; contradicted where one is significantly negative; else
    inconclusive."""
    panel = varied(chosen(test, panel))
    cells = panel.cells.assign(optimiser=panel.cells.get("optimiser", "")).fillna("")
    parts = []
    for optimiser, own in cells.groupby("optimiser"):
        names = sorted(own["source"].unique(), key=lambda name: int(name.partition("_d")[2]))
        if len(names) < 3:
            raise CannotTest("there is no third depth to attack from the shallowest and deepest")
        others = own[~own["target"].isin([names[0], names[-1]])]
        weights = np.zeros(len(cells))
        for name, sign in ((names[0], 1), (names[-1], -1)):
            mine = others.index[others["source"] == name]
            weights[mine] = sign / len(mine)
        label = " against ".join(network_label(names[end]) for end in (0, -1))
        words = {"label": label, "setting": method_label(str(optimiser))}
        part = Part(effect=float(panel.values @ weights), **words)
        if panel.outcomes is not None:
            used = weights != 0
            seeds = weights[used] @ panel.outcomes[used]
            seeds = seeds[~np.isnan(seeds)]
            low, high, p = statistics.student(seeds, ALPHA)
            part = replace(part, n=len(seeds), p=p, low=low, high=high)
        parts.append(part)
    return Found(parts, noun="recipes")


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
        parts.append(part)
    return Found(parts, f"points from {limit}", "cells")


def worst(test: Test, panel: Panel, _: pd.DataFrame) -> Found:
    """The mean rate of the source that the sentence names less that of every other source, over all
    methods and the targets that are neither, with an interval and a p from the bootstrap over
    images. Supported where it is significantly lower than every other; contradicted where it is
    significantly higher than one; else inconclusive."""
    panel, name = varied(chosen(test, panel)), test["named"]
    sources = [source for source in panel.cells["source"].unique() if source != name]
    if name not in set(panel.cells["source"]) or not sources:
        raise CannotTest(f"{name} is not a source here, or the only one")
    parts = []
    for source in sources:
        common = ~panel.cells["target"].isin([name, source])
        weights = np.zeros(len(panel.cells))
        for own, sign in ((name, 1), (source, -1)):
            mine = (common & (panel.cells["source"] == own)).to_numpy()
            if not mine.any():
                raise CannotTest("there is no third model to attack from two sources")
            weights[mine] = sign / mine.sum()
        parts.append(contrast(panel, weights, label=f"{name} against {source}", setting="",
                              direction=-1))  # fmt: skip
    return Found(parts, noun="sources")


KINDS: dict[str, Callable[[Test, Panel, pd.DataFrame], Found]] = {
    function.__name__: function
    for function in (every, most, within, trend, peak, kinship, size, capacity, depth, above, worst)
}
