"""Reading images: what a suite's data set holds, and the pixels that models get."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from nrg.base.errors import UserError
from nrg.base.image_keys import image_key
from nrg.base.progress import Progress
from nrg.data.archives import Member
from nrg.data.image_files import resolve_path
from nrg.data.imagenet import class_table, find_photographs
from nrg.data.label_files import Classes, labelled_images, read_classes
from nrg.data.pixels import decode_image, read_bytes, resize_and_crop
from nrg.study.suite import Data


@dataclass(frozen=True)
class DataSet:
    """Held-out images to attack, and for suites that train, images to train on.

    Args:
        ids: of the held-out images.
        labels: (n,), int64, indices into `classes`.
        read: the pixels of the i-th held-out image, (C, H, W), uint8.
        classes: names of the labels.
        training: pixels (n, C, H, W), uint8, and labels (n,).
        targets: (n,), int64, the target labels that the user gives; None to draw them.
    """

    ids: list[str]
    labels: np.ndarray
    read: Callable[[int], np.ndarray]
    classes: list[str]
    training: tuple[np.ndarray, np.ndarray] | None = None
    targets: np.ndarray | None = None


def open_data_set(data: Data) -> DataSet:
    """The suite's data set.

    Raises:
        UserError: no images, or labels that do not match them.
    """
    if data.resize is not None and data.resize < data.image_size:
        raise UserError(
            f"resize is {data.resize}, less than image_size, {data.image_size}: the centre crop "
            "would be larger than the image; raise 'resize'"
        )
    readers = {"digits": digits, "mnist": mnist, "imagenet": imagenet, "folder": folder}
    return readers[data.dataset](data)


def class_names(data: Data) -> list[str]:
    """Names of the labels, without reading any image."""
    if data.dataset == "imagenet":
        return class_table()["name"].tolist()
    if data.dataset == "folder":
        return folder_classes(data).names
    return [str(digit) for digit in range(10)]


def order_candidates(ids: list[str], seed: int) -> np.ndarray:
    """A seeded order of images in which each image's place depends on its own id alone."""
    return np.argsort(np.array([image_key(seed, name) for name in ids], np.uint64), kind="stable")


def write_pixels(data: DataSet, indices: np.ndarray, into: np.ndarray, threads: int) -> None:
    """Read these images into an array (n, C, H, W), uint8, in this order.

    Raises:
        UserError: an image that cannot be read, by name.
    """
    with Progress("images", len(indices)) as progress, ThreadPoolExecutor(threads) as pool:
        for place, pixels in enumerate(pool.map(data.read, indices)):
            into[place] = pixels
            progress.advance(1)


def digits(data: Data) -> DataSet:
    """scikit-learn's 1,797 digits (Alpaydin & Kaynak 1998), 8×8 in 17 greys, enlarged.

    1,000 train the zoo; 797 are held out, the same in every run.
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    source = load_digits()
    side = (data.image_size, data.image_size)
    grey = np.round(source.images * (255 / 16)).astype(np.uint8)
    pixels = np.stack(
        [
            np.asarray(Image.fromarray(image).resize(side, Image.Resampling.BICUBIC))
            for image in grey
        ]
    )[:, None]
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


def mnist(data: Data) -> DataSet:
    """MNIST's four files, each checked by its md5, from a folder as torchvision makes it.

    Nothing is written there: torchvision unpacks beside its files, so it is given copies.
    """
    from torchvision.datasets import MNIST
    from torchvision.datasets.utils import check_integrity

    if data.images is None:
        raise UserError("mnist: name its folder with 'mlp_images', or allow 'download'")
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


def imagenet(data: Data) -> DataSet:
    """Photographs of ImageNet's classes, in whichever form the suite or the user has them."""
    photographs = find_photographs(data)
    return DataSet(
        ids=[photograph.name for photograph in photographs],
        labels=np.array([photograph.label for photograph in photographs], np.int64),
        read=lambda index: read_image(photographs[index].file, data.resize, data.image_size),
        classes=class_names(data),
        targets=given_targets([photograph.target for photograph in photographs]),
    )


def folder(data: Data) -> DataSet:
    """The user's own images, with a label file."""
    classes = folder_classes(data)
    top, label_file = resolve_path(data.images, "images"), resolve_path(data.labels, "labels")
    labelled = labelled_images(top, label_file, classes)
    paths, labels, targets = zip(*labelled.values(), strict=True)
    return DataSet(
        ids=list(labelled),
        labels=np.array(labels, np.int64),
        read=lambda index: read_image(paths[index], data.resize, data.image_size),
        classes=classes.names,
        targets=given_targets(targets),
    )


def folder_classes(data: Data) -> Classes:
    """The classes of the user's own images."""
    classes = data.classes and resolve_path(data.classes, "classes")
    return read_classes(classes, resolve_path(data.labels, "labels"))


def given_targets(targets: Sequence[int | None]) -> np.ndarray | None:
    """The target labels of a label file, which gives all of them or none."""
    return None if None in targets else np.array(targets, np.int64)


def read_image(path: Path | Member, resize: int | None, size: int) -> np.ndarray:
    """An image as RGB, its shorter side resized (bilinear), cropped at the centre.

    The same pixels as torchvision's Resize and CenterCrop on a PIL image; `pixels` says what
    becomes of other kinds of pixels than 8-bit RGB.

    Returns:
        (3, size, size), uint8.

    Raises:
        UserError: a file that is no image, is damaged, or is smaller than the crop.
    """
    return resize_and_crop(decode_image(read_bytes(path), str(path)), resize, size, str(path))
