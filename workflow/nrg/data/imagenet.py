"""ImageNet's images and their labels, in the folders and archives in which people have them."""

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path, PurePosixPath

import pandas as pd

from nrg.base.errors import UserError
from nrg.base.files import file_sha256
from nrg.base.progress import log
from nrg.base.resources import WORKFLOW
from nrg.data.archives import Member, list_members
from nrg.data.class_files import NUMBER, Classes, named_classes
from nrg.data.image_files import decode_name, find_images, is_image, is_skipped, resolve_path
from nrg.data.label_files import Photograph, label_images
from nrg.data.label_tables import read_lines
from nrg.data.user_files import (
    CLASS_FOLDER,
    META,
    TRUTH,
    class_folders_parent,
    find_imagenet_archives,
    list_image_files,
    list_label_files,
)
from nrg.study.suite import Archive, Data

KIT = PurePosixPath("ILSVRC2012_devkit_t12/data")
# Names that published lists give to two classes each.
SHARED_NAMES = {"crane": (134, 517), "maillot": (638, 639)}
VALIDATION_NAME = re.compile(r"ILSVRC2012_val_(\d{8})\.\w+", re.ASCII)


def read_class_table() -> pd.DataFrame:
    """ImageNet's 1,000 classes: index, wnid and name."""
    return pd.read_csv(WORKFLOW / "resources/imagenet_classes.csv")


@cache
def class_indices() -> dict[str, int]:
    """The index of each wnid of ILSVRC2012."""
    table = read_class_table()
    return dict(zip(table["wnid"], table["index"], strict=True))


def imagenet_classes() -> Classes:
    """ImageNet's classes, which labels may give by wnid, by name or by index."""
    named = named_classes(read_class_table()["name"], "the table of ImageNet's classes")
    wnids = {wnid: (index,) for wnid, index in class_indices().items()}
    return Classes(named.names, {**named.meanings, **SHARED_NAMES, **wnids}, named.source)


def find_photographs(data: Data) -> list[Photograph]:
    """Find the photographs of a suite, in whichever layout they are.

    Raises:
        UserError: there are no images, the labels do not match them, or an archive is not the
            published one.
    """
    top = resolve_path(data.images, "images")
    if data.classes is not None:
        check_classes(resolve_path(data.classes, "classes"))
    if data.labels is not None:
        photographs = find_labelled(class_folders_parent(top), resolve_path(data.labels, "labels"))
    elif top.is_file():
        photographs = find_in_archive(top, data.archive)
    elif archives := find_imagenet_archives(top):
        images, kit = archives
        photographs = find_in_imagenet_archives(images, kit, published_md5())
    else:
        photographs = find_in_folders(class_folders_parent(top), list_image_files(data))
    names = Counter(photograph.name for photograph in photographs)
    repeated = [name for name in names if names[name] > 1]
    if repeated:
        raise UserError(
            f"images: {len(repeated)} file names occur more than once, {repeated[0]} first"
        )
    return photographs


def check_classes(path: Path) -> None:
    """Refuse a class file that does not list the wnids in torchvision's order.

    ImageNet's labels count in that order. A list of wnids, such as timm's, can be compared with it;
    a list of names cannot, because names are worded differently in different lists.
    """
    lines = [line.split()[0] for line in read_lines(path, "classes") if line.strip()]
    if lines != list(class_indices()):
        raise UserError(
            f"classes: {path} is not the sorted list of ILSVRC2012's 1,000 wnids, in whose order "
            "this data set counts its classes; leave 'classes' out, or use 'dataset: folder'"
        )


def find_labelled(top: Path, labels: Path) -> list[Photograph]:
    """Images that are labelled by a label file, or by ImageNet's development kit."""
    wnids = read_kit_wnids(labels)
    if wnids is None:
        return label_images(top, labels, imagenet_classes())
    photographs = []
    for name, file in find_images(top).items():
        match = VALIDATION_NAME.fullmatch(file.name)
        if not match or not 1 <= int(match[1]) <= len(wnids):
            raise UserError(
                f"labels: {labels} labels ILSVRC2012_val_00000001.JPEG to "
                f"ILSVRC2012_val_{len(wnids):08}.JPEG in their order, and {file} is none of them"
            )
        photographs.append(Photograph(name, file, class_index(wnids[int(match[1]) - 1])))
    if not photographs:
        raise UserError(f"images: there are no images in {top}")
    return photographs


def read_kit_wnids(labels: Path) -> list[str] | None:
    """The wnid of each validation image if the labels are ImageNet's development kit, else None."""
    if labels.name.endswith((".tar", ".tar.gz", ".tgz")):
        return read_archived_kit_wnids(labels)
    sources = list_label_files(labels)
    if len(sources) == 1:
        return None
    truth, meta = (file.read_bytes() for file in sources)
    if not all(map(NUMBER.fullmatch, truth.decode(errors="replace").split())):
        return None  # another label file, which happens to be next to a kit's table
    return decode_kit_wnids(truth, meta, labels)


