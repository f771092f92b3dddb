"""The numbers of the paper's tables, in long form: one row a cell and method."""

import numpy as np
import pandas as pd

from nrg.exhibits import Exhibit, members
from nrg.metrics import rate, succeeded
from nrg.settings import WORKFLOW

KEYS = ["exhibit", "metric", "method", "source", "target"]
COLUMNS = [*KEYS, "value", "n", "ci_low", "ci_high", "paper_value"]


def success_rates(
    exhibit: Exhibit, predictions: pd.DataFrame, images: pd.DataFrame
) -> pd.DataFrame:
    """Success rates of every source and method on every target.

    Args:
        predictions: of the exhibit's adversarial sets, with the columns of predictions.SCHEMA.
        images: the evaluation set: image_id, label, target_label, in_subset.

    Returns:
        The promised columns, and one an axis of the exhibit, in the exhibit's order.
    """
    if exhibit.images == "subset":
        images = images[images["in_subset"]]
    names = {attack.name for attack in exhibit.attacks}
    wanted = predictions[
        predictions["attack"].isin(names)
        & predictions["source"].isin(exhibit.sources)
        & predictions["target"].isin(exhibit.targets)
    ]
    wanted = wanted.astype({"image_id": str}).merge(images, on="image_id")
    wanted["success"] = succeeded(wanted, exhibit.metric)
    grouped = wanted.groupby(["source", "target", "attack"], observed=True)["success"]
    rates = {cell: rate(successes.to_numpy()) for cell, successes in grouped}
    rows = [
        {
            "exhibit": exhibit.name,
            "metric": exhibit.metric,
            "method": method.name,
            "source": source,
            "target": target,
            **rates[source, target, method.attack.name],
            **dict(method.axes),
        }
        for source in exhibit.sources
        for target in exhibit.targets
        for method in exhibit.methods
    ]
    frame = with_paper_values(pd.DataFrame(rows))
    return frame[[*COLUMNS, *(column for column in frame if column not in COLUMNS)]]


def mlp_table(exhibit: Exhibit, successes: pd.DataFrame) -> pd.DataFrame:
    """Table 4: mean rates over seeds, for each optimiser.

    Args:
        successes: one row a seed, optimiser, source depth, target depth and image: optimiser,
            seed, source, target ("D=1", …), top1, label.

    Returns:
        The promised columns, and optimiser, seeds, sd (standard deviation of the rate between
        seeds). The interval is over images, all seeds taken together.
    """
    frame = successes.assign(success=succeeded(successes, exhibit.metric))
    rows = []
    for (optimiser, source, target), cell in frame.groupby(["optimiser", "source", "target"]):
        by_seed = 100 * cell.groupby("seed")["success"].mean()
        rows.append(
            {
                "exhibit": exhibit.name,
                "metric": exhibit.metric,
                "method": exhibit.methods[0].name,
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


def black_box(frame: pd.DataFrame) -> pd.DataFrame:
    """The cells whose target is not part of the source."""
    white = [
        target in members(source)
        for source, target in zip(frame["source"], frame["target"], strict=True)
    ]
    return frame[~np.array(white)]
