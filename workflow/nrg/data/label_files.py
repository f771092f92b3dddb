"""Images of any folder, labelled by a file with a line for each."""

import ast
import difflib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from nrg.base.errors import UserError
from nrg.base.progress import log
from nrg.data.image_files import SUFFIXES, find_images, is_image, is_skipped
from nrg.data.label_tables import Row, read_lines, read_rows, shown

MOST_CLASSES = (
    100_000  # ImageNet-21k, the largest set that networks are commonly trained on: 21,843
)
NUMBER = re.compile(r"(\d+)(?:\.0+)?", re.ASCII)
WNID = re.compile(r"(n\d{8})[\s,;:]+(\S.*)")
# A class's index before its name, or behind it.
NUMBERED = (
    re.compile(r"(?P<index>\d+)(?:[.)]\s+|[\s,;:]+)(?P<name>\S.*)", re.ASCII),
    re.compile(r"(?P<name>\S.*?)\s*[\t,;:]\s*(?P<index>\d+)", re.ASCII),
)


class Labelled(NamedTuple):
    """An image's file, its label, and the target label that the label file gives it, if any."""

    file: Path
    label: int
    target: int | None


@dataclass(frozen=True)
class Classes:
    """The classes that labels may name.

    Args:
        names: in the order of the labels; None where only the largest label says how many.
        meanings: the labels that a text may stand for, beside a label's own number.
        source: where the names come from, for messages.
    """

    names: list[str] | None
    meanings: Mapping[str, tuple[int, ...]]
    source: str

    def knows(self, text: str) -> bool:
        """Whether a text can be a label."""
        return text in self.meanings or NUMBER.fullmatch(text) is not None


UNNAMED = Classes(None, {}, "")


def named_classes(names: Iterable[str], source: str) -> Classes:
    """Classes that are called by their names; a name may occur twice, and is then ambiguous."""
    names = list(names)
    meanings: dict[str, tuple[int, ...]] = {}
    for label, name in enumerate(names):
        meanings[name] = (*meanings.get(name, ()), label)
    return Classes(names, meanings, source)


def labelled_images(folder: Path, label_file: Path, classes: Classes) -> dict[str, Labelled]:
    """The images below a folder by their names, each with its label.

    Raises:
        UserError: images without a label, labels without an image, or labels that are no classes
            or may mean two.
    """
    rows, labels = read_labels(label_file, classes)
    if not folder.is_dir():
        raise UserError(f"images: {folder} is a file; name the folder of the images")
    paths = find_images(folder)
    if not paths:
        raise UserError(
            f"images: there are no images in {folder}; their names end in one of "
            f"{' '.join(sorted(SUFFIXES))}"
        )
    row_of = matched(paths, rows, folder, label_file)
    return {
        name: Labelled(path, labels[row_of[name].label], labels.get(row_of[name].target))
        for name, path in paths.items()
    }


def read_labels(label_file: Path, classes: Classes) -> tuple[dict[str, Row], dict[str, int]]:
    """A label file's rows by the names in it, and the label that each text in them stands for.

    Raises:
        UserError: no such file, a line that is no name and label, a label that is no class or may
            mean two, a target label that is the label, or a name with two labels.
    """
    rows = read_rows(label_file, classes.knows, partial(advice, classes))
    first: dict[str, Row] = {}
    for row in rows:
        for text in (row.label, row.target):
            if text is not None:
                first.setdefault(text, row)
    labels = meant(first, label_file, classes)
    row_of: dict[str, Row] = {}
    for row in rows:
        check_others(row, labels[row.label], label_file, classes)
        name = plain_name(row.name)
        other = row_of.setdefault(name, row)
        if any(
            labels.get(a) != labels.get(b)
            for a, b in ((row.label, other.label), (row.target, other.target))
        ):
            raise UserError(
                f"labels: line {row.line} of {label_file} gives {shown(name)} a second label"
            )
        if row.target is not None and labels[row.target] == labels[row.label]:
            raise UserError(
                f"labels: line {row.line} of {label_file} gives {shown(name)} its own label "
                f"{row.label} as its target label"
            )
    return row_of, labels


def check_others(row: Row, label: int, label_file: Path, classes: Classes) -> None:
    """Refuse a line whose columns say different labels, as an index from 1 beside a name does.

    Raises:
        UserError: such a line.
    """
    for text in row.others:
        number = NUMBER.fullmatch(text)
        meant = {*classes.meanings.get(text, ()), *([int(number[1][:10])] if number else [])}
        if label not in meant:
            raise UserError(
                f"labels: line {row.line} of {label_file} says {row.label}, which is the class "
                f"with the index {label}, and in another column {text}, which is "
                f"{' or '.join(map(str, sorted(meant)))}; indices count from 0; correct one of "
                "these columns, or take it out"
            )


