"""The numbers of the paper's tables, in long form: one row a cell and method."""

import numpy as np
import pandas as pd
from pandas.core.groupby import SeriesGroupBy
from scipy.stats import t

from nrg.analysis.metrics import bootstrap, rate, succeeded
from nrg.base.resources import WORKFLOW
from nrg.study.exhibits import Exhibit
from nrg.study.sources import members

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


def destruction_rates(
    exhibit: Exhibit, predictions: pd.DataFrame, images: pd.DataFrame
) -> pd.DataFrame:
    """Of the adversarial images that fool the target, the share that no longer do when transformed.

    The paper's R. A method "clean" gives, as a reference, the share of clean images that the target
    still classifies correctly when transformed.

    Args:
        predictions: of transformed images (transformation, strength), of the adversarial ones as
            they are (transformation "none"), and of clean ones (attack "clean"). Images that the
            target mistakes when clean are left out.
    """
    labels = images.set_index("image_id")["label"]
    frame = predictions.astype({"image_id": str, "attack": str, "transformation": str})
    frame["correct"] = frame["top1"].to_numpy() == labels[frame["image_id"]].to_numpy()
    as_it_is = (frame["attack"] == "clean") & (frame["transformation"] == "none")
    frame = frame[frame["image_id"].isin(frame["image_id"][as_it_is & frame["correct"]])]
    methods = {method.attack.name: method.name for method in exhibit.methods} | {"clean": "clean"}
    whole = frame[(frame["transformation"] == "none") & ~frame["correct"]]
    fooling = set(zip(whole["attack"], whole["image_id"], strict=True))
    moved = frame[frame["transformation"] != "none"]
    keep = [
        attack == "clean" or (attack, image) in fooling
        for attack, image in zip(moved["attack"], moved["image_id"], strict=True)
    ]
    cells = moved[keep].groupby(["attack", "transformation", "strength"], sort=False)["correct"]
    rows = [
        {
            "exhibit": exhibit.name,
            "metric": "survival_rate" if attack == "clean" else exhibit.metric,
            "method": methods[attack],
            "source": exhibit.sources[0],
            "target": exhibit.targets[0],
            **rate(correct.to_numpy()),
            "transformation": transformation,
            "strength": strength,
        }
        for (attack, transformation, strength), correct in cells
    ]
    frame = with_paper_values(pd.DataFrame(rows))
    return frame[[*COLUMNS, "transformation", "strength"]]


def boundary_distances(exhibit: Exhibit, distances: pd.DataFrame) -> pd.DataFrame:
    """The median over images of the smallest step that changes a target's label.

    Args:
        distances: source, target, image_id, u, v, in pixels; inf where no step within reach does,
            NaN where the target mistakes the image as it is.

    Returns:
        The promised columns, in pixels: method "parallel" for |u|, "perpendicular" for |v|, with
        bootstrap intervals.
    """
    rows = [
        {
            "exhibit": exhibit.name,
            "metric": exhibit.metric,
            "method": method,
            "source": source,
            "target": target,
            **bootstrap(cells[axis].dropna().to_numpy(), np.median),
        }
        for (source, target), cells in distances.groupby(["source", "target"], sort=False)
        for method, axis in (("parallel", "u"), ("perpendicular", "v"))
    ]
    return with_paper_values(pd.DataFrame(rows))[COLUMNS]


def gradient_shares(exhibit: Exhibit, shares: pd.DataFrame) -> pd.DataFrame:
    """The mean over images of the gradient's high-frequency share, in percent, for each m or part.

    Args:
        shares: method ("nrg", or a part of the gradient), m, image_id, share, which is NaN where
            the gradient is zero.
    """
    rows = [
        {
            "exhibit": exhibit.name,
            "metric": exhibit.metric,
            "method": method,
            "source": exhibit.sources[0],
            "target": exhibit.targets[0],
            **bootstrap(cells["share"].dropna().to_numpy(), np.mean),
            "m": m,
        }
        for (method, m), cells in shares.groupby(["method", "m"], sort=False)
    ]
    return with_paper_values(pd.DataFrame(rows))[[*COLUMNS, "m"]]


