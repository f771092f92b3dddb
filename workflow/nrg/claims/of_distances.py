"""Tests of sentences about how far away a model's decision boundary lies."""

from itertools import combinations

import numpy as np
import pandas as pd

from nrg.analysis.panels import Panel
from nrg.claims.cells import Selection, compare_order, name_exhibits, select_cells, weigh_means
from nrg.claims.parts import CannotTest, Comparison, measure_effect
from nrg.claims.verdicts import Findings
from nrg.study.exhibits import join_words

COMMON = ["exhibit", "method", "source"]  # what the cells of two compared models share


def farther(test: Selection, panel: Panel, models: pd.DataFrame) -> Findings:
    """For every two models of a family the test takes the share of images whose label the model
    with more parameters changes later, minus the share whose label it changes sooner. This is
    averaged over the pairs of the family. Its interval and Student's p are from the bootstrap over
    images: they say what other images would give with the same models. The claim is supported if
    the mean is significantly positive in every family, and contradicted if it is significantly
    negative in one; otherwise it is inconclusive. Models of different families are not compared,
    because their numbers of parameters do not mean the same."""
    panel = select_cells(test, panel)
    if "parameters" not in models:
        raise CannotTest("the models' parameters are not known")
    targets = panel.cells["target"]
    size, family = (models[of].reindex(targets).to_numpy() for of in ("parameters", "family"))
    pairs = [
        (a, b) if size[a] < size[b] else (b, a)
        for a, b in combinations(range(len(targets)), 2)
        if family[a] == family[b] and size[a] != size[b]
        if (panel.cells.loc[a, COMMON] == panel.cells.loc[b, COMMON]).all()
    ]
    if not pairs:
        raise CannotTest("no two models of a family differ in size")
    order = compare_order(panel, np.array(pairs))
    rows = order.cells.iloc[1::2].reset_index(drop=True)
    rows = rows.assign(family=[family[b] for _, b in pairs])
    parts, counts = [], []
    for (exhibit, name), cells in rows.groupby(["exhibit", "family"], sort=False):
        weights = weigh_means(order, 2 * cells.index, 2 * cells.index + 1)
        up = sum(order.values[2 * pair] > order.values[2 * pair + 1] for pair in cells.index)
        counts.append(f"{up} of {len(cells)} pairs of {name}")
        label, where = f"{name}, mean of {len(cells)} pairs", name_exhibits({"exhibit": exhibit})
        parts.append(measure_effect(order, Comparison(weights, label, where, where)))
    return Findings(parts, noun="families", note=f"{join_words(counts)} agree")


KINDS = (farther,)
