"""Label files as people have them: text to rows of a name, a label and perhaps a target label.

Fields stand between tabs, commas, semicolons or spaces, with or without a header.
"""

import codecs
import csv
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from nrg.base.errors import UserError
from nrg.data.image_files import SUFFIXES

SEPARATORS = ("\t", ",", ";", None)  # None: white space, of which names may hold some
# Names of columns, without case, spaces and signs; of several in a header the first here counts.
NAME_COLUMNS = (
    "filename filepath imagefile imagepath imagename imgname imagefilename name file path "
    "imageid image img picture photo photograph fname id"
).split()
LABEL_COLUMNS = (
    "label labelindex labelid truelabel trueclass groundtruth gt class classindex classid "
    "classname category categoryid predictionstring wnid synset labels y target"
).split()
# Of these all that a header names must say the same, where what they hold are labels at all.
SURE_COLUMNS = frozenset(LABEL_COLUMNS) - set(
    "category categoryid predictionstring y target".split()
)
TARGET_COLUMNS = "targetlabel targetclass target".split()
SUFFIXED = re.compile(rf"(.*(?:{'|'.join(map(re.escape, sorted(SUFFIXES)))}))\s+(\S.*)", re.I)
# Kaggle's LOC_val_solution.csv and Tiny ImageNet's val_annotations.txt: a wnid and four numbers for
# the box of an object, or of every object.
BOXES = re.compile(r"n\d{8}(?: \d+){4}(?: n\d{8}(?: \d+){4})*")
WANTED = "a file name and a class index or the name of a class"


@dataclass(frozen=True)
class Row:
    """A line of a label file: its number, counted from 1, and what it says, as text.

    `others` is what further columns say that by their names hold labels, too.
    """

    line: int
    name: str
    label: str
    target: str | None
    others: tuple[str, ...] = ()


class Columns(NamedTuple):
    """The places of a name, its label, its target label and further labels, in a line's fields."""

    name: int
    label: int
    target: int | None = None
    others: tuple[int, ...] = ()


class Unfit(Exception):
    """A line that does not fit the way in which its file is being read."""

    def __init__(self, line: int, text: str, why: str = "") -> None:
        super().__init__(line, text, why)
        self.line, self.text, self.why = line, text, why


def read_lines(path: Path, setting: str) -> list[str]:
    """The lines of a text file in UTF-8, or in UTF-16 with a byte order mark, in composed form.

    Raises:
        UserError: it is no such file.
    """
    if not path.is_file():
        raise UserError(f"{setting}: there is no file {path}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{setting}: {path} cannot be read: {error.strerror}") from error
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + content[: error.start].count(b"\n")
        raise UserError(
            f"{setting}: line {line} of {path} is no text in UTF-8; save the file as UTF-8"
        ) from error
    if "\0" in text:
        raise UserError(f"{setting}: {path} is no text file")
    return re.split("\r\n|\r|\n", unicodedata.normalize("NFC", text))


def read_rows(path: Path, known: Callable[[str], bool], advice: Callable[[str], str]) -> list[Row]:
    """The rows of a label file, in the first of the ways to separate fields that fits every line.

    Args:
        known: whether a text can be a label.
        advice: what a message adds about a line that cannot be read.

    Raises:
        UserError: no rows, or a line that fits none of the ways.
    """
    lines = [
        (number, line.strip())
        for number, line in enumerate(read_lines(path, "labels"), start=1)
        if line.strip()
    ]
    if not lines:
        raise UserError(f"labels: {path} is empty")
    unfit: list[Unfit] = []
    for separator in SEPARATORS:
        try:
            return rows_of(lines, separator, known)
        except Unfit as error:
            unfit.append(error)
    furthest = max(unfit, key=lambda error: (error.line, bool(error.why)))
    raise UserError(
        f"labels: line {furthest.line} of {path} is {shown(furthest.text)}; it must be {WANTED}"
        f"{furthest.why}{advice(furthest.text)} (docs/inputs.md has all forms that are read)"
    )


def shown(text: str) -> str:
    """A line in a message: with its tabs to be seen, and never too long."""
    return repr(text if len(text) <= 80 else f"{text[:79]}…")


def rows_of(
    lines: Iterable[tuple[int, str]], separator: str | None, known: Callable[[str], bool]
) -> list[Row]:
    """The rows of numbered lines, with this separator.

    Raises:
        Unfit: a line without a name or a label.
    """
    (first, header), *rest = lines
    columns = header_columns(header, separator)
    if columns is None and rest and is_foreign_header(header, separator, known):
        columns = Columns(0, 1)
    rows = [] if columns else [row_of(first, header, separator, None, known)]
    rows += [row_of(number, line, separator, columns, known) for number, line in rest]
    if not rows:
        raise Unfit(first, header)
    with_target = sum(row.target is not None for row in rows)
    if 0 < with_target < len(rows):
        lacking = next(row for row in rows if row.target is None)
        text = next(line for number, line in lines if number == lacking.line)
        raise Unfit(lacking.line, text, ", and a target label as on other lines")
    return rows


