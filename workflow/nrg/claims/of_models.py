"""Tests of sentences about models: their families, size, depth and error."""

from dataclasses import replace
from math import factorial, prod
from typing import Required

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import chi2_contingency

from nrg.analysis import statistics
from nrg.analysis.arrays import Floats
from nrg.analysis.panels import Panel
from nrg.claims.cells import (
    Selection,
    compare_cells,
    require_variation,
    select_cells,
    weigh_means,
    weigh_targets,
)
from nrg.claims.parts import CannotTest, Comparison, Over, Part, measure_effect
from nrg.claims.verdict_texts import describe_p
from nrg.claims.verdicts import ALPHA, Findings
from nrg.study.exhibits import label_exhibit, label_method
from nrg.study.sources import label_network, mlp_depth

Families = npt.NDArray[np.str_]


class Named(Selection, total=False):
    """Keys: named, the source, or the family, that the sentence singles out."""

    named: Required[str]


def kinship(test: Named, panel: Panel, models: pd.DataFrame) -> Findings:
    """The test is of each source's mean rate on the other targets of its family minus that on all
    other targets, averaged over sources. Its interval and Student's p are from the bootstrap over
    images: they say what other images would give with the same models. The claim is supported
    if the mean is significantly positive with every method, and contradicted if it is significantly
    negative with one; otherwise it is inconclusive."""
    panel = require_variation(select_cells(test, panel))
    of_source, of_target = (
        models["family"].reindex(panel.cells[end]).to_numpy() for end in ("source", "target")
    )
    parts, note = [], ""
    for (exhibit, method), cells in panel.cells.groupby(["exhibit", "method"], sort=False):
        per_source = []
        for _, own in cells.groupby("source"):
            kin = own.index[of_source[own.index] == of_target[own.index]]
            strangers = own.index.difference(kin)
            if len(kin) and len(strangers):
                per_source.append(weigh_means(panel, kin, strangers))
        if not per_source:
            raise CannotTest("no source has a model of its family among the targets")
        label, weights = f"mean of {len(per_source)} sources", np.mean(per_source, axis=0)
        comparison = compare_cells(test, {"exhibit": exhibit}, label, weights, [str(method)])
        parts.append(measure_effect(panel, comparison))
    named = panel.values[(of_source == test["named"]) & (of_target == test["named"])]
    if len(named):
        note = f"between the {test['named']} models {named.min():.1f} to {named.max():.1f} %"
    return Findings(parts, noun="methods", note=note)


def target_size(test: Selection, panel: Panel, models: pd.DataFrame) -> Findings:
    """The test is of Spearman's ρ between a target's number of parameters and how well it
    withstands attacks (minus its mean success rate from sources of other families). Targets are
    ranked within families, so that kinship with a source is not mistaken for size. The p-value
    shuffles models within families; the interval resamples images. If p is below 0.05, the claim is
    supported by a positive ρ and contradicted by a negative one; otherwise it is inconclusive."""
    if "parameters" not in models:
        raise CannotTest("the models' parameters are not known")
    panel = require_variation(select_cells(test, panel))
    targets, weights = weigh_targets(panel, models["family"])
    parameters = models["parameters"].reindex(targets).to_numpy(float)
    families = models["family"].reindex(targets).to_numpy(str)
    members = pd.Series(families).value_counts()
    kin = members[families].to_numpy() > 1
    if 2 / count_orders(families) > ALPHA:
        raise CannotTest("the families have too few models to rank them by size")
    score, draws = panel.values @ weights[kin].T, panel.draws @ weights[kin].T

    def rho(y: Floats) -> Floats:
        return statistics.rank_correlation(parameters[kin], y, families[kin])

    if np.isnan(rho(score)):
        raise CannotTest("the models of a family do not differ in size or in success")
    names = [target for target, has_kin in zip(targets, kin, strict=True) if has_kin]
    low, high = statistics.interval(rho(draws), ALPHA, len(panel.units))
    part = Part(
        "targets within families",
        "",
        float(rho(score)),
        direction=-1,
        n=len(names),
        p=statistics.permutation_p(rho, score, families[kin], names),
        draws=rho(draws),
        low=low,
        high=high,
        over=Over.MODELS,
    )
    one_family = np.zeros(len(targets))
    overall = statistics.rank_correlation(parameters, panel.values @ weights.T, one_family)
    note = f"over all {len(targets)} targets ρ is {overall:+.2f}".replace("-", "−")
    return Findings([part], "ρ", "rankings", note)


