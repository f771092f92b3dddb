"""Tests of sentences about models: their families, size, depth and error."""

from dataclasses import replace
from math import factorial, prod

import numpy as np
import pandas as pd

from nrg.analysis import statistics
from nrg.analysis.panels import Panel
from nrg.claims.contrasts import (
    KEYS,
    CannotTest,
    Part,
    Test,
    chosen,
    contrast,
    place,
    target_means,
    varied,
)
from nrg.claims.verdicts import ALPHA, Found
from nrg.study.exhibits import exhibit_label, method_label
from nrg.study.sources import network_label

OVER_MODELS = "p: models within families, images held fixed; interval: images, models held fixed"
OVER_SEEDS = "seeds of training; images and depths held fixed"


def kinship(test: Test, panel: Panel, models: pd.DataFrame) -> Found:
    """What is tested is each source's mean rate on the other targets of its family minus that on
    all other targets, averaged over sources. Its interval and Student's p are from the bootstrap
    over images, so they say what other images would give with these very models. The claim is
    supported where it is significantly positive with every method, and contradicted where it is
    significantly negative with one; otherwise it is inconclusive."""
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


def target_size(test: Test, panel: Panel, models: pd.DataFrame) -> Found:
    """What is tested is Spearman's ρ of the targets' parameters with their mean success rate from
    sources of other families, ranked within families, so that kinship with a source is not mistaken
    for size. The p shuffles models within families; the interval resamples images. The claim is
    supported or contradicted where p is below 0.05, by the sign of ρ; otherwise it is
    inconclusive."""
    if "parameters" not in models:
        raise CannotTest("the models' parameters are not known")
    panel = varied(chosen(test, panel))
    targets, weights = target_means(panel, models["family"])
    parameters = models["parameters"].reindex(targets).to_numpy(float)
    families = models["family"].reindex(targets).to_numpy(str)
    sizes = pd.Series(families).value_counts()
    kin = sizes[families].to_numpy() > 1
    if 2 / orders(families) > ALPHA:
        raise CannotTest("the families have too few models to rank them by size")
    score, draws = panel.values @ weights[kin].T, panel.draws @ weights[kin].T

    def rho(y: np.ndarray) -> np.ndarray:
        return statistics.rank_correlation(parameters[kin], y, families[kin])

    if np.isnan(rho(score)):
        raise CannotTest("the models of a family do not differ in size or in success")
    names = [target for target, has in zip(targets, kin, strict=True) if has]
    low, high = statistics.interval(rho(draws), ALPHA, len(panel.units))
    part = Part(
        "targets within families", "", float(rho(score)), -1, n=len(names), draws=rho(draws),
        low=low, high=high, p=statistics.permutation_p(rho, score, families[kin], names),
        over=OVER_MODELS,
    )  # fmt: skip
    together = np.zeros(len(targets))
    over = statistics.rank_correlation(parameters, panel.values @ weights.T, together)
    note = f"over all {len(targets)} targets ρ is {over:+.2f}".replace("-", "−")
    return Found([part], "ρ", "rankings", note)


