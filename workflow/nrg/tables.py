"""The numbers of the paper's tables, in long form: one row a cell and method."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from nrg.exhibits import Exhibit
from nrg.metrics import rate, succeeded
from nrg.settings import WORKFLOW

KEYS = ["exhibit", "metric", "method", "source", "target"]
COLUMNS = [*KEYS, "value", "n", "ci_low", "ci_high", "paper_value"]


def matrix(exhibit: Exhibit, predictions: pd.DataFrame, images: pd.DataFrame) -> pd.DataFrame:
    """Success rates of every source and method on every target.

    Args:
        predictions: of the exhibit's adversarial sets, with the columns of predictions.SCHEMA.
        images: the evaluation set: image_id, label, in_subset.
    """
    if exhibit.images == "subset":
        images = images[images["in_subset"]]
    labels = images.set_index("image_id")["label"]
    methods = {attack.name: method for method, attack in exhibit.attacks.items()}
    wanted = predictions[
        predictions["attack"].isin(methods)
        & predictions["source"].isin(exhibit.sources)
        & predictions["target"].isin(exhibit.targets)
        & predictions["image_id"].isin(labels.index)
    ]
    rows = []
    for (source, attack, target), cell in wanted.groupby(
        ["source", "attack", "target"], observed=True
    ):
        true = labels.loc[cell["image_id"]]
        rows.append(
            {
                "exhibit": exhibit.name,
                "metric": exhibit.metric,
                "method": methods[attack],
                "source": source,
                "target": target,
                **rate(succeeded(cell, true, exhibit.metric)),
            }
        )
    frame = with_paper_values(pd.DataFrame(rows))[COLUMNS]
    return in_order(frame, exhibit.sources, exhibit.targets, list(exhibit.attacks))


def mlp_table(exhibit: Exhibit, successes: pd.DataFrame) -> pd.DataFrame:
    """Table 4: mean rates over seeds, for each optimiser.

    Args:
        successes: one row a seed, optimiser, source depth, target depth and image: optimiser,
            seed, source, target ("D=1", …), top1, label.

    Returns:
        The promised columns, and optimiser, seeds, sd (standard deviation of the rate between
        seeds). The interval is over images, all seeds taken together.
    """
    frame = successes.assign(success=succeeded(successes, successes["label"], exhibit.metric))
    rows = []
    for (optimiser, source, target), cell in frame.groupby(["optimiser", "source", "target"]):
        by_seed = 100 * cell.groupby("seed")["success"].mean()
        rows.append(
            {
                "exhibit": exhibit.name,
                "metric": exhibit.metric,
                "method": next(iter(exhibit.attacks)),
                "source": source,
                "target": target,
                **rate(cell["success"].to_numpy()),
                "optimiser": optimiser,
                "seeds": len(by_seed),
                "sd": float(by_seed.std(ddof=1)) if len(by_seed) > 1 else np.nan,
            }
        )
    frame = with_paper_values(pd.DataFrame(rows))
    return frame[[*COLUMNS, "optimiser", "seeds", "sd"]]


def with_paper_values(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the paper's own number to each cell that it prints."""
    printed = pd.read_csv(WORKFLOW / "resources/reported_values.csv")
    return frame.merge(printed.rename(columns={"value": "paper_value"}), how="left", on=KEYS)


def in_order(frame: pd.DataFrame, *orders: Iterable[str]) -> pd.DataFrame:
    """Sort the rows by source, target and method as the exhibit lists them."""
    for column, order in zip(("source", "target", "method"), orders, strict=True):
        frame[column] = pd.Categorical(frame[column], list(order))
    frame = frame.sort_values(["source", "target", "method"], ignore_index=True)
    return frame.astype({"source": str, "target": str, "method": str})


def black_box(frame: pd.DataFrame) -> pd.DataFrame:
    """The cells whose target is not part of the source."""
    white = [
        target in source.split("+")
        for source, target in zip(frame["source"], frame["target"], strict=True)
    ]
    return frame[~np.array(white)]
