"""The evaluation set: images that every model of the zoo classifies correctly.

Imports no torch, so that jobs that only draw start quickly.
"""

from collections.abc import Mapping, Sequence
from math import exp

import numpy as np
import pandas as pd

from nrg.base.errors import UserError
from nrg.base.image_keys import image_key, mix
from nrg.data.images import matches

MOST_CHANCE = 1e-3  # of refusing labels that are right, where enough images are known


def select_images(
    candidates: pd.DataFrame,
    clean: Mapping[str, pd.DataFrame],
    count: int,
    subset: int,
    classes: int,
    seed: int,
    wanted: Sequence[str | int] = (),
) -> pd.DataFrame:
    """The first `count` candidates that all models classify correctly, in their order.

    Args:
        candidates: image_id, label and perhaps target_label, in the seeded order.
        clean: each model's predictions on them, in the same order.
        subset: how many of the chosen, the first ones, are marked `in_subset`.
        wanted: images to put first, by their id, or the first with a label.

    Returns:
        image_id, label, target_label (the candidates' own, or else a random wrong one that
        depends on the seed and the image alone), in_subset; its index is the place among the
        candidates.

    Raises:
        UserError: there are too few, there is only one class, or the models contradict the labels.
    """
    if classes < 2:
        raise UserError("labels: there is one class, and nothing to mistake it for")
    correct = find_agreement(candidates["label"], clean)
    enough = bool(correct.sum() >= count)
    doubt = doubt_about_labels(candidates["label"], clean, classes, MOST_CHANCE if enough else 1)
    if not enough or doubt:
        raise UserError(
            f"the zoo's {len(clean)} models classify {correct.sum()} of {len(candidates)} "
            f"candidates correctly, and evaluation_images asks for {count}: "
            + (doubt or advice(candidates["label"], clean))
        )
    known = candidates[correct]
    firsts = [index for first in wanted for index in known.index[matches(known, first)][:1]]
    chosen = known.loc[list(dict.fromkeys([*firsts, *known.index]))].head(count)
    if "target_label" in chosen:
        targets = chosen["target_label"]
    else:
        keys = [image_key(seed, name) for name in chosen["image_id"]]
        targets = (chosen["label"] + [1 + mix(key, 0) % (classes - 1) for key in keys]) % classes
    return chosen[["image_id", "label"]].assign(
        target_label=targets, in_subset=np.arange(count) < subset
    )


def find_agreement(labels: pd.Series, clean: Mapping[str, pd.DataFrame]) -> np.ndarray:
    """Which images every model gives these labels."""
    agree = np.ones(len(labels), bool)
    for predictions in clean.values():
        agree &= predictions["top1"].to_numpy() == labels.to_numpy()
    return agree


def doubt_about_labels(
    labels: pd.Series, clean: Mapping[str, pd.DataFrame], classes: int, most_chance: float
) -> str | None:
    """What is likely wrong with labels that the models contradict, as the data tell it.

    Labels are doubted where other ones, made from them by a rule, would make at least half of the
    candidates correct for every model, and at least twice as many as these do. The rules are: one
    lower, one higher, and another order of classes, in which a label stands for what a model mostly
    says of the other images with that label and of no other label's.

    Args:
        most_chance: the largest probability, by Hoeffding's bound, with which models that guess may
            seem so right with the other labels.
    """
    if not clean or not len(labels):
        return None

    def better(images: np.ndarray) -> bool:
        above = max(0.0, images.mean() - 1 / classes)
        return bool(
            2 * images.sum() >= len(labels)
            and images.sum() >= 2 * correct.sum()
            and exp(-2 * len(labels) * above**2) <= most_chance
        )

    correct = find_agreement(labels, clean)
    for shift, direction, start in ((-1, "lower", "1"), (1, "higher", "-1")):
        shifted = find_agreement((labels + shift) % classes, clean)
        if better(shifted):
            return (
                f"with every label one {direction} they would be {shifted.sum()}, so the labels "
                f"seem to count from {start} where the networks' outputs count from 0"
            )
    usual = {name: usual_predictions(labels, table["top1"]) for name, table in clean.items()}
    reordered = np.ones(len(labels), bool)
    for name, predictions in clean.items():
        reordered &= predictions["top1"].to_numpy() == usual[name]
    if better(reordered):
        first = next(iter(clean))
        place = int(np.argmax(reordered & ~correct))
        return (
            f"images of one label are mostly given one and the same other class (those of "
            f"{labels.iloc[place]} are {usual[first][place]} to {first}), so the classes seem to "
            "stand in another order than the networks' outputs"
        )
    return None


def usual_predictions(labels: pd.Series, predicted: pd.Series) -> np.ndarray:
    """For each image the class that a model gives most of the other images with its label.

    The lowest one of several; -1 for an image that is alone with its label, and for labels whose
    most frequent class is that of another label, too.
    """
    counts = pd.crosstab(labels.to_numpy(), predicted.to_numpy())
    table = np.pad(counts.to_numpy(), ((0, 0), (0, 1)))  # so that there is a second class
    first, second = np.argsort(-table, axis=1, kind="stable")[:, :2].T
    row = counts.index.get_indexer(labels)
    own = counts.columns.get_indexer(predicted)
    first, second = first[row], second[row]
    rest, other = table[row, first] - (own == first), table[row, second] - (own == second)
    falls = (rest < other) | ((rest == other) & (second < first))
    usual = np.append(counts.columns.to_numpy(), -1)[np.where(falls, second, first)]
    shared = counts.idxmax(axis=1).duplicated(keep=False).to_numpy()[row]
    return np.where((np.maximum(rest, other) > 0) & ~shared, usual, -1)


def advice(labels: pd.Series, clean: Mapping[str, pd.DataFrame]) -> str:
    """What to do where too few candidates are classified correctly by all models."""
    rates = {
        name: 100 * (predictions["top1"].to_numpy() == labels.to_numpy()).mean()
        for name, predictions in clean.items()
    }
    worst = min(rates, key=rates.get, default=None)
    alone = "" if worst is None else f" ({worst} alone {rates[worst]:.1f} % of them)"
    if len(clean) > 1 and not find_agreement(labels, clean).any():
        first = next(iter(clean.values()))["top1"]
        same = find_agreement(first, clean).sum()
        if 2 * same >= len(labels):
            return (
                f"all models say the same of {same} of them, so labels or the order of classes "
                "are likely wrong, and not the models"
            )
    return (
        f"lower it, or give more images ('candidates' null takes all there are){alone}; if that is "
        "less than expected, look at mean and std, input_size and the order of the classes"
    )


def clean_accuracy(candidates: pd.DataFrame, clean: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Top-1 and Top-5 accuracy of each model on all candidates, in percent."""
    labels = candidates["label"].to_numpy()
    rows = []
    for model, predictions in clean.items():
        tops = predictions[["top1", "top2", "top3", "top4", "top5"]].to_numpy()
        rows.append(
            {
                "model": model,
                "top1_accuracy": 100 * float(np.mean(tops[:, 0] == labels)),
                "top5_accuracy": 100 * float(np.mean((tops == labels[:, None]).any(1))),
                "n": len(labels),
            }
        )
    return pd.DataFrame(rows)