def capacity(test: Test, panel: Panel, models: pd.DataFrame) -> Found:
    """For every attack and target the ranks of the sources' success are regressed on those of their
    test error and of their parameters, all ranked within families, because the models of a family
    are more alike than others. The p shuffles models within families (Freedman and Lane, of the
    coefficient over its error); the interval resamples images. The claim is supported where every
    coefficient is significantly negative, and contradicted where one is significantly positive;
    otherwise it is inconclusive. It is not tested where no order of so few models would be
    significant, or where error and size order the models of every family alike or in reverse, so
    that nobody can tell which of them matters."""
    panel = varied(chosen(test, panel))
    if not {"top1_error", "parameters"} <= set(models):
        raise CannotTest("the models' errors or parameters are not known")
    groups = list(panel.cells.groupby([*KEYS[:2], "target"], sort=False))
    correlations, parts = [], []
    for _, cells in groups:
        x = models.reindex(cells["source"])[["top1_error", "parameters"]].to_numpy(float).T
        if len(cells) < 5 or np.isnan(x).any() or any(len(np.unique(row)) < 2 for row in x):
            raise CannotTest("there are too few sources, or they do not differ in error and size")
        values = panel.values[cells.index]
        if values.min() == values.max():
            raise CannotTest("all sources have the same success, so nothing can be ranked")
        together = np.zeros(len(cells))
        correlations.append([statistics.rank_correlation(r, values, together) for r in x])
    error, parameters = np.mean(correlations, axis=0)
    note = f"Spearman's ρ is {error:+.2f} with error and {parameters:+.2f} with size, on average"
    note = note.replace("-", "−")
    for (exhibit, method, target), cells in groups:
        sources = list(cells["source"])
        own = models.reindex(sources)
        x, families = (
            own[["top1_error", "parameters"]].to_numpy(float).T,
            own["family"].to_numpy(str),
        )
        if reason := untestable(x, families, 2 * len(groups)):
            raise CannotTest(f"{reason}; over all sources, of which that allows no p, {note}")
        values, draws = panel.values[cells.index], panel.draws[:, cells.index]
        effects, spread = (statistics.rank_regression(x, y, families) for y in (values, draws))
        p = statistics.regression_p(x, values, families, sources)
        for place_, name in enumerate(("error", "parameters")):
            low, high = statistics.interval(spread[:, place_], ALPHA, len(panel.units))
            parts.append(
                Part(f"{method_label(method)} → {target}", f"{exhibit_label(exhibit)}, {name}",
                     float(effects[place_]), -1, n=len(sources), p=float(p[place_]),
                     draws=spread[:, place_], low=low, high=high, over=OVER_MODELS)
            )  # fmt: skip
    return Found(parts, "ρ", "coefficients", f"over all sources {note}")


def orders(families: np.ndarray) -> int:
    """In how many ways models can be shuffled within their families."""
    return prod(factorial(number) for number in pd.Series(families).value_counts())


def untestable(x: np.ndarray, families: np.ndarray, parts: int) -> str:
    """Why error and size (2, models) cannot be tested within families by `parts` p; else ""."""
    numbers = pd.Series(families).value_counts()
    between = f"there are only {len(numbers)} families to compare with one another"
    if parts / orders(families) > ALPHA or (numbers - 1).sum() <= len(x):
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


def shallow_versus_deep(test: Test, panel: Panel, _: pd.DataFrame) -> Found:
    """For every training recipe the test is of the mean rate of the shallowest source minus that of
    the deepest, on the targets that are neither, with Student's interval and p over seeds. The
    claim is supported where every recipe's is significantly positive, and contradicted where one is
    significantly negative; otherwise it is inconclusive."""
    panel = varied(chosen(test, panel))
    cells = panel.cells.assign(optimiser="") if "optimiser" not in panel.cells else panel.cells
    cells = cells.fillna({"optimiser": ""})
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
        used = weights != 0
        part = Part(effect=float(panel.values[used] @ weights[used]), **words)
        if panel.outcomes is not None:
            seeds = weights[used] @ panel.outcomes[used]
            seeds = seeds[~np.isnan(seeds)]
            effect = float(seeds.mean()) if len(seeds) else np.nan
            low, high, p = statistics.student(seeds, ALPHA) if len(seeds) else (np.nan,) * 3
            part = replace(part, effect=effect, n=len(seeds), p=p, low=low, high=high)
            part = replace(part, over=OVER_SEEDS)
        parts.append(part)
    return Found(parts, noun="recipes")


def worst_source(test: Test, panel: Panel, _: pd.DataFrame) -> Found:
    """What is tested is the mean rate of the source that the sentence names minus that of every
    other source, over all methods and the targets that are neither. Its interval and Student's p
    are from the bootstrap over images, so they say what other images would give with these very
    models. The claim is supported where it is significantly lower than every other, and
    contradicted where it is significantly higher than one; otherwise it is inconclusive."""
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


KINDS = (kinship, target_size, capacity, shallow_versus_deep, worst_source)
