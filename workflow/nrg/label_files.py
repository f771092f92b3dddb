"""Images of any folder, labelled by a file with a line "name label" for each."""

from collections.abc import Mapping
from pathlib import Path

from nrg.errors import UserError

SUFFIXES = {".jpeg", ".jpg", ".png", ".bmp", ".webp"}


def labelled_images(
    folder: Path, label_file: Path, index_of: Mapping[str, int]
) -> dict[str, tuple[Path, int]]:
    """The images below a folder by their names, each with its label.

    Args:
        index_of: the label of each class by name.

    Raises:
        UserError: images without a label, or labels without an image.
    """
    labels = read_labels(label_file, index_of)
    outside = [name for name, label in labels.items() if label >= len(index_of)]
    if outside:
        raise UserError(
            f"labels: {label_file} gives {outside[0]} the label {labels[outside[0]]}; with "
            f"{len(index_of)} classes it must be from 0 to {len(index_of) - 1}"
        )
    paths = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES
    }
    if not paths:
        raise UserError(f"images: there are no images in {folder}")
    for names, problem in (
        (sorted(set(paths) - set(labels)), "without a label"),
        (sorted(set(labels) - set(paths)), "that are not in the folder"),
    ):
        if names:
            raise UserError(
                f"labels: {label_file} does not match {folder}: {len(names)} images {problem}, "
                f"{names[0]} first"
            )
    return {name: (path, labels[name]) for name, path in paths.items()}


def read_labels(label_file: Path, index_of: Mapping[str, int]) -> dict[str, int]:
    """The label of each name: an index, or one of the classes' names.

    Raises:
        UserError: no such file, or a line that is no name and label.
    """
    if not label_file.is_file():
        raise UserError(f"labels: there is no file {label_file}")
    labels: dict[str, int] = {}
    for number, line in enumerate(read_lines(label_file, "labels"), start=1):
        if not line.strip():
            continue
        name, _, label = line.strip().rpartition(" ")
        if not name or not (label in index_of or label.isdecimal()):
            raise UserError(
                f"labels: line {number} of {label_file} is '{line}'; it must be a file name and a "
                "class index or the name of a class"
            )
        index = index_of[label] if label in index_of else int(label)
        if labels.setdefault(name.strip(), index) != index:
            raise UserError(f"labels: line {number} of {label_file} gives {name} a second label")
    return labels


def read_classes(class_file: Path | None, label_file: Path) -> list[str]:
    """The names of the classes, in the order of their labels; numbers where there is no file.

    Without one there are as many as the largest label says.
    """
    if class_file is not None:
        if not class_file.is_file():
            raise UserError(f"classes: there is no file {class_file}")
        names = [line.strip() for line in read_lines(class_file, "classes") if line.strip()]
        if len(set(names)) < max(2, len(names)):
            raise UserError(f"classes: {class_file} must hold two or more different names")
        return names
    labels = read_labels(label_file, {})
    return [str(label) for label in range(1 + max(labels.values(), default=0))]


def read_lines(path: Path, setting: str) -> list[str]:
    try:
        return path.read_text().splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"{setting}: {path} is no text file") from error
