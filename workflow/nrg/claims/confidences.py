"""Whether adversarial examples transfer more often the surer their source is of the wrong label."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from nrg.analysis.metrics import succeeded
from nrg.analysis.panels import Panel, new_panel
from nrg.base.columns import TOP
from nrg.base.table_files import read_parquet
from nrg.study.exhibits import Exhibit

FEWEST = (
    10  # images that transfer, and that do not: with fewer the error below is not to be trusted
)


def order(confidence: np.ndarray, transferred: np.ndarray) -> np.ndarray:
    """How often, of an image that transfers and one that does not, the former is the surer one.

    Args:
        confidence: how sure the source is of each image's wrong label, (n,).
        transferred: whether the image fools the target, (n,), bool.

    Returns:
        In percent, ties as halves, a number for each image whose mean is that share (the area under
        the ROC curve) and whose spread is that of its error: what each image does to it (Hanley and
        Hajian-Tilaki 1997, DeLong and others 1988). NaN where too few do either.
    """
    counts = {True: transferred.sum(), False: (~transferred).sum()}
    if min(counts.values()) < FEWEST:
        return np.full(len(confidence), np.nan)
    ranks, own = rankdata(confidence), np.empty(len(confidence))
    for side, members in ((True, transferred), (False, ~transferred)):
        below = (ranks[members] - rankdata(confidence[members])) / counts[not side]
        own[members] = below if side else 1 - below
    share = own[transferred].mean()
    weight = np.where(transferred, 1 / counts[True], 1 / counts[False]) * len(confidence)
    return 100 * (share + weight * (own - share))


def confidence_panel(exhibit: Exhibit, files: Mapping[str, Any]) -> Panel:
    """For every method, source and target what `order` says of each image that fools the source.

    NaN for images that do not fool it, or that the target is not scored on.
    """
    images = read_parquet(files["images"])
    if exhibit.images == "subset":
        images = images[images["in_subset"]]
    truth = images.set_index("image_id")[["label", "target_label"]]
    methods = {method.attack.name: method.name for method in exhibit.methods}
    columns = ["source", "attack", "target", "image_id", *TOP, "top1_probability"]
    ends, known = ["source", "attack", "target"], [("attack", "in", list(methods))]
    frames = [read_parquet(path, columns=columns, filters=known) for path in files["predictions"]]
    names = dict.fromkeys([*ends, "image_id"], str)
    frame = pd.concat([own.astype(names) for own in frames], ignore_index=True)
    frame = frame[frame["image_id"].isin(truth.index) & frame["target"].isin(exhibit.targets)]
    frame = frame.join(truth, on="image_id")
    frame["success"] = succeeded(frame, exhibit.metric).astype(float)
    both = frame.set_index([*ends, "image_id"])[["success", "top1_probability"]].unstack()
    both = both.reindex(columns=truth.index, level=1)
    cells, outcomes = [], []
    for source, attack, target in both.index:
        if source == target or (source, attack, source) not in both.index:
            continue
        fooled, sure = both.loc[source, attack, source].unstack(level=0).to_numpy().T
        success = both.loc[source, attack, target]["success"].to_numpy()
        used = (fooled == 1) & ~np.isnan(success)
        values = np.full(len(truth), np.nan, np.float32)
        values[used] = order(sure[used], success[used] == 1)
        place = {"method": methods[attack], "source": source, "target": target}
        cells.append({"exhibit": exhibit.name, **place})
        outcomes.append(values)
    table = pd.DataFrame(cells, columns=["exhibit", "method", "source", "target"])
    stacked = np.array(outcomes, np.float32).reshape(-1, len(truth))  # of one model there are none
    return new_panel(table, stacked, list(truth.index))


MEASURES: dict[str, Callable[[Exhibit, Mapping[str, Any]], Panel]] = {
    "confidence": confidence_panel
}
