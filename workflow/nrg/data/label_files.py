"""Images in a folder, labelled by a file that has one line for each image."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import NamedTuple, TypeVar

from nrg.base.errors import UserError, suggest_name
from nrg.base.files import exists
from nrg.base.progress import log
from nrg.data.archives import Member
from nrg.data.class_files import NUMBER, UNNAMED, Classes, read_class_file
from nrg.data.image_files import SUFFIXES, find_images, is_image, is_skipped
from nrg.data.label_tables import Row, quote, read_rows

# A limit for labels without names of classes. ImageNet-21k, the largest data set on which networks
# are commonly trained, has 21,843.
MOST_CLASSES = 100_000
LabelAndTarget = tuple[int, int | None]
Value = TypeVar("Value")


class Photograph(NamedTuple):
    """An image with its label.

    Args:
        name: its id.
        file: the file or the member of an archive that holds its bytes.
        label: an index into the classes.
        target: the target label that a label file gives it, if any.
    """

    name: str
    file: Path | Member
    label: int
    target: int | None = None


def label_images(folder: Path, label_file: Path, classes: Classes) -> list[Photograph]:
    """Label the images below a folder, whose ids are their names relative to it.

    Raises:
        UserError: images without a label, labels without an image, or labels that are not classes
            or may mean two of them.
    """
    labels = read_labels(label_file, classes)
    if not folder.is_dir():
        raise UserError(f"images: {folder} is a file; set 'images' to the folder of the images")
    paths = find_images(folder)
    if not paths:
        raise UserError(
            f"images: there are no images in {folder}; their names end in one of "
            f"{' '.join(sorted(SUFFIXES))}"
        )
    labels_of = match_names(paths, labels, folder, label_file)
    return [Photograph(name, path, *labels_of[name]) for name, path in paths.items()]


def read_labels(label_file: Path, classes: Classes) -> dict[str, LabelAndTarget]:
    """Read the label, and the target label if there is one, of each name in a label file.

    Raises:
        UserError: there is no such file, a line is not a name and a label, a label is not a class
            or may mean two classes, a target label is the label itself, or a name has two labels.
    """
    rows = read_rows(label_file, classes.knows, partial(advise_on_line, classes))
    first: dict[str, Row] = {}
    for row in rows:
        for text in (row.label, row.target):
            if text is not None:
                first.setdefault(text, row)
    meanings = resolve_labels(first, label_file, classes)
    labels: dict[str, LabelAndTarget] = {}
    for row in rows:
        label = meanings[row.label]
        target = None if row.target is None else meanings[row.target]
        check_other_columns(row, label, label_file, classes)
        name = PurePosixPath(row.name).as_posix()  # such as without ./ before it
        where = f"labels: line {row.line} of {label_file} gives {quote(name)}"
        if labels.setdefault(name, (label, target)) != (label, target):
            raise UserError(f"{where} a second label")
        if label == target:
            raise UserError(f"{where} its own label {row.label} as its target label")
    return labels


def check_other_columns(row: Row, label: int, label_file: Path, classes: Classes) -> None:
    """Refuse a line whose columns give different labels, such as a name and an index from 1."""
    for text in row.others:
        number = NUMBER.fullmatch(text)
        meanings = {*classes.meanings.get(text, ()), *([int(number[1][:10])] if number else [])}
        if label not in meanings:
            raise UserError(
                f"labels: line {row.line} of {label_file} says {row.label}, which is the class "
                f"with the index {label}, and in another column {text}, which is "
                f"{' or '.join(map(str, sorted(meanings)))}; indices count from 0; correct one "
                "of these columns, or remove it"
            )


def advise_on_line(classes: Classes, line: str) -> str:
    """What to do about a line of a label file that cannot be read."""
    if NUMBER.fullmatch(line):
        return (
            ". A number alone does not say which image it belongs to. If it is from ImageNet's "
            "development kit, set 'labels' to the kit's archive or unpacked folder, whose meta.mat "
            "has the kit's order of classes"
        )
    if not classes.names:
        return ". Without 'classes', a file with the name of a class on each line, it is a number"
    return suggest_name(re.split(r"[\s,;]+", line)[-1], classes.meanings)


def resolve_labels(first: Mapping[str, Row], label_file: Path, classes: Classes) -> dict[str, int]:
    """Find the label that each text stands for.

    Numbers may be indices of classes or, where classes are called by numbers, names. They are all
    read in the same way, which must be the only one in which all of them can be read.

    Args:
        first: the texts, each with the row in which it occurs first.
    """
    where = f"of {label_file}"
    numbers = {text: int(match[1][:10]) for text in first if (match := NUMBER.fullmatch(text))}
    names = {text: classes.meanings[text] for text in first if text in classes.meanings}
    count = len(classes.names) or MOST_CLASSES
    outside = [text for text, number in numbers.items() if number >= count]
    ambiguous = [text for text in numbers if text in names and names[text] != (numbers[text],)]
    if ambiguous:
        by_name = all(text in names for text in numbers)
        if by_name and not outside:
            text = ambiguous[0]
            raise UserError(
                f"labels: line {first[text].line} {where} says {text}, which is the class named "
                f"{text} (index {names[text][0]}) or the one with the index {text} (named "
                f"{classes.names[numbers[text]]}), and the other lines do not decide which; give "
                f"the classes in {classes.source} names that are not numbers"
            )
        log.info(
            "%s: numbers are read as the %s of classes, because only so can all of them be read",
            label_file,
            "names" if by_name else "indices",
        )
        if not by_name:
            names = {text: labels for text, labels in names.items() if text not in numbers}
    repeated = [text for text, labels in names.items() if len(set(labels)) > 1]
    if repeated:
        text = repeated[0]
        candidates = " and ".join(f"{i} ({classes.names[i]})" for i in names[text])
        raise UserError(
            f"labels: line {first[text].line} {where} says '{text}', the name of more than one "
            f"class: {candidates}; give the index instead"
        )
    labels = numbers | {text: labels[0] for text, labels in names.items()}
    for text, label in labels.items():
        if label >= count:
            raise UserError(
                f"labels: line {first[text].line} {where} gives "
                f"{first[text].name} the label {quote(text)[1:-1]}; with {count} "
                f"classes it must be from 0 to {count - 1}{hint_at_counting(labels, classes)}"
            )
    return labels


def hint_at_counting(labels: Mapping[str, int], classes: Classes) -> str:
    """A hint if labels seem to count from 1, or if there may be more classes than known."""
    if not classes.names:
        return "; if there are more classes, list their names in a file, 'classes'"
    if max(labels.values()) == len(classes.names) and 0 not in labels.values():
        return ". No label is 0, so these labels seem to count from 1: make each of them one less"
    return ""


def match_names(
    paths: Mapping[str, Path], given: Mapping[str, Value], folder: Path, label_file: Path
) -> dict[str, Value]:
    """Find what is given for each image by comparing images' names with those in the label file.

    Both lists must have the same names in one of these forms, which are tried in this order: as
    they are; with suffixes in lower case; and without suffixes, if the label file has none. Each
    form is tried with the folder that all names of a list begin with, and without it.
    """
    if not any("\\" in name for name in paths):  # the label file may have Windows' paths
        given = {name.replace("\\", "/"): value for name, value in given.items()}
    no_suffixes = not any(is_image(name) for name in given)
    forms: list[Callable[[str], str]] = [str, lower_suffix]
    forms += [without_suffix] if no_suffixes else []
    common_folders = common_folder(paths), common_folder(given)
    for form in forms:
        for of_images, of_rows in (("", ""), common_folders):
            images = [form(name.removeprefix(of_images)) for name in paths]
            labels = {form(name.removeprefix(of_rows)): value for name, value in given.items()}
            if len(labels) == len(given) and set(images) == set(labels):
                check_once(images, label_file)
                check_folder(of_rows, folder, label_file)
                return {name: labels[image] for name, image in zip(paths, images, strict=True)}
    unlabelled = sorted(set(paths) - set(given))
    absent = sorted(set(given) - set(paths))
    if no_suffixes and (stems := {without_suffix(name) for name in paths}):
        nameless = [name for name in unlabelled if without_suffix(name) not in given]
        unlabelled = nameless or unlabelled
        absent = [name for name in absent if name not in stems] or absent
    if unlabelled and not (absent and len(absent) < len(given)):
        raise UserError(
            f"labels: {label_file} does not match {folder}: {len(unlabelled)} images without a "
            f"label, {quote(unlabelled[0])[1:-1]} first"
            + (f"; the first name in the label file is {quote(absent[0])}" if absent else "")
        )
    raise UserError(
        f"labels: {label_file} does not match {folder}: {len(absent)} images that are not in the "
        f"folder, {quote(absent[0])[1:-1]} first{explain_absence(folder, absent[0])}"
    )


def check_once(images: list[str], label_file: Path) -> None:
    """Refuse a name in the label file that fits several images, such as a for a.png and a.jpg."""
    name, count = Counter(images).most_common(1)[0]
    if count > 1:
        raise UserError(
            f"labels: in {label_file} {quote(name)} may mean {count} images; write the whole name"
        )


def check_folder(prefix: str, folder: Path, label_file: Path) -> None:
    """Refuse labels of another folder that has files of the same names.

    Args:
        prefix: the folder that all names in the label file begin with, or "".
    """
    if not prefix:
        return
    log.info("%s: all names begin with %s, and are read without it", label_file, prefix)
    for start in {folder.parent, label_file.parent, Path()}:
        other = start / prefix
        if exists(other) and not other.samefile(folder) and not exists(folder / prefix):
            raise UserError(
                f"labels: {label_file} names images in {other}, but 'images' is {folder}"
            )


def explain_absence(folder: Path, name: str) -> str:
    """Why an image that a label file names is not among the images of the folder."""
    if any(map(is_skipped, PurePosixPath(name).parts)):
        return "; hidden files and folders are not read, so remove it from the label file"
    if exists(folder / name) and not is_image(name):
        return f"; it is there, but images that end in '{PurePosixPath(name).suffix}' are not read"
    return ""


def common_folder(names: Iterable[str]) -> str:
    """The folder that all names begin with, with a slash at its end; "" if there is none."""
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    low, high = min(folders), max(folders)
    shared = takewhile(lambda pair: pair[0] == pair[1], zip(low, high, strict=False))
    return "".join(part if part == "/" else f"{part}/" for part, _ in shared)


def lower_suffix(name: str) -> str:
    """A name with its suffix in lower case."""
    path = PurePosixPath(name)
    return name.removesuffix(path.suffix) + path.suffix.lower()


def without_suffix(name: str) -> str:
    """A name without its suffix, if that is an image's."""
    return name.removesuffix(PurePosixPath(name).suffix) if is_image(name) else name


def read_classes(class_file: Path | None, label_file: Path) -> Classes:
    """Read the classes of a folder of images.

    Without a class file, classes are numbers, and there are as many as the largest label says.

    Raises:
        UserError: a class file with fewer than two names, or labels that cannot be read.
    """
    if class_file is not None:
        return read_class_file(class_file)
    labels = [label for pair in read_labels(label_file, UNNAMED).values() for label in pair]
    count = 1 + max(label for label in labels if label is not None)
    return Classes([str(label) for label in range(count)], {}, str(label_file))