def split(line: str, separator: str | None, number: int = 1) -> list[str]:
    """A line's fields without the spaces around them.

    Raises:
        Unfit: quotes that do not close, or a field that is too long.
    """
    if separator is None:
        return line.split()
    try:
        return [field.strip() for field in next(csv.reader([line], delimiter=separator))]
    except (csv.Error, StopIteration) as error:
        raise Unfit(number, line, f" ({error})") from error


def header_columns(line: str, separator: str | None) -> Columns | None:
    """The places of what a line says, where it is a header that names them."""
    words = split(line.removeprefix("#"), separator)
    fields = [re.sub(r"[\W_]", "", field).lower() for field in words]

    def place(names: Iterable[str], taken: Iterable[int] = ()) -> int | None:
        places = [fields.index(name) for name in names if name in fields]
        return next((index for index in places if index not in taken), None)

    name, label = place(NAME_COLUMNS), place(LABEL_COLUMNS)
    if name is None or label is None:
        return None
    target = place(TARGET_COLUMNS, (label,))
    if separator is None and (name, label, target, len(fields)) not in (
        (0, 1, None, 2),
        (0, 1, 2, 3),
    ):
        return None
    others = [
        index
        for index, field in enumerate(fields)
        if field in SURE_COLUMNS and index not in (name, label, target)
    ]
    return Columns(name, label, target, tuple(others))


def is_foreign_header(line: str, separator: str | None, known: Callable[[str], bool]) -> bool:
    """Whether a first line names two columns in words that are not known here.

    It is none if it could be an image with its label; were one taken for a header, the image
    would be without a label, which is refused.
    """
    fields = split(line, separator)
    if len(fields) != 2 or not all(fields):
        return False
    return not known(fields[1]) and not SUFFIXED.fullmatch(f"{fields[0]} -") and fields[0].isalpha()


def row_of(
    number: int,
    line: str,
    separator: str | None,
    columns: Columns | None,
    known: Callable[[str], bool],
) -> Row:
    """One line's row.

    Args:
        columns: the places of what is read; None for a name, a label and a target as they come.

    Raises:
        Unfit: it has no name or no label that could be one.
    """
    others: list[str] = []
    if separator is None:
        fields = spaced(line, known, 1 if columns is None or columns.target is None else 2)
    else:
        fields = split(line, separator, number)
        if columns is None:
            while len(fields) > 2 and not fields[-1]:
                fields.pop()
            if len(fields) > 3:
                raise Unfit(number, line, "; with more than three columns a header names them")
        elif max(place for place in columns[:3] if place is not None) < len(fields):
            others = [fields[place] for place in columns.others if place < len(fields)]
            fields = [fields[place] for place in columns[:3] if place is not None]
        else:
            raise Unfit(number, line)
    if len(fields) < 2 or not fields[0]:
        raise Unfit(number, line)
    name, *labels = fields
    texts = [label if known(label) else boxed(label) for label in labels]
    for label, text in zip(labels, texts, strict=True):
        if text is None or not known(text):
            raise Unfit(number, line, f"; {shown(label)} is none")
    target = texts[1] if len(texts) > 1 else None
    return Row(number, name, texts[0], target, tuple(filter(known, others)))


def spaced(line: str, known: Callable[[str], bool], labels: int) -> list[str]:
    """The fields of a line without separators.

    A name ends in an image's suffix, or is what stands before the last `labels` words, if it has
    no separator in it.
    """
    if match := SUFFIXED.fullmatch(line):
        name, rest = match.groups()
        words = rest.split()
        if not known(rest) and len(words) == 2 and all(map(known, words)):
            return [name, *words]
        return [name, rest]
    name, *words = line.rsplit(None, labels)
    if any(separator in name for separator in SEPARATORS if separator):
        return [line]
    quoted = len(name) > 2 and name[0] == name[-1] and name[0] in "\"'"
    return [name[1:-1] if quoted else name, *words]


def boxed(label: str) -> str | None:
    """The wnid of an image's boxes, if all of them have the same."""
    if not BOXES.fullmatch(" ".join(label.split())):
        return None
    wnids = set(re.findall(r"n\d{8}", label))
    return wnids.pop() if len(wnids) == 1 else None
