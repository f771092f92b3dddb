"""The evaluation set: images that every model of the zoo classifies correctly.

Imports no torch, so that jobs that only draw start quickly.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from nrg.base.errors import UserError
from nrg.base.image_keys import image_key, mix
from nrg.base.table_files import TOP
from nrg.data.images import matches
from nrg.data.label_doubts import advise_on_models, all_agree, doubt_labels

# The largest probability of refusing correct labels where enough images are classified correctly.
MOST_CHANCE = 1e-3


def select_images(
    candidates: pd.DataFrame,
    clean: Mapping[str, pd.DataFrame],
    count: int,
    subset: int,
    classes: int,
    seed: int,
    wanted: Sequence[str | int] = (),
) -> pd.DataFrame:
    """Select the first `count` candidates that all models classify correctly, in their order.

    Args:
        candidates: image_id, label and optionally target_label, in the seeded order.
        clean: each model's predictions for the candidates, in the same order.
        count: of images to select.
        subset: how many of the selected images, the first ones, are marked `in_subset`.
        classes: the number of classes.
        seed: of random target labels.
        wanted: images to put first, each given by its id, or as the first one with a label.

    Returns:
        image_id, label, target_label and in_subset; the index is the position among the candidates.
        The target labels are those of the candidates, or else random wrong labels that depend on
        the seed and the image's id alone.

    Raises:
        UserError: there are too few images or only one class, or the models contradict the labels.
    """
    if classes < 2:
        raise UserError("labels: there is only one class, so that no image can be misclassified")
    correct = all_agree(candidates["label"], clean)
    enough = bool(correct.sum() >= count)
    doubt = doubt_labels(candidates["label"], clean, classes, MOST_CHANCE if enough else 1)
    if not enough or doubt:
        raise UserError(
            f"the zoo's {len(clean)} models classify {correct.sum()} of {len(candidates)} "
            f"candidates correctly, and evaluation_images asks for {count}: "
            + (doubt or advise_on_models(candidates["label"], clean))
        )
    known = candidates[correct]
    firsts = [index for first in wanted for index in known.index[matches(known, first)][:1]]
    selected = known.loc[list(dict.fromkeys([*firsts, *known.index]))].head(count)
    if "target_label" in selected:
        targets = selected["target_label"]
    else:
        keys = [image_key(seed, image_id) for image_id in selected["image_id"]]
        shifts = [1 + mix(key, 0) % (classes - 1) for key in keys]
        targets = (selected["label"] + shifts) % classes
    return selected[["image_id", "label"]].assign(
        target_label=targets, in_subset=np.arange(count) < subset
    )


def measure_accuracy(candidates: pd.DataFrame, clean: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The top-1 and top-5 accuracy of each model on all candidates.

    Args:
        candidates: with their labels.
        clean: each model's predictions for the candidates, in the same order.

    Returns:
        One row per model: model, top1_accuracy and top5_accuracy in percent, and n, the number of
        candidates.
    """
    labels = candidates["label"].to_numpy()
    rows = []
    for model, predictions in clean.items():
        correct = predictions[TOP].to_numpy() == labels[:, None]
        top1, top5 = 100 * float(correct[:, 0].mean()), 100 * float(correct.any(1).mean())
        rows.append((model, top1, top5, len(labels)))
    return pd.DataFrame(rows, columns=["model", "top1_accuracy", "top5_accuracy", "n"])
