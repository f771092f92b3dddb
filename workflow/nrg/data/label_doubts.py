"""Labels that the models contradict, and what is likely wrong with them."""

from collections.abc import Mapping
from math import exp

import numpy as np
import numpy.typing as npt
import pandas as pd

Flags = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.int64]


def all_agree(labels: "pd.Series[int]", clean: Mapping[str, pd.DataFrame]) -> Flags:
    """For each image, whether every model predicts this label.

    Args:
        clean: each model's predictions for the images, in the same order.
    """
    agree = np.ones(len(labels), bool)
    for predictions in clean.values():
        agree &= predictions["top1"].to_numpy() == labels.to_numpy()
    return agree


def doubt_labels(
    labels: "pd.Series[int]",
    clean: Mapping[str, pd.DataFrame],
    classes: int,
    most_chance: float,
) -> str | None:
    """What is likely wrong with labels that the models contradict; None if the labels seem right.

    Labels are doubted if other labels, derived from them by a rule, would make all models correct
    on at least half of the candidates, and on at least twice as many as these labels do. There are
    three rules: each label one lower, each label one higher, and classes in another order. With the
    last rule, a label stands for the class that a model predicts most often for the other images
    with this label, unless that is also the most frequent class of another label.

    Args:
        clean: each model's predictions for the images, in the same order.
        classes: the number of classes.
        most_chance: the largest probability, by Hoeffding's bound, that models which guess agree
            this well with the other labels.
    """
    if not clean or not len(labels):
        return None

    def fits_better(images: Flags) -> bool:
        above_chance = max(0.0, images.mean() - 1 / classes)
        return bool(
            2 * images.sum() >= len(labels)
            and images.sum() >= 2 * correct.sum()
            and exp(-2 * len(labels) * above_chance**2) <= most_chance
        )

    correct = all_agree(labels, clean)
    for shift, direction, start in ((-1, "lower", "1"), (1, "higher", "-1")):
        shifted = all_agree((labels + shift) % classes, clean)
        if fits_better(shifted):
            return (
                f"with every label one {direction} they would be {shifted.sum()}, so the labels "
                f"seem to count from {start} where the networks' outputs count from 0"
            )
    usual = {name: usual_predictions(labels, table["top1"]) for name, table in clean.items()}
    reordered = np.ones(len(labels), bool)
    for name, predictions in clean.items():
        reordered &= predictions["top1"].to_numpy() == usual[name]
    if fits_better(reordered):
        model = next(iter(clean))
        example = int(np.argmax(reordered & ~correct))
        return (
            f"images with the same label mostly get one and the same other class ({model} predicts "
            f"{usual[model][example]} for those with label {labels.iloc[example]}), so the classes "
            "seem to be in another order than the networks' outputs"
        )
    return None


def usual_predictions(labels: "pd.Series[int]", predicted: "pd.Series[int]") -> Labels:
    """For each image, the class that a model predicts most often for the other images of its label.

    Of several such classes it is the lowest. It is -1 for an image that is the only one with its
    label, and for all images of two labels that have the same most frequent class.
    """
    counts = pd.crosstab(labels.to_numpy(), predicted.to_numpy())
    table = np.pad(counts.to_numpy(), ((0, 0), (0, 1)))  # so that there is always a second class
    first, second = np.argsort(-table, axis=1, kind="stable")[:, :2].T
    row = counts.index.get_indexer(pd.Index(labels))
    column = counts.columns.get_indexer(pd.Index(predicted))
    first, second = first[row], second[row]
    # The counts of both classes without the image itself.
    first_count = table[row, first] - (column == first)
    second_count = table[row, second] - (column == second)
    is_second = (first_count < second_count) | ((first_count == second_count) & (second < first))
    usual = np.append(counts.columns.to_numpy(), -1)[np.where(is_second, second, first)]
    is_shared = counts.idxmax(axis=1).duplicated(keep=False).to_numpy()[row]
    has_others = np.maximum(first_count, second_count) > 0
    return np.where(has_others & ~is_shared, usual, -1)


def advise_on_models(labels: "pd.Series[int]", clean: Mapping[str, pd.DataFrame]) -> str:
    """What to do if all models classify too few candidates correctly."""
    accuracy = {
        name: 100 * float((predictions["top1"].to_numpy() == labels.to_numpy()).mean())
        for name, predictions in clean.items()
    }
    if len(clean) > 1 and not all_agree(labels, clean).any():
        first = next(iter(clean.values()))["top1"]
        same = all_agree(first, clean).sum()
        if 2 * same >= len(labels):
            return (
                f"all models predict the same class for {same} of them, so the labels or the order "
                "of classes are likely wrong, and not the models"
            )
    worst = min(accuracy, key=lambda name: accuracy[name], default=None)
    alone = "" if worst is None else f" ({worst} alone {accuracy[worst]:.1f} % of them)"
    return (
        f"lower it, or give more images ('candidates' null takes all there are){alone}; if that is "
        "less than expected, look at mean and std, input_size and the order of the classes"
    )
