"""Images with their ids, labels and target labels: an evaluation set, or a part of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from nrg.base.errors import UserError
from nrg.base.safetensors_files import map_pixels, write_arrays
from nrg.base.table_files import read_parquet

IMAGES_KEPT = 48  # of each adversarial set, when the set itself is deleted


class SliceablePixels(Protocol):
    """Images (n, C, H, W), uint8, that are read slice by slice, such as an array in a file."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> np.ndarray: ...


@dataclass
class Images:
    """Images with their labels; a slice of them is again `Images`.

    Args:
        ids: of the images; the noise that an image gets depends on its id.
        pixels: (n, C, H, W), uint8.
        labels, target_labels: (n,), int64.
    """

    ids: Sequence[str]
    pixels: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    target_labels: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, part: slice) -> "Images":
        return Images(
            self.ids[part], self.pixels[part], self.labels[part], self.target_labels[part]
        )

    def pick(self, rows: Sequence[int]) -> "Images":
        """The images in these rows, in this order."""
        ids = [self.ids[row] for row in rows]
        return Images(ids, self.pixels[rows], self.labels[rows], self.target_labels[rows])


def load_images(table: str | Path, pixels: str | Path, which: str = "all") -> Images:
    """Load the evaluation set from its Parquet file and its safetensors file.

    Args:
        which: "all", or "subset" for the images in_subset, which come first.

    Raises:
        UserError: a file that is damaged, or a target label that is the true label.
    """
    frame = read_parquet(table)
    if (frame["label"] == frame["target_label"]).any():
        raise UserError(f"{table}: a target label is the true label; delete it and run again")
    images = Images(
        ids=frame["image_id"].tolist(),
        pixels=map_pixels(pixels)["images"],
        labels=frame["label"].to_numpy(np.int64),
        target_labels=frame["target_label"].to_numpy(np.int64),
    )
    return images if which == "all" else images[: int(frame["in_subset"].sum())]


def keep_samples(sets: Mapping[str, Any], path: str) -> None:
    """Write the first `IMAGES_KEPT` images of adversarial sets, (n, C, H, W), by attack."""
    write_arrays({attack: pixels[:IMAGES_KEPT] for attack, pixels in sets.items()}, path)


def pick_images(images: Images, count: int, first: str | int | None) -> Images:
    """Pick `count` images; the one that `first` names by id or label comes first, if present."""
    frame = pd.DataFrame({"image_id": images.ids, "label": images.labels})
    order = np.argsort(~matches(frame, first).to_numpy(), kind="stable")[:count]
    return images.pick(order.tolist())


def matches(images: pd.DataFrame, wanted: str | int | None) -> "pd.Series[bool]":
    """For each image, whether it has the wanted id (a text) or the wanted label (a number)."""
    return images["label" if isinstance(wanted, int) else "image_id"] == wanted
