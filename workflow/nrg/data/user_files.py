"""The files that are read for a data set, found before any job starts, and their fingerprint.

Imports neither torch nor Snakemake.
"""

import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from nrg.base.errors import UserError
from nrg.base.files import read_user_file
from nrg.data.image_files import find_images, resolve_path
from nrg.study.suite import Data

# Named as torchvision expects them.
IMAGENET_ARCHIVES = ("ILSVRC2012_img_val.tar", "ILSVRC2012_devkit_t12.tar.gz")
MNIST_FILES = tuple(
    f"{part}-{kind}-ubyte.gz"
    for part in ("train", "t10k")
    for kind in ("images-idx3", "labels-idx1")
)
CLASS_FOLDER = re.compile(r"n\d.*|\d+", re.ASCII)
# Files of ImageNet's development kit: the classes of its validation images, and a table of classes.
TRUTH, META = "ILSVRC2012_validation_ground_truth.txt", "meta.mat"


def fingerprint(data: Data) -> str:
    """A hash that changes when a file changes that is read for the data set.

    It covers names, sizes and times of images and archives, and the content of label and class
    files. The folder of the data set and files that are not read do not count.

    Raises:
        UserError: the folder or the label file does not exist, or one of two archives is missing.
    """
    digest = hashlib.sha256()
    if data.dataset == "imagenet" and data.images is None and data.downloaded_archive is None:
        raise UserError(
            "the setting 'images' must name the folder of the ImageNet images: "
            "--config images=/data/ILSVRC2012; suite=imagenetv2 downloads open ones"
        )
    for name in ("images", "labels"):
        if data.dataset == "folder" and getattr(data, name) is None:
            raise UserError(f"the setting '{name}' must be given for a folder of images")
    if data.images is not None:
        for name, file in list_image_files(data).items():
            status = file.stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    if data.labels is not None:
        add_content(digest, list_label_files(resolve_path(data.labels, "labels")), "labels")
    if data.classes is not None:
        add_content(digest, [resolve_path(data.classes, "classes")], "classes")
    return digest.hexdigest()


def add_content(digest: "hashlib._Hash", files: Iterable[Path], setting: str) -> None:
    """Add the content of files to a hash, each with its length."""
    for file in files:
        content = read_user_file(file, setting)
        digest.update(f"{setting} {len(content)}\n".encode() + content)


def list_image_files(data: Data) -> dict[str, Path]:
    """The files that are read for the images of a data set, by their names.

    Raises:
        UserError: there are none, or images cannot be distinguished from other files.
    """
    top = resolve_path(data.images, "images")
    if data.dataset == "mnist":
        raw = top / "MNIST/raw"
        return {name: raw / name for name in MNIST_FILES if (raw / name).is_file()}
    if data.dataset not in ("imagenet", "folder"):
        return {}
    if top.is_file():
        return {os.fsencode(top.name).decode(errors="replace"): top}
    if not top.is_dir():
        raise UserError(f"images: {top} is neither a folder nor a file")
    if data.dataset == "folder":
        return find_images(top)
    if data.labels is not None:
        return find_images(class_folders_parent(top))
    if archives := find_imagenet_archives(top):
        return {archive.name: archive for archive in archives}
    files = find_images(class_folders_parent(top), is_class_folder)
    return {name: file for name, file in files.items() if "/" in name}


def is_class_folder(inside: PurePosixPath) -> bool:
    """Whether a folder lies on top and is named by a wnid or a class index."""
    return len(inside.parts) == 1 and CLASS_FOLDER.fullmatch(inside.name) is not None


def list_label_files(labels: Path) -> list[Path]:
    """The files that are read for the labels: a label file, or two files of ImageNet's kit.

    The files of the development kit are the classes of the validation images and the table of
    classes. They are in an unpacked kit, or the table is next to the file of classes.

    Raises:
        UserError: a folder that is not ImageNet's development kit.
    """
    if labels.is_dir():
        folder = labels / "data" if (labels / "data").is_dir() else labels
        files = [folder / TRUTH, folder / META]
        if not all(file.is_file() for file in files):
            raise UserError(
                f"labels: {labels} is a folder but not ImageNet's development kit, which has "
                f"{TRUTH} and {META}; name a label file"
            )
        return files
    meta = labels.with_name(META)
    return [labels, meta] if meta.is_file() else [labels]


def class_folders_parent(top: Path) -> Path:
    """The folder with ImageNet's class folders: val/ if it exists, or else the folder itself."""
    return top / "val" if (top / "val").is_dir() else top


def find_imagenet_archives(top: Path) -> list[Path]:
    """The archives of ILSVRC2012's validation images and development kit; empty if not present.

    Where there are folders of images, as torchvision unpacks them, the archives are not read.

    Raises:
        UserError: an archive of images without the kit, which has their labels.
    """
    images, kit = (top / name for name in IMAGENET_ARCHIVES)
    if not images.is_file() or (top / "val").is_dir() or any(top.glob("n[0-9]*/")):
        return []
    if not kit.is_file():
        raise UserError(f"images: {images} has no labels; put {kit.name} next to it")
    return [images, kit]
