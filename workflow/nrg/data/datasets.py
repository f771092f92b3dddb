"""Data sets: their images, labels and classes, and the pixels that models get."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from nrg.base.errors import UserError
from nrg.base.image_keys import image_key
from nrg.base.progress import Progress
from nrg.base.safetensors_files import Pixels
from nrg.data.archives import Member
from nrg.data.class_files import Classes
from nrg.data.image_files import resolve_path
from nrg.data.imagenet import find_photographs, read_class_table
from nrg.data.images import Images
from nrg.data.label_files import Photograph, label_images, read_classes
from nrg.data.pixels import decode_image, read_bytes, resize_and_crop
from nrg.study.suite import Data

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class DataSet:
    """Held-out images to attack and, if the suite trains its zoo, images to train on.

    Attributes:
        ids: of the held-out images.
        labels: of the held-out images, (n,), int64, as indices into `classes`.
        read: returns the pixels of the i-th held-out image, (C, H, W), uint8.
        classes: the names of the classes.
        training: pixels (n, C, H, W), uint8, and labels (n,), int64.
        targets: (n,), int64, the target labels that the user gives; None to draw them.
    """

    ids: list[str]
    labels: Labels
    read: Callable[[int], Pixels]
    classes: list[str]
    training: tuple[Pixels, Labels] | None = None
    targets: Labels | None = None

    def load(self, count: int | None = None) -> Images:
        """The first `count` held-out images, or all of them.

        Where the user gives no target labels, they are the true ones, which no targeted attack may
        have.
        """
        pixels = np.stack([self.read(index) for index in range(len(self.ids))[:count]])
        targets = self.labels if self.targets is None else self.targets
        return Images(self.ids[:count], pixels, self.labels[:count], targets[:count])


def open_data_set(data: Data) -> DataSet:
    """Open the data set of a suite.

    Raises:
        UserError: there are no images, or the labels do not match them.
    """
    if data.resize is not None and data.resize < data.image_size:
        raise UserError(
            f"resize is {data.resize}, less than image_size, {data.image_size}: the centre crop "
            "would be larger than the image; raise 'resize'"
        )
    readers = {
        "digits": open_digits,
        "mnist": open_mnist,
        "imagenet": open_imagenet,
        "folder": open_folder,
    }
    return readers[data.dataset](data)


def class_names(data: Data) -> list[str]:
    """The names of the classes, found without reading any image."""
    if data.dataset == "imagenet":
        return list(read_class_table()["name"])
    if data.dataset == "folder":
        return folder_classes(data).names
    return [str(digit) for digit in range(10)]


def order_candidates(ids: list[str], seed: int) -> npt.NDArray[np.intp]:
    """Put images into a random order, as indices into `ids`.

    Which of two images comes first depends on the seed and on their two ids alone, so that further
    images do not change the order of the others.
    """
    keys = np.array([image_key(seed, image_id) for image_id in ids], np.uint64)
    return np.argsort(keys, kind="stable")


def write_pixels(data: DataSet, indices: npt.NDArray[np.intp], into: Pixels, threads: int) -> None:
    """Read images into an array, with several threads.

    Args:
        indices: of the images, in the order in which they are wanted.
        into: (n, C, H, W), uint8.

    Raises:
        UserError: an image that cannot be read.
    """
    with Progress("images", len(indices)) as progress, ThreadPoolExecutor(threads) as pool:
        for index, pixels in enumerate(pool.map(data.read, indices)):
            into[index] = pixels
            progress.advance(1)


def open_digits(data: Data) -> DataSet:
    """Open scikit-learn's 1,797 digits (Alpaydin & Kaynak 1998), 8×8 in 17 greys, enlarged.

    In every run the same 1,000 images train the zoo, and the same 797 are held out.
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    source = load_digits()
    side = (data.image_size, data.image_size)
    grey = np.round(source.images * (255 / 16)).astype(np.uint8)
    enlarged = [Image.fromarray(image).resize(side, Image.Resampling.BICUBIC) for image in grey]
    pixels = np.stack(list(map(np.asarray, enlarged)))[:, None]
    training, held_out = train_test_split(
        np.arange(len(pixels)), train_size=1000, stratify=source.target, random_state=0
    )
    return DataSet(
        ids=[f"digit-{index:04}" for index in held_out],
        labels=source.target[held_out].astype(np.int64),
        read=lambda index: pixels[held_out[index]],
        classes=class_names(data),
        training=(pixels[training], source.target[training].astype(np.int64)),
    )


def open_mnist(data: Data) -> DataSet:
    """Open MNIST's four files in a folder laid out as torchvision does it; their md5 is checked.

    Nothing is written to the folder: torchvision unpacks next to the files, so it gets copies.
    """
    from torchvision.datasets import MNIST
    from torchvision.datasets.utils import check_integrity

    if data.images is None:
        raise UserError("mnist: set 'mlp_images' to its folder, or allow 'download'")
    with tempfile.TemporaryDirectory() as scratch:
        raw = Path(scratch) / "MNIST/raw"
        raw.mkdir(parents=True)
        for name, md5 in MNIST.resources:
            path = resolve_path(data.images, "mlp_images") / "MNIST/raw" / name
            if not check_integrity(path, md5):
                raise UserError(f"mnist: {path} is missing, or is not the published file")
            shutil.copyfile(path, raw / name)
        parts = [MNIST(scratch, train=train, download=True) for train in (True, False)]
    (training, training_labels), (test, test_labels) = (
        (part.data.numpy()[:, None], part.targets.numpy().astype(np.int64)) for part in parts
    )
    return DataSet(
        ids=[f"mnist-{index:05}" for index in range(len(test))],
        labels=test_labels,
        read=lambda index: test[index],
        classes=class_names(data),
        training=(training, training_labels),
    )


def open_imagenet(data: Data) -> DataSet:
    """Open photographs of ImageNet's classes, in any layout that `find_photographs` knows."""
    return read_photographs(find_photographs(data), class_names(data), data)


def open_folder(data: Data) -> DataSet:
    """Open the user's own images, with a label file."""
    classes = folder_classes(data)
    top, label_file = resolve_path(data.images, "images"), resolve_path(data.labels, "labels")
    return read_photographs(label_images(top, label_file, classes), classes.names, data)


def read_photographs(photographs: Sequence[Photograph], classes: list[str], data: Data) -> DataSet:
    """A data set of image files, of which either all or none have target labels."""
    ids, files, labels, targets = zip(*photographs, strict=True)
    return DataSet(
        ids=list(ids),
        labels=np.array(labels, np.int64),
        read=lambda index: read_image(files[index], data.resize, data.image_size),
        classes=classes,
        targets=None if None in targets else np.array(targets, np.int64),
    )


def folder_classes(data: Data) -> Classes:
    """The classes of the user's own images."""
    class_file = None if data.classes is None else resolve_path(data.classes, "classes")
    return read_classes(class_file, resolve_path(data.labels, "labels"))


def read_image(path: Path | Member, resize: int | None, size: int) -> Pixels:
    """Read an image as RGB, resize its shorter side (bilinear), and crop it at its centre.

    For 8-bit RGB the pixels are the same as those of torchvision's Resize and CenterCrop on a PIL
    image; the module `pixels` converts other kinds of pixels.

    Returns:
        (3, size, size), uint8.

    Raises:
        UserError: a file that is not an image, is damaged, or is smaller than the crop.
    """
    return resize_and_crop(decode_image(read_bytes(path), str(path)), resize, size, str(path))