def capacity(test: Selection, panel: Panel, models: pd.DataFrame) -> Findings:
    """For every attack and target the ranks of the sources' success are regressed on the ranks of
    their test errors and of their numbers of parameters. Models are ranked within families, because
    the members of a family are more alike than other models. The signs of the coefficients are
    turned, so that plus means that a smaller error, or fewer parameters, goes with more success.
    The p-value shuffles models within families (Freedman and Lane, of the coefficient divided by
    its error); the interval resamples images. The claim is supported if every coefficient is
    significantly positive, and contradicted if one is significantly negative; otherwise it is
    inconclusive. It is not tested where no order of so few models would be significant, or where
    error and size order the models of every family in the same or the opposite way, because then
    nobody can tell which of the two matters."""
    panel = require_variation(select_cells(test, panel))
    if not {"top1_error", "parameters"} <= set(models):
        raise CannotTest("the models' errors or parameters are not known")
    groups = list(panel.cells.groupby(["exhibit", "method", "target"], sort=False))
    correlations, parts = [], []
    for _, cells in groups:
        x = models.reindex(cells["source"])[["top1_error", "parameters"]].to_numpy(float).T
        if len(cells) < 5 or np.isnan(x).any() or any(len(np.unique(row)) < 2 for row in x):
            raise CannotTest("there are too few sources, or they do not differ in error and size")
        values = panel.values[cells.index]
        if values.min() == values.max():
            raise CannotTest("all sources have the same success, so nothing can be ranked")
        one_family = np.zeros(len(cells))
        correlations.append([statistics.rank_correlation(r, values, one_family) for r in x])
    error, parameters = np.mean(correlations, axis=0)
    note = f"Spearman’s ρ of success is {error:+.2f} with error, and {parameters:+.2f} with size"
    note = note.replace("-", "−")
    for (exhibit, method, target), cells in groups:
        sources = list(cells["source"])
        known = models.reindex(sources)
        x = known[["top1_error", "parameters"]].to_numpy(float).T
        families = known["family"].to_numpy(str)
        if reason := why_untestable(x, families, 2 * len(groups)):
            raise CannotTest(f"{reason}; over all sources, where there is no p, {note}")
        values, draws = panel.values[cells.index], panel.draws[:, cells.index]
        effects, spread = (statistics.rank_regression(x, y, families) for y in (values, draws))
        p = statistics.regression_p(x, values, families, sources)
        where = label_exhibit(str(exhibit))
        for number, variable in enumerate(("error", "parameters")):
            low, high = statistics.interval(spread[:, number], ALPHA, len(panel.units))
            parts.append(
                Part(
                    f"{label_method(str(method))} → {target}",
                    f"{where}, {variable}",
                    float(effects[number]),
                    direction=-1,
                    exhibit=where,
                    n=len(sources),
                    p=float(p[number]),
                    draws=spread[:, number],
                    low=low,
                    high=high,
                    over=Over.MODELS,
                )
            )
    reservation = why_errors_are_alike(models.reindex(panel.cells["source"].unique()))
    note = f"over all sources {note}"
    return Findings(parts, "ρ", "coefficients", note, reservation=reservation)


def why_errors_are_alike(models: pd.DataFrame) -> str:
    """Say why the errors of models cannot be told apart; empty if they can, or if n is not known.

    By the χ² test of one rate for all, at 5 %. It takes the images of different models as
    different ones; of the same images it is cautious.

    Args:
        models: top1_error, in percent of n images.
    """
    if "n" not in models:
        return ""
    images = models["n"].to_numpy(int)
    wrong = np.rint(models["top1_error"].to_numpy(float) * images / 100).astype(int)
    counts = np.array([wrong, images - wrong])
    p = float(chi2_contingency(counts).pvalue) if counts.any(1).all() else 1.0
    if p < ALPHA:
        return ""
    return (
        f"The sources’ errors cannot be told apart ({wrong.min()} to {wrong.max()} of "
        f"{images.max():,} images, {describe_p(p)}), so this run cannot say "
        "what a smaller error does."
    )


