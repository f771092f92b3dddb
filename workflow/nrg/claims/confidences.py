"""Whether adversarial examples transfer more often if their source is surer of the wrong label."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from nrg.analysis.arrays import Flags, Floats
from nrg.analysis.metrics import succeeded
from nrg.analysis.panels import Files, Panel, new_panel, read_images
from nrg.base.table_files import TOP, read_parquet
from nrg.study.exhibits import Exhibit

# How many images must transfer, and must not: with fewer the error below is not to be trusted.
FEWEST = 10


def compute_order_terms(confidence: Floats, transferred: Flags) -> Floats:
    """How often, of an image that transfers and one that does not, the former is the surer one.

    Args:
        confidence: how sure the source is of each image's wrong label, (n,).
        transferred: whether the image fools the target, (n,).

    Returns:
        A number in percent for each image, (n,). Their mean is that share, with ties as halves (the
        area under the ROC curve), and their spread is that of its error: what each image
        contributes to it (Hanley and Hajian-Tilaki 1997, DeLong and others 1988). NaN where too few
        images transfer, or too few do not.
    """
    counts = {True: transferred.sum(), False: (~transferred).sum()}
    if min(counts.values()) < FEWEST:
        return np.full(len(confidence), np.nan)
    ranks, terms = rankdata(confidence), np.empty(len(confidence))
    for side, inside in ((True, transferred), (False, ~transferred)):
        below = (ranks[inside] - rankdata(confidence[inside])) / counts[not side]
        terms[inside] = below if side else 1 - below
    share = terms[transferred].mean()
    weight = np.where(transferred, 1 / counts[True], 1 / counts[False]) * len(confidence)
    percent: Floats = 100 * (share + weight * (terms - share))
    return percent


def read_confidences(exhibit: Exhibit, files: Files) -> Panel:
    """Read `compute_order_terms` of images that fool their source, for every cell.

    NaN for images that do not fool the source, or that the target is not scored on.
    """
    images = read_images(exhibit, files).set_index("image_id")
    methods = {method.attack.name: method.name for method in exhibit.methods}
    ends = ["source", "attack", "target"]
    columns = [*ends, "image_id", *TOP, "top1_probability"]
    known = [("attack", "in", list(methods))]
    frames = [read_parquet(path, columns=columns, filters=known) for path in files["predictions"]]
    names = dict.fromkeys([*ends, "image_id"], str)
    frame = pd.concat([frame.astype(names) for frame in frames], ignore_index=True)
    frame = frame[frame["image_id"].isin(images.index) & frame["target"].isin(exhibit.targets)]
    frame = frame.join(images[["label", "target_label"]], on="image_id")
    frame["success"] = succeeded(frame, exhibit.metric).astype(float)
    scored = {
        cell: own.set_index("image_id")[["success", "top1_probability"]].reindex(images.index)
        for cell, own in frame.groupby(ends)
    }
    cells, outcomes = [], []
    for (source, attack, target), on_target in scored.items():
        on_source = scored.get((source, attack, source))
        if source == target or on_source is None:
            continue
        success = on_target["success"].to_numpy()
        used = (on_source["success"].to_numpy() == 1) & ~np.isnan(success)
        terms = np.full(len(images), np.nan, np.float32)
        confidence = on_source["top1_probability"].to_numpy()
        terms[used] = compute_order_terms(confidence[used], success[used] == 1)
        ends_of_cell = {"method": methods[str(attack)], "source": source, "target": target}
        cells.append({"exhibit": exhibit.name} | ends_of_cell)
        outcomes.append(terms)
    table = pd.DataFrame(cells, columns=["exhibit", "method", "source", "target"])
    stacked = np.array(outcomes, np.float32).reshape(-1, len(images))  # of one model there are none
    return new_panel(table, stacked, list(images.index))


MEASURES: dict[str, Callable[[Exhibit, Files], Panel]] = {"confidence": read_confidences}
