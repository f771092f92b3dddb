"""ImageNet's images and their labels, in the folders and archives that people have them in."""

import re
from collections import Counter
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path, PurePath, PurePosixPath
from typing import NamedTuple

import pandas as pd

from nrg.archives import Member, members
from nrg.errors import UserError
from nrg.label_files import SUFFIXES, labelled_images
from nrg.progress import log
from nrg.settings import WORKFLOW, Data
from nrg.storage import file_sha256
from nrg.user_files import imagenet_archives, images_folder

CLASS_FOLDER = re.compile(r"n\d.*|\d+")
KIT = PurePosixPath("ILSVRC2012_devkit_t12/data")


class Photograph(NamedTuple):
    """An image: its id, what holds its bytes, and its label, torchvision's class index."""

    name: str
    file: Path | Member
    label: int


def class_table() -> pd.DataFrame:
    """ImageNet's 1,000 classes: index, wnid, name."""
    return pd.read_csv(WORKFLOW / "resources/imagenet_classes.csv")


def find_photographs(data: Data) -> list[Photograph]:
    """The images of the suite, wherever they lie.

    Raises:
        UserError: no images, labels that do not match them, or an archive that is not the
            published one.
    """
    top = Path(data.images).expanduser()
    index_of = dict(class_table()[["wnid", "index"]].itertuples(index=False))
    if data.labels is not None:
        labelled = labelled_images(top, Path(data.labels).expanduser(), index_of)
        photographs = [Photograph(name, *image) for name, image in labelled.items()]
    elif top.is_file():
        photographs = from_archive(top, data.archive, index_of)
    elif archives := imagenet_archives(top):
        photographs = from_imagenet_archives(*archives, index_of, published_md5())
    else:
        photographs = from_folders(images_folder(top), index_of)
    names = Counter(photograph.name for photograph in photographs)
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        raise UserError(f"images: {len(twice)} file names occur more than once, {twice[0]} first")
    return photographs


def by_folder(
    files: Mapping[PurePath, Path | Member], index_of: Mapping[str, int]
) -> list[Photograph]:
    """Images labelled by the name of their folder: a wnid, or a class index.

    The folder's rank would be wrong: classes may be missing, and as text 10 comes before 2. Only
    below a wnid is a file's name alone its id, for only there does it hold the class.
    """
    label_of = {str(index): index for index in index_of.values()} | index_of
    photographs = []
    for path in sorted(files):
        folder = path.parent.name
        if path.suffix.lower() not in SUFFIXES or not CLASS_FOLDER.fullmatch(folder):
            continue
        if folder not in label_of:
            raise UserError(f"images: {path.parent} is no class of ILSVRC2012")
        name = path.name if folder in index_of else f"{folder}/{path.name}"
        photographs.append(Photograph(name, files[path], label_of[folder]))
    return photographs


def from_folders(folder: Path, index_of: Mapping[str, int]) -> list[Photograph]:
    """Images in folders named by wnid or by class index."""
    photographs = by_folder({path: path for path in folder.glob("*/*")}, index_of)
    if not photographs:
        raise UserError(
            f"images: {folder} has no folder named by a wnid (n01440764, …) or a class index (0 to "
            f"{len(index_of) - 1}) with images in it; a flat folder of images needs a label file, "
            "the setting 'labels'"
        )
    return photographs


def from_archive(
    path: Path, archive: Mapping[str, str] | None, index_of: Mapping[str, int]
) -> list[Photograph]:
    """Images in the suite's published archive of folders, once its hash is checked."""
    if archive is None:
        raise UserError(f"images: {path} is a file; name the folder of the images")
    log.info("checking the sha256 of %s", path)
    if file_sha256(path) != archive["sha256"]:
        raise UserError(
            f"images: {path} is damaged, or is not {archive['url']}: its sha256 is not "
            f"{archive['sha256']}; of another archive name the folder it unpacks to"
        )
    return by_folder(members(path), index_of)


def from_imagenet_archives(
    images: Path, kit: Path, index_of: Mapping[str, int], md5: Mapping[str, str]
) -> list[Photograph]:
    """ILSVRC2012's validation archive, labelled by the development kit's, as torchvision does it.

    Args:
        md5: of each archive, by its name.
    """
    from torchvision.datasets.utils import check_integrity

    for path in (images, kit):
        log.info("checking the md5 of %s", path)
        if not check_integrity(path, md5[path.name]):
            raise UserError(
                f"images: {path} is damaged, or is not the published file: its md5 is not "
                f"{md5[path.name]}"
            )
    files = sorted(members(images).items())
    return [
        Photograph(path.name, file, index_of[wnid])
        for (path, file), wnid in zip(files, validation_wnids(kit), strict=True)
    ]


def validation_wnids(kit: Path) -> list[str]:
    """The wnid of each validation image, in the order of the images' names.

    The kit counts classes from 1 in an order of its own, which is not torchvision's.
    """
    from scipy.io import loadmat

    files = members(kit)
    synsets = loadmat(BytesIO(files[KIT / "meta.mat"].read_bytes()), squeeze_me=True)["synsets"]
    wnid_of = {s["ILSVRC2012_ID"]: s["WNID"] for s in synsets if s["num_children"] == 0}
    truth = files[KIT / "ILSVRC2012_validation_ground_truth.txt"].read_bytes()
    return [wnid_of[int(number)] for number in truth.split()]


def published_md5() -> dict[str, str]:
    """The md5 of ILSVRC2012's archives, by their names."""
    from torchvision.datasets.imagenet import ARCHIVE_META

    return dict(ARCHIVE_META.values())
