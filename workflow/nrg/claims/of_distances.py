"""Tests of sentences about how far away a model's decision boundary lies."""

from itertools import combinations

import numpy as np
import pandas as pd

from nrg.analysis.panels import Panel
from nrg.claims.contrasts import CannotTest, Test, chosen, contrast, ordered, place
from nrg.claims.verdicts import Found
from nrg.study.exhibits import listed

KEYS = ["exhibit", "method", "source"]  # what two models' cells have in common


def farther(test: Test, panel: Panel, models: pd.DataFrame) -> Found:
    """Of every two models of a family the test takes the share of images whose label the one with
    more parameters changes later, minus the share where it changes it sooner, and averages this
    over the pairs of the family. Its interval and Student's p are from the bootstrap over images,
    so they say what other images would give with these very models. The claim is supported where it
    is significantly positive in every family, and contradicted where it is significantly negative
    in one; otherwise it is inconclusive. Sizes are not compared between families, whose parameters
    do not mean the same."""
    panel = chosen(test, panel)
    if "parameters" not in models or panel.outcomes is None:
        raise CannotTest("the models' parameters are not known")
    own = panel.cells["target"]
    size, family = (models[column].reindex(own).to_numpy() for column in ("parameters", "family"))
    pairs = [
        (a, b) if size[a] < size[b] else (b, a)
        for a, b in combinations(range(len(own)), 2)
        if family[a] == family[b] and size[a] != size[b]
        if (panel.cells.loc[a, KEYS] == panel.cells.loc[b, KEYS]).all()
    ]
    if not pairs:
        raise CannotTest("no two models of a family differ in size")
    both = ordered(panel, pd.DataFrame(pairs, columns=["left", "right"]))
    rows = both.cells.iloc[1::2].reset_index(drop=True)
    rows = rows.assign(family=[family[b] for _, b in pairs])
    parts, note = [], []
    for (exhibit, name), cells in rows.groupby(["exhibit", "family"], sort=False):
        weights = np.zeros(len(both.cells))
        weights[2 * cells.index], weights[2 * cells.index + 1] = 1, -1
        up = sum(both.values[2 * pair] > both.values[2 * pair + 1] for pair in cells.index)
        note.append(f"{up} of {len(cells)} pairs of {name}")
        words = {
            "label": f"{name}, mean of {len(cells)} pairs",
            "setting": place({"exhibit": exhibit}),
        }
        parts.append(contrast(both, weights / len(cells), **words))
    return Found(parts, noun="families", note=f"as said go {listed(note)}")


KINDS = (farther,)