def gradient_cosines(exhibit: Exhibit, cosines: pd.DataFrame) -> pd.DataFrame:
    """The mean over images of the cosine between two models' gradients, for each m.

    Args:
        cosines: source, target, m, image_id, cosine; each pair of models once.
    """
    rows = [
        {
            "exhibit": exhibit.name,
            "metric": exhibit.metric,
            "method": "nrg" if m else "gradient",
            "source": source,
            "target": target,
            **bootstrap(cells["cosine"].to_numpy(), np.mean),
            "m": m,
        }
        for (source, target, m), cells in cosines.groupby(["source", "target", "m"], sort=False)
    ]
    return with_paper_values(pd.DataFrame(rows))[[*COLUMNS, "m"]]


def copy_cosines(exhibit: Exhibit, cosines: pd.DataFrame) -> pd.DataFrame:
    """The mean over images of the cosine between gradients at noisy copies, for each σ.

    Args:
        cosines: source, target (the same model), sigma, image_id, cosine.
    """
    rows = [
        {
            "exhibit": exhibit.name,
            "metric": exhibit.metric,
            "method": "gradient",
            "source": source,
            "target": source,
            **bootstrap(cells["cosine"].to_numpy(), np.mean),
            "sigma": sigma,
        }
        for (source, sigma), cells in cosines.groupby(["source", "sigma"], sort=False)
    ]
    return with_paper_values(pd.DataFrame(rows))[[*COLUMNS, "sigma"]]


def with_capacity(frame: pd.DataFrame, accuracy: pd.DataFrame) -> pd.DataFrame:
    """Add each source's Top-1 error on all candidates, in percent, its parameters and family."""
    models = accuracy.assign(source=accuracy["model"], top1_error=100 - accuracy["top1_accuracy"])
    return frame.merge(models[["source", "family", "parameters", "top1_error"]], on="source")


def mlp_table(exhibit: Exhibit, predictions: pd.DataFrame) -> pd.DataFrame:
    """Table 4: mean rates over seeds, for each optimiser.

    Args:
        predictions: optimiser, seed, source, target ("mlp_d1", …), top1 and label of each image.

    Returns:
        The promised columns, and optimiser, seeds, sd (standard deviation of the rate between
        seeds). n counts the images of all seeds. With several seeds the interval is Student's,
        between seeds: networks differ more than images do, and seeds share their images.
    """
    names = {method.attack.name: method.name for method in exhibit.methods}
    frame = predictions[predictions["attack"].isin(names)].astype({"attack": str})
    frame["success"] = succeeded(frame, exhibit.metric)
    rows = []
    keys = ["optimiser", "source", "target", "attack"]
    for (optimiser, source, target, attack), cell in frame.groupby(keys, sort=False, observed=True):
        rows.append(
            {
                "exhibit": exhibit.name,
                "metric": exhibit.metric,
                "method": names[attack],
                "source": source,
                "target": target,
                **mean_rate(cell.groupby("seed")["success"]),
                "optimiser": optimiser,
            }
        )
    frame = with_paper_values(pd.DataFrame(rows))
    return frame[[*COLUMNS, "optimiser", "seeds", "sd"]]


def mean_rate(seeds: SeriesGroupBy) -> dict[str, float]:
    """The mean of the seeds' rates with its 95 % interval, and their standard deviation."""
    together = rate(np.concatenate([successes.to_numpy() for _, successes in seeds]))
    rates = 100 * seeds.mean().to_numpy()
    if len(rates) < 2:
        return together | {"seeds": len(rates), "sd": np.nan}
    mean, sd = float(rates.mean()), float(rates.std(ddof=1))
    half = float(t.ppf(0.975, len(rates) - 1)) * sd / len(rates) ** 0.5
    interval = {"ci_low": max(0.0, mean - half), "ci_high": min(100.0, mean + half)}
    return together | {"value": mean} | interval | {"seeds": len(rates), "sd": sd}


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