def count_orders(families: Families) -> int:
    """Count the ways to shuffle models within their families, (models,)."""
    return prod(factorial(number) for number in pd.Series(families).value_counts())


def why_untestable(x: Floats, families: Families, parts: int) -> str:
    """Say why error and size cannot be tested within families; empty if they can.

    Args:
        x: error and size, (2, models).
        parts: how many p the claim has.
    """
    members = pd.Series(families).value_counts()
    between = f"there are only {len(members)} families to compare with one another"
    if parts / count_orders(families) > ALPHA or (members - 1).sum() <= len(x):
        return f"the families have too few models for any order to be significant, and {between}"
    error, size = statistics.centred_ranks(x, families)
    if not error.any() or not size.any():
        return "the models of a family do not differ in error or in size"
    if abs(error @ size) > (1 - 1e-9) * np.sqrt((error @ error) * (size @ size)):
        way = "falls" if error @ size < 0 else "rises"
        return (
            f"within every family the error {way} as the size grows, so that the two cannot be "
            f"told apart there, and {between}"
        )
    return ""


def shallow_versus_deep(test: Selection, panel: Panel, _: pd.DataFrame) -> Findings:
    """For every optimiser the test is of the mean rate of the shallowest source minus that of the
    deepest, on the targets that are neither, with Student's interval and p over seeds of training.
    The claim is supported if the difference is significantly positive for every optimiser, and
    contradicted if it is significantly negative for one; otherwise it is inconclusive."""
    panel = require_variation(select_cells(test, panel))
    cells = panel.cells
    recipe = cells["optimiser"].fillna("") if "optimiser" in cells else pd.Series("", cells.index)
    parts = []
    for optimiser, of_recipe in cells.groupby(recipe):
        names = sorted(of_recipe["source"].unique(), key=mlp_depth)
        if len(names) < 3:
            raise CannotTest("there is no third depth to attack from the shallowest and deepest")
        shallow, deep = names[0], names[-1]
        between = of_recipe[~of_recipe["target"].isin([shallow, deep])]
        ends = (between.index[between["source"] == name] for name in (shallow, deep))
        weights = weigh_means(panel, *ends)
        used = weights != 0
        part = Part(
            f"{label_network(shallow)} against {label_network(deep)}",
            label_method(str(optimiser)),
            float(panel.values[used] @ weights[used]),
        )
        if panel.outcomes is not None:
            seeds = weights[used] @ panel.outcomes[used]
            seeds = seeds[~np.isnan(seeds)]
            effect = float(seeds.mean()) if len(seeds) else np.nan
            low, high, p = statistics.student(seeds, ALPHA)
            part = replace(part, effect=effect, n=len(seeds), p=p, low=low, high=high)
            part = replace(part, over=Over.SEEDS)
        parts.append(part)
    return Findings(parts, noun="optimisers")


def worst_source(test: Named, panel: Panel, _: pd.DataFrame) -> Findings:
    """The test is of the mean rate of every other source minus that of the source that the sentence
    names, over all methods and the targets that are neither of the two. Its interval and Student's
    p are from the bootstrap over images: they say what other images would give with the same
    models. The claim is supported if the named source is significantly lower than every other, and
    contradicted if it is significantly higher than one; otherwise it is inconclusive."""
    panel, name = require_variation(select_cells(test, panel)), test["named"]
    others = [source for source in panel.cells["source"].unique() if source != name]
    if name not in set(panel.cells["source"]) or not others:
        raise CannotTest(f"{name} is not a source here, or the only one")
    parts = []
    for other in others:
        third = ~panel.cells["target"].isin([name, other])
        ends = [panel.cells.index[third & (panel.cells["source"] == s)] for s in (name, other)]
        if not all(map(len, ends)):
            raise CannotTest("there is no third model to attack from two sources")
        label, weights = f"{name} against {other}", weigh_means(panel, *ends)
        parts.append(measure_effect(panel, Comparison(weights, label, direction=-1)))
    return Findings(parts, noun="sources")


KINDS = (kinship, target_size, capacity, shallow_versus_deep, worst_source)
