"""The number and shape of a data set's images, and the size of predictions on disk.

Imports neither torch nor Snakemake.
"""

from dataclasses import dataclass
from math import log2, prod
from pathlib import Path

from nrg.data.datasets import class_names, open_data_set
from nrg.study.suite import Data

PARQUET_OVERHEAD = 8_000  # bytes of a Parquet file of predictions without its rows
PROBABILITY_BYTES = 4


@dataclass(frozen=True)
class DataSetSize:
    """The number and shape of a data set's images.

    Attributes:
        held_out: the number of images to attack.
        training: the number of images to train on.
        shape: of an image, (C, H, W).
        classes: the number of classes.
    """

    held_out: int
    training: int
    shape: tuple[int, ...]
    classes: int

    @property
    def image_bytes(self) -> int:
        """Bytes of one image's pixels, uint8."""
        return prod(self.shape)

    def prediction_bytes(self, rows: int, images: int) -> int:
        """The size in bytes of a file with `rows` predictions on `images` different images.

        A row has five labels, an image's id and two probabilities; labels and ids are compressed.
        """
        bits = 5 * log2(self.classes) + log2(images)
        return round(PARQUET_OVERHEAD + rows * (bits / 8 + 2 * PROBABILITY_BYTES))


def measure_data_set(data: Data) -> DataSetSize:
    """The size of a data set.

    That of MNIST, or of a published archive that is not there yet, is known without reading it.

    Raises:
        UserError: no images, or labels that do not match them.
    """
    if data.dataset == "mnist":
        return DataSetSize(10_000, 60_000, data.shape, 10)
    if data.archive is not None and not (data.images and Path(data.images).expanduser().exists()):
        return DataSetSize(data.archive.images, 0, data.shape, len(class_names(data)))
    dataset = open_data_set(data)
    training = 0 if dataset.training is None else len(dataset.training[0])
    return DataSetSize(len(dataset.ids), training, data.shape, len(dataset.classes))
