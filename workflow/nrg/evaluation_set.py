"""The evaluation set: images that every model of the zoo classifies correctly.

Imports no torch, so that jobs that only draw start quickly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from nrg.errors import UserError
from nrg.frames import read_frame
from nrg.keys import image_key, mixed
from nrg.storage import map_pixels


@dataclass
class Images:
    """An evaluation set, or a part of it.

    Args:
        ids: of the images; their noise depends on them.
        pixels: (n, C, H, W), uint8.
        labels, target_labels: (n,), int64.
    """

    ids: Sequence[str]
    pixels: np.ndarray
    labels: np.ndarray
    target_labels: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, part: slice) -> "Images":
        return Images(
            self.ids[part], self.pixels[part], self.labels[part], self.target_labels[part]
        )


def select(
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
        candidates: image_id and label, in the seeded order.
        clean: each model's predictions on them, in the same order.
        subset: how many of the chosen, the first ones, are marked `in_subset`.
        wanted: images to put first, by their id, or the first with a label.

    Returns:
        image_id, label, target_label (a random wrong one that depends on the seed and the image
        alone), in_subset; its index is the place among the candidates.

    Raises:
        UserError: there are too few, or there is only one class.
    """
    if classes < 2:
        raise UserError("labels: there is one class, and nothing to mistake it for")
    correct = np.ones(len(candidates), bool)
    for predictions in clean.values():
        correct &= (predictions["top1"] == candidates["label"]).to_numpy()
    if correct.sum() < count:
        raise UserError(
            f"the zoo's {len(clean)} models classify {correct.sum()} of {len(candidates)} "
            f"candidates correctly, and evaluation_images asks for {count}: lower it, or give more "
            "images ('candidates' null takes all there are)"
        )
    known = candidates[correct]
    firsts = [index for first in wanted for index in known.index[matches(known, first)][:1]]
    chosen = known.loc[list(dict.fromkeys([*firsts, *known.index]))]
    chosen = chosen.head(count)[["image_id", "label"]]
    shifts = [1 + mixed(image_key(seed, name), 0) % (classes - 1) for name in chosen["image_id"]]
    return chosen.assign(
        target_label=(chosen["label"] + shifts) % classes, in_subset=np.arange(count) < subset
    )


def matches(images: pd.DataFrame, wanted: str | int) -> pd.Series:
    """Which images have this id, or this label."""
    return images["label" if isinstance(wanted, int) else "image_id"] == wanted


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


def load_images(table: str | Path, pixels: str | Path, which: str = "all") -> Images:
    """The evaluation set from its Parquet and its safetensors file.

    Args:
        which: "all", or "subset" for the images in_subset, which come first.
    """
    frame = read_frame(table)
    if (frame["label"] == frame["target_label"]).any():
        raise UserError(f"{table}: a target label is the true one; delete it and run again")
    images = Images(
        ids=frame["image_id"].tolist(),
        pixels=map_pixels(pixels)["images"],
        labels=frame["label"].to_numpy(np.int64),
        target_labels=frame["target_label"].to_numpy(np.int64),
    )
    return images if which == "all" else images[: int(frame["in_subset"].sum())]


def ahead(images: Images, count: int, first: str | int | None) -> Images:
    """The first `count` images, with one by its id or label ahead of them if it is there."""
    frame = pd.DataFrame({"image_id": images.ids, "label": images.labels})
    order = np.argsort(~matches(frame, first).to_numpy(), kind="stable")[:count]
    return Images(
        [images.ids[i] for i in order],
        images.pixels[order],
        images.labels[order],
        images.target_labels[order],
    )
