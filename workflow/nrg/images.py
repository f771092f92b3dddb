"""Reading images: what a suite's data set holds, and the pixels that models get."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from nrg.errors import UserError
from nrg.noise import image_key
from nrg.progress import Progress
from nrg.settings import WORKFLOW, Data

SUFFIXES = {".jpeg", ".jpg", ".png", ".bmp", ".webp"}


@dataclass(frozen=True)
class DataSet:
    """Held-out images to attack, and for suites that train, images to train on.

    Args:
        ids: of the held-out images.
        labels: (n,), int64, indices into `classes`.
        read: the pixels of the i-th held-out image, (C, H, W), uint8.
        classes: names of the labels.
        training: pixels (n, C, H, W), uint8, and labels (n,).
    """

    ids: list[str]
    labels: np.ndarray
    read: Callable[[int], np.ndarray]
    classes: list[str]
    training: tuple[np.ndarray, np.ndarray] | None = None


def open_data_set(data: Data) -> DataSet:
    """The suite's data set.

    Raises:
        UserError: no images, or labels that do not match them.
    """
    return {"digits": digits, "mnist": mnist, "imagenet": imagenet}[data.dataset](data)


def class_names(data: Data) -> list[str]:
    """Names of the labels, without reading any image."""
    if data.dataset == "imagenet":
        return pd.read_csv(WORKFLOW / "resources/imagenet_classes.csv")["name"].tolist()
    return [str(digit) for digit in range(10)]


def candidate_order(ids: list[str], seed: int) -> np.ndarray:
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
            path = Path(data.images).expanduser() / "MNIST/raw" / name
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
    """ILSVRC2012 images: <wnid>/*.JPEG, also below val/, or a flat folder with a label file."""
    folder = Path(data.images).expanduser()
    table = pd.read_csv(WORKFLOW / "resources/imagenet_classes.csv")
    index_of = dict(zip(table["wnid"], table["index"], strict=True))
    if data.labels is not None:
        labelled = labels_from_file(folder, Path(data.labels).expanduser(), index_of)
    else:
        labelled = labels_from_folders(folder, index_of)
    paths = [path for path, _ in labelled]
    names = Counter(path.name for path in paths)
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        raise UserError(f"images: {len(twice)} file names occur more than once, {twice[0]} first")
    return DataSet(
        ids=[path.name for path in paths],
        labels=np.array([label for _, label in labelled], np.int64),
        read=lambda index: read_image(paths[index], data.resize, data.image_size),
        classes=table["name"].tolist(),
    )


def labels_from_folders(folder: Path, index_of: dict[str, int]) -> list[tuple[Path, int]]:
    """Images below folders named by wnid; the wnid gives the label, not the folder's rank."""
    below = folder / "val" if (folder / "val").is_dir() else folder
    strange = [child.name for child in below.glob("n[0-9]*") if child.name not in index_of]
    if strange:
        raise UserError(f"images: {below / strange[0]} is no class of ILSVRC2012")
    labelled = [
        (path, index_of[child.name])
        for child in sorted(below.iterdir())
        if child.is_dir() and child.name in index_of
        for path in sorted(child.iterdir())
        if path.suffix.lower() in SUFFIXES
    ]
    if not labelled:
        raise UserError(
            f"images: {below} has no folder named by a wnid (n01440764, …) with images in it; "
            "a flat folder of images needs a label file, the setting 'labels'"
        )
    return labelled


def labels_from_file(
    folder: Path, label_file: Path, index_of: dict[str, int]
) -> list[tuple[Path, int]]:
    """Images of a flat folder, by a file with a line "name label" for each."""
    if not label_file.is_file():
        raise UserError(f"labels: there is no file {label_file}")
    labels: dict[str, int] = {}
    try:
        lines = label_file.read_text().splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"labels: {label_file} is no text file") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        name, _, label = line.strip().rpartition(" ")
        index = index_of.get(label, int(label) if label.isdecimal() else -1)
        if not name or index not in range(len(index_of)):
            raise UserError(
                f"labels: line {number} of {label_file} is '{line}'; it must be a file name and a "
                f"class index from 0 to {len(index_of) - 1}, or a wnid"
            )
        if labels.setdefault(name.strip(), index) != index:
            raise UserError(f"labels: line {number} of {label_file} gives {name} a second label")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise UserError(f"images: there are no images in {folder}")
    unlabelled = [path.name for path in paths if path.name not in labels]
    missing = sorted(set(labels) - {path.name for path in paths})
    for names, problem in (
        (unlabelled, "without a label"),
        (missing, "that are not in the folder"),
    ):
        if names:
            raise UserError(
                f"labels: {label_file} does not match {folder}: {len(names)} images {problem}, "
                f"{names[0]} first"
            )
    return [(path, labels[path.name]) for path in paths]


def read_image(path: Path, resize: int | None, size: int) -> np.ndarray:
    """An image as RGB, its shorter side resized (bilinear), cropped at the centre.

    The same pixels as torchvision's Resize and CenterCrop on a PIL image; grey and CMYK images
    become RGB.

    Returns:
        (3, size, size), uint8.

    Raises:
        UserError: a file that is no image, is damaged, or is smaller than the crop.
    """
    try:
        with Image.open(path) as file:
            image = file.convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UserError(f"images: {path} cannot be read as an image: {error}") from error
    if resize is not None:
        width, height = image.size
        short = min(width, height)
        sides = tuple(resize if s == short else int(resize * s / short) for s in image.size)
        image = image.resize(sides, Image.Resampling.BILINEAR)
    width, height = image.size
    if min(width, height) < size:
        raise UserError(
            f"images: {path} is {width}×{height}, smaller than image_size {size}; set 'resize'"
        )
    left, top = round((width - size) / 2), round((height - size) / 2)
    image = image.crop((left, top, left + size, top + size))
    return np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1))