def class_index(wnid: str) -> int:
    """The index of a wnid; a UserError if it is not a class of ILSVRC2012."""
    if wnid not in class_indices():
        raise UserError(f"labels: {wnid} is not a class of ILSVRC2012")
    return class_indices()[wnid]


def label_by_folder(files: Mapping[PurePosixPath, Path | Member]) -> list[Photograph]:
    """Images that are labelled by the name of their folder, a wnid or a class index.

    The rank of the folder among its siblings would be wrong, because classes may be missing and 10
    sorts before 2. The id of an image below a wnid is the file's name, which contains the class;
    the id below a class index is the folder and the file's name.
    """
    photographs, index_of = [], class_indices()
    for path in sorted(files):
        folder = path.parent.name
        if any(map(is_skipped, path.parts)) or not is_image(path.name):
            continue
        if not CLASS_FOLDER.fullmatch(folder):
            continue
        label = index_of.get(folder, int(folder[:10]) if folder.isdecimal() else -1)
        if not 0 <= label < len(index_of):
            raise UserError(f"images: {path.parent} is not a class of ILSVRC2012")
        name = path.name if folder in index_of else f"{folder}/{path.name}"
        photographs.append(Photograph(decode_name(name), files[path], label))
    return photographs


def find_in_folders(folder: Path, files: Mapping[str, Path]) -> list[Photograph]:
    """Images in folders that are named by wnid or by class index; a UserError if there are none."""
    photographs = label_by_folder({PurePosixPath(name): file for name, file in files.items()})
    if not photographs:
        raise UserError(
            f"images: {folder} has no folder named by a wnid (n01440764, …) or a class index (0 to "
            f"{len(class_indices()) - 1}) with images in it; a flat folder of images needs a label "
            "file or ImageNet's development kit, the setting 'labels'"
        )
    return photographs


def find_in_archive(path: Path, archive: Archive | None) -> list[Photograph]:
    """Images in the suite's published archive of class folders, whose hash is checked."""
    if archive is None:
        raise UserError(f"images: {path} is a file; set 'images' to the folder of the images")
    log.info("checking the sha256 of %s", path)
    if file_sha256(path) != archive.sha256:
        raise UserError(
            f"images: {path} is damaged, or is not {archive.url}: its sha256 is not "
            f"{archive.sha256}; unpack another archive, and set 'images' to the folder"
        )
    return label_by_folder(list_members(path))


def find_in_imagenet_archives(images: Path, kit: Path, md5: Mapping[str, str]) -> list[Photograph]:
    """Images of ILSVRC2012's validation archive, labelled by the archive of the development kit.

    Args:
        md5: of each archive, by the archive's name.

    Raises:
        UserError: an archive that is not the published one.
    """
    from torchvision.datasets.utils import check_integrity

    for path in (images, kit):
        log.info("checking the md5 of %s", path)
        if not check_integrity(path, md5[path.name]):
            raise UserError(
                f"images: {path} is damaged, or is not the published file: its md5 is not "
                f"{md5[path.name]}"
            )
    files = sorted(list_members(images).items())
    return [
        Photograph(path.name, file, class_index(wnid))
        for (path, file), wnid in zip(files, read_archived_kit_wnids(kit), strict=True)
    ]


def read_archived_kit_wnids(kit: Path) -> list[str]:
    """The wnid of each validation image, in the order of the images' names.

    The kit numbers classes from 1, in another order than torchvision's.
    """
    files = list_members(kit)
    missing = [name for name in (TRUTH, META) if KIT / name not in files]
    if missing:
        raise UserError(f"labels: {kit} is not ImageNet's development kit: it lacks {missing[0]}")
    return decode_kit_wnids(files[KIT / TRUTH].read_bytes(), files[KIT / META].read_bytes(), kit)


def decode_kit_wnids(truth: bytes, meta: bytes, kit: Path) -> list[str]:
    """The wnid of each validation image, from the kit's numbers and its table of classes.

    Args:
        truth: the content of the file with the number of each image's class.
        meta: the content of the table of classes, in MATLAB's format.
        kit: the path of the kit, for messages.
    """
    from scipy.io import loadmat

    try:
        synsets = loadmat(
            BytesIO(meta),  # type: ignore[arg-type]  # the stubs do not know that it reads open files
            squeeze_me=True,
        )["synsets"]
        wnid_of = {
            int(s["ILSVRC2012_ID"]): str(s["WNID"]) for s in synsets if s["num_children"] == 0
        }
        return [wnid_of[int(number)] for number in truth.split()]
    except Exception as error:  # damaged bytes can make the reader raise anything
        raise UserError(f"labels: the development kit {kit} is damaged: {error!r}") from error


def published_md5() -> dict[str, str]:
    """The md5 of ILSVRC2012's published archives, by their names."""
    from torchvision.datasets.imagenet import ARCHIVE_META

    return dict(ARCHIVE_META.values())
