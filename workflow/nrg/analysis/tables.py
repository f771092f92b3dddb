"""An exhibit's panel as its table: one row per cell, in long form."""

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t

from nrg.analysis.arrays import Floats
from nrg.analysis.metrics import rate
from nrg.analysis.panels import CLEAN, Files, Panel
from nrg.analysis.printed import read_printed_values
from nrg.analysis.statistics import bootstrap
from nrg.base.table_files import read_csv
from nrg.study.attacks import Attack
from nrg.study.exhibits import Exhibit
from nrg.study.sources import is_white_box, list_members

KEYS = ["exhibit", "metric", "method", "source", "target"]
COLUMNS = [*KEYS, "value", "n", "ci_low", "ci_high", "paper_value"]
Summary = dict[str, float]


def build_table(exhibit: Exhibit, panel: Panel, files: Files) -> pd.DataFrame:
    """Summarise an exhibit's panel, with what else its stored files tell of the sources.

    Returns:
        COLUMNS, one column per axis of the exhibit, and what belongs to its kind: seeds and sd
        (standard deviation between seeds) for Table 4; family, parameters and top1_error of the
        source where the exhibit is about capacity; gradients and rmsd at equal cost.
    """
    table = tabulate(exhibit, panel)
    if "accuracy" in files:
        return add_capacity(table, read_csv(files["accuracy"]))
    if "effects" in files:
        return add_cost(table, exhibit, pd.concat(map(read_csv, files["effects"])))
    return table


def tabulate(exhibit: Exhibit, panel: Panel) -> pd.DataFrame:
    """Summarise every cell over its units, next to the number that the paper prints for it.

    Targets that the exhibit does not name are left out, and so are rates of no image.
    """
    assert panel.outcomes is not None, "printed numbers have no images to summarise"
    cells = list_cells(exhibit, panel)
    axes = [column for column in cells if column not in KEYS]
    rows: list[dict[Hashable, Any]] = []
    for number, cell in zip(cells.index, cells.to_dict("records"), strict=True):
        known = ~np.isnan(panel.outcomes[number])
        counts = None if panel.counts is None else panel.counts[number, known]
        summary = SUMMARIES[exhibit.kind.name](panel.outcomes[number, known], counts)
        if summary:
            rows.append({**cell} | summary)
    printed = read_printed_values().rename(columns={"value": "paper_value"})
    table = pd.DataFrame(rows).merge(printed, how="left", on=KEYS)
    return table[[*COLUMNS, *axes, *(c for c in ("seeds", "sd") if c in table)]]


def list_cells(exhibit: Exhibit, panel: Panel) -> pd.DataFrame:
    """List the cells of an exhibit's table, KEYS and its axes, by their number in the panel."""
    reference = panel.cells["method"] == CLEAN
    cells = panel.cells[panel.cells["shown"] | reference]
    metrics = np.where(cells["method"] == CLEAN, "survival_rate", exhibit.metric)
    axes = [c for c in cells if c not in (*KEYS, "shown", "white", "value", "gradients")]
    return cells.assign(metric=metrics)[[*KEYS, *axes]]


def summarise_rate(outcomes: Floats, _: Floats | None) -> Summary:
    return rate(int((outcomes > 0).sum()), len(outcomes)) if len(outcomes) else {}


def summarise_median(outcomes: Floats, _: Floats | None) -> Summary:
    return bootstrap(outcomes, np.median)


def summarise_mean(outcomes: Floats, _: Floats | None) -> Summary:
    return bootstrap(outcomes, np.mean)


def summarise_seeds(rates: Floats, counts: Floats | None) -> Summary:
    """The mean of the seeds' rates with its 95 % interval, and their standard deviation.

    With several seeds the interval is Student's, between seeds: networks differ more than images
    do, and seeds share their images. With one it is Wilson's. n counts the images of all seeds.
    """
    assert counts is not None, "a rate of a seed has a number of images"
    seeds = len(rates)
    together = rate(round(float(rates @ counts) / 100), int(counts.sum()))
    if seeds < 2:
        return together | {"seeds": seeds, "sd": np.nan}
    mean, sd = float(rates.mean()), float(rates.std(ddof=1))
    half = float(t.ppf(0.975, seeds - 1)) * sd / seeds**0.5
    interval = {"ci_low": max(0.0, mean - half), "ci_high": min(100.0, mean + half)}
    return together | {"value": mean, "seeds": seeds, "sd": sd} | interval


SUMMARIES: dict[str, Callable[[Floats, Floats | None], Summary]] = {
    "matrix": summarise_rate,
    "curves": summarise_rate,
    "capacity": summarise_rate,
    "equal_cost": summarise_rate,
    "destruction": summarise_rate,
    "boundaries": summarise_median,
    "gradients": summarise_mean,
    "cosines": summarise_mean,
    "copies": summarise_mean,
    "mlps": summarise_seeds,
}


def add_capacity(table: pd.DataFrame, accuracy: pd.DataFrame) -> pd.DataFrame:
    """Add each source's family, parameters, and Top-1 error on all candidates, in percent."""
    models = accuracy.assign(source=accuracy["model"], top1_error=100 - accuracy["top1_accuracy"])
    return table.merge(models[["source", "family", "parameters", "top1_error"]], on="source")


def add_cost(table: pd.DataFrame, exhibit: Exhibit, effects: pd.DataFrame) -> pd.DataFrame:
    """Add how many gradients each method takes of an image, and how far it moves one.

    Args:
        effects: of every source and attack, `rmsd` in pixels (the mean over all attacked images)
            and the `gradients` that were counted.
    """
    methods = pd.DataFrame(
        {
            "method": method.name,
            **dict(method.axes),
            "gradients": count_gradients(method.attack, effects),
            "attack": method.attack.name,
        }
        for method in exhibit.methods
    )
    distances = effects[["source", "attack", "rmsd"]]
    costs = table.merge(methods, "left", ["method", *exhibit.axes])
    return costs.merge(distances, "left", ["source", "attack"]).drop(columns="attack")


def count_gradients(attack: Attack, effects: pd.DataFrame) -> int:
    """How many gradients of each network an attack takes of an image.

    A function of the user's own may take fewer than its budget, so that what was counted is told.
    """
    if not attack.function:
        return attack.gradients
    mine = effects[effects["attack"] == attack.name]
    networks = [len(list_members(source)) for source in mine["source"]]
    return round((mine["gradients"] / mine["images"] / networks).mean())


def select_black_box(table: pd.DataFrame) -> pd.DataFrame:
    """Return the cells whose target is not part of the source."""
    white = [*map(is_white_box, table["source"], table["target"])]
    return table[~np.array(white, bool)]
