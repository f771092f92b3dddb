"""Images with their labels, as attacks get them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from nrg.base.errors import UserError
from nrg.base.safetensors_files import map_pixels
from nrg.base.table_files import read_parquet


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


def load_images(table: str | Path, pixels: str | Path, which: str = "all") -> Images:
    """The evaluation set from its Parquet and its safetensors file.

    Args:
        which: "all", or "subset" for the images in_subset, which come first.
    """
    frame = read_parquet(table)
    if (frame["label"] == frame["target_label"]).any():
        raise UserError(f"{table}: a target label is the true one; delete it and run again")
    images = Images(
        ids=frame["image_id"].tolist(),
        pixels=map_pixels(pixels)["images"],
        labels=frame["label"].to_numpy(np.int64),
        target_labels=frame["target_label"].to_numpy(np.int64),
    )
    return images if which == "all" else images[: int(frame["in_subset"].sum())]


def pick_images(images: Images, count: int, first: str | int | None) -> Images:
    """The first `count` images, with one by its id or label ahead of them if it is there."""
    frame = pd.DataFrame({"image_id": images.ids, "label": images.labels})
    order = np.argsort(~matches(frame, first).to_numpy(), kind="stable")[:count]
    return Images(
        [images.ids[i] for i in order],
        images.pixels[order],
        images.labels[order],
        images.target_labels[order],
    )


def matches(images: pd.DataFrame, wanted: str | int) -> pd.Series:
    """Which images have this id, or this label."""
    return images["label" if isinstance(wanted, int) else "image_id"] == wanted
