"""How much a data set holds, and what that comes to on disk.

Imports neither torch nor Snakemake.
"""

from dataclasses import dataclass
from math import log2, prod
from pathlib import Path

from nrg.data.datasets import class_names, open_data_set
from nrg.study.suite import Data

# Bytes of a Parquet file of predictions beside its rows, and of a probability.
PARQUET, PROBABILITY = 8_000, 4


@dataclass(frozen=True)
class DataSetSize:
    """How much a data set holds.

    Args:
        held_out, training: images to attack, and to train on.
        shape: of an image, (C, H, W).
    """

    held_out: int
    training: int
    shape: tuple[int, ...]
    classes: int

    @property
    def image_bytes(self) -> int:
        return prod(self.shape)

    def prediction_bytes(self, rows: int, images: int) -> int:
        """Of a file with so many predictions on so many images: five labels, an id and two
        probabilities."""
        bits = 5 * log2(self.classes) + log2(images)
        return round(PARQUET + rows * (bits / 8 + 2 * PROBABILITY))


def measure_data_set(data: Data) -> DataSetSize:
    """How much a data set holds; of published archives it is known before they are downloaded.

    Raises:
        UserError: no images, or labels that do not match them.
    """
    if data.dataset == "mnist":
        return DataSetSize(10_000, 60_000, data.shape, 10)
    if data.archive is not None and not (data.images and Path(data.images).expanduser().exists()):
        return DataSetSize(data.archive.images, 0, data.shape, len(class_names(data)))
    held = open_data_set(data)
    training = 0 if held.training is None else len(held.training[0])
    return DataSetSize(len(held.ids), training, data.shape, len(held.classes))