def advice(classes: Classes, line: str) -> str:
    """What to do about a line of a label file that cannot be read."""
    if NUMBER.fullmatch(line):
        return (
            ". A number alone does not say which image it belongs to: of ImageNet's development "
            "kit, which counts classes in an order of its own, name the archive or the unpacked "
            "folder, whose meta.mat has that order"
        )
    if classes.names is None:
        return ". Without 'classes', a file with the name of a class on each line, it is a number"
    words = re.split(r"[\s,;]+", line)
    near = difflib.get_close_matches(words[-1], classes.meanings, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


def meant(first: Mapping[str, Row], label_file: Path, classes: Classes) -> dict[str, int]:
    """The label that each text stands for, in the one way in which all of them can be read.

    Args:
        first: the texts, and the row in which each occurs first.

    Raises:
        UserError: a text that is no class, or that may mean two.
    """
    where = f"of {label_file}"
    numbers = {text: int(match[1][:10]) for text in first if (match := NUMBER.fullmatch(text))}
    names = {text: classes.meanings[text] for text in first if text in classes.meanings}
    count = MOST_CLASSES if classes.names is None else len(classes.names)
    outside = [text for text, number in numbers.items() if number >= count]
    mixed = [text for text in numbers if text in names and names[text] != (numbers[text],)]
    if mixed:
        by_name = all(text in names for text in numbers)
        if by_name and not outside:
            text = mixed[0]
            raise UserError(
                f"labels: line {first[text].line} {where} says {text}, which is the class named "
                f"{text} (index {names[text][0]}) or the one with the index {text} (named "
                f"{classes.names[numbers[text]]}), and the other lines do not tell which; name "
                f"the classes in {classes.source} in words"
            )
        log.info(
            "%s: numbers are read as the %s of classes, as which alone all of them can be read",
            label_file,
            "names" if by_name else "indices",
        )
        if not by_name:
            names = {text: labels for text, labels in names.items() if text not in numbers}
    twice = [text for text, labels in names.items() if len(set(labels)) > 1]
    if twice:
        text = twice[0]
        candidates = " and ".join(f"{i} ({classes.names[i]})" for i in names[text])
        raise UserError(
            f"labels: line {first[text].line} {where} says '{text}', the name of more than one "
            f"class: {candidates}; say which by its index"
        )
    labels = numbers | {text: labels[0] for text, labels in names.items()}
    for text, label in labels.items():
        if label >= count:
            raise UserError(
                f"labels: line {first[text].line} {where} gives "
                f"{first[text].name} the label {shown(text)[1:-1]}; with {count} "
                f"classes it must be from 0 to {count - 1}{one_too_high(labels, classes)}"
            )
    return labels


def one_too_high(labels: Mapping[str, int], classes: Classes) -> str:
    """A hint at labels that count from 1."""
    if classes.names is None:
        return "; name the classes in a file, 'classes', if there are more"
    if max(labels.values()) == len(classes.names) and 0 not in labels.values():
        return ". No label is 0, so these labels seem to count from 1: make each of them one less"
    return ""


def matched(
    paths: Mapping[str, Path], rows: Mapping[str, Row], folder: Path, label_file: Path
) -> dict[str, Row]:
    """The row of each image, in the first way to compare names in which both lists are the same.

    Names are compared as they are, then without a folder that all names of a list begin with, then
    with suffixes in lower case, then without suffixes where the label file has none.

    Raises:
        UserError: in no way they are.
    """
    if not any("\\" in name for name in paths):  # paths as Windows writes them
        rows = {name.replace("\\", "/"): row for name, row in rows.items()}
    bare = not any(is_image(name) for name in rows)
    forms: list[Callable[[str], str]] = [str, lower_suffix, *([without_suffix] if bare else [])]
    tops = common_folder(paths), common_folder(rows)
    for form in forms:
        for cut in (("", ""), tops):
            images = [form(name.removeprefix(cut[0])) for name in paths]
            labels = {form(name.removeprefix(cut[1])): row for name, row in rows.items()}
            if len(labels) == len(rows) and set(images) == set(labels):
                check_once(images, label_file)
                check_place(cut[1], folder, label_file)
                return {name: labels[image] for name, image in zip(paths, images, strict=True)}
    unlabelled = sorted(set(paths) - set(rows))
    absent = sorted(set(rows) - set(paths))
    if bare and (stems := {without_suffix(name) for name in paths}):
        unlabelled = [name for name in unlabelled if without_suffix(name) not in rows] or unlabelled
        absent = [name for name in absent if name not in stems] or absent
    if unlabelled and not (absent and len(absent) < len(rows)):
        raise UserError(
            f"labels: {label_file} does not match {folder}: {len(unlabelled)} images without a "
            f"label, {shown(unlabelled[0])[1:-1]} first"
            + (f"; its own first name is {shown(absent[0])}" if absent else "")
        )
    raise UserError(
        f"labels: {label_file} does not match {folder}: {len(absent)} images that are not in the "
        f"folder, {shown(absent[0])[1:-1]} first{why_absent(folder, absent[0])}"
    )


def check_once(images: list[str], label_file: Path) -> None:
    """Refuse a name of the label file that two images have, such as a.png and a.jpg for a."""
    name, count = Counter(images).most_common(1)[0]
    if count > 1:
        raise UserError(f"labels: in {label_file} {shown(name)} may mean {count} images; say which")


def check_place(prefix: str, folder: Path, label_file: Path) -> None:
    """Refuse labels of another folder, which has files of the same names."""
    if not prefix:
        return
    log.info("%s: its names are read without %s, with which all of them begin", label_file, prefix)
    for start in {folder.parent, label_file.parent, Path()}:
        other = start / prefix
        if is_there(other) and not other.samefile(folder) and not is_there(folder / prefix):
            raise UserError(
                f"labels: {label_file} names images in {other}, and 'images' names {folder}"
            )


def is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def why_absent(folder: Path, name: str) -> str:
    """Why an image that a label file names is not among those of the folder."""
    if any(map(is_skipped, PurePosixPath(name).parts)):
        return "; hidden files and folders are not read, so take it out of the label file"
    if is_there(folder / name) and not is_image(name):
        return f"; it is there, but images that end in '{PurePosixPath(name).suffix}' are not read"
    return ""


def plain_name(name: str) -> str:
    """A name of a label file as images' names are written, with no ./ before it."""
    return PurePosixPath(name).as_posix()


def common_folder(names: Iterable[str]) -> str:
    """The folder, with a slash behind it, that all names begin with, or nothing."""
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    low, high = min(folders), max(folders)
    shared = takewhile(lambda pair: pair[0] == pair[1], zip(low, high, strict=False))
    return "".join(part if part == "/" else f"{part}/" for part, _ in shared)


def lower_suffix(name: str) -> str:
    path = PurePosixPath(name)
    return name.removesuffix(path.suffix) + path.suffix.lower()


def without_suffix(name: str) -> str:
    return name.removesuffix(PurePosixPath(name).suffix) if is_image(name) else name


def read_classes(class_file: Path | None, label_file: Path) -> Classes:
    """The classes of a folder of images; numbers where there is no file with their names.

    Without one there are as many as the largest label says. A class file has a name on each line;
    a wnid or the class's index, counted from 0, may stand before each name. It may be a list or a
    dictionary by index, too.

    Raises:
        UserError: fewer than two names, or labels that cannot be read.
    """
    if class_file is None:
        _, labels = read_labels(label_file, UNNAMED)
        names = list(map(str, range(1 + max(labels.values()))))
        return Classes(names, {}, str(label_file))
    lines = [line.strip() for line in read_lines(class_file, "classes")]
    lines = [line for line in lines if line]
    if lines and lines[0][0] in "{[":
        lines = structured("\n".join(lines), class_file)
    lines = unnumbered(lines, class_file)
    if len(set(lines)) < 2:
        raise UserError(
            f"classes: {class_file} must hold two or more different names, one on each line"
        )
    wnids = [WNID.fullmatch(line) for line in lines]
    if not all(wnids):
        return named_classes(lines, str(class_file))
    classes = named_classes([match[2] for match in wnids], str(class_file))
    own = {match[1]: (label,) for label, match in enumerate(wnids)}
    return Classes(classes.names, {**classes.meanings, **own}, classes.source)


def unnumbered(lines: list[str], class_file: Path) -> list[str]:
    """Names without the index that stands beside each, in its order, and without a header.

    Raises:
        UserError: indices that count from 1, where labels count from 0.
    """
    for form in NUMBERED:
        found = [form.fullmatch(line) for line in lines]
        if len(found) > 2 and found[0] is None:
            found = found[1:]
        if not found or not all(found):
            continue
        name_of = {int(match["index"][:10]): match["name"] for match in found}
        if sorted(name_of) == list(range(len(found))):
            return [name_of[label] for label in range(len(found))]
        if sorted(name_of) == list(range(1, len(found) + 1)):
            raise UserError(
                f"classes: {class_file} counts classes from 1, and labels count from 0, so that "
                "nobody can tell which class a label 1 is: count from 0 in both files, or write "
                "the names alone, one on each line"
            )
    return lines


def structured(text: str, class_file: Path) -> list[str]:
    """The names in a list, or in a dictionary by index, as JSON or Python writes them.

    Raises:
        UserError: it is neither, or holds something else.
    """
    try:
        try:
            content = json.loads(text)
        except ValueError:
            content = ast.literal_eval(text)
        if isinstance(content, dict):
            indices = {index for index in content.values() if isinstance(index, int)}
            if len(indices) == len(content):  # as torchvision's ImageFolder has it
                content = {index: name for name, index in content.items()}
            name_of = {int(index): name for index, name in content.items()}
            content = [name_of[label] for label in range(len(content))]
        # Keras' imagenet_class_index.json has a wnid before each name.
        names = [" ".join(name) if isinstance(name, list) else name for name in content]
        if all(isinstance(name, str) and name.strip() for name in names):
            return [name.strip() for name in names]
    except (ValueError, TypeError, KeyError, SyntaxError, RecursionError, MemoryError):
        pass
    raise UserError(f"classes: {class_file} holds no list of names; write one name on each line")
