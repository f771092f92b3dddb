"""Label files as tables: rows of a name, a label and perhaps a target label.

Fields are separated by tabs, commas, semicolons or spaces; there may be a header.
"""

import codecs
import csv
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from nrg.base.errors import UserError
from nrg.base.files import read_user_file
from nrg.data.image_files import SUFFIXES

SEPARATORS = ("\t", ",", ";", None)  # None is white space, which names may contain, too
# Names of columns in lower case without spaces and signs; if a header has several of them, the one
# that comes first here counts.
NAME_COLUMNS = (
    "filename filepath imagefile imagepath imagename imgname imagefilename name file path "
    "imageid image img picture photo photograph fname id"
).split()
LABEL_COLUMNS = (
    "label labelindex labelid truelabel trueclass groundtruth gt class classindex classid "
    "classname category categoryid predictionstring wnid synset labels y target"
).split()
# All columns with these names must give the same label, as far as they hold labels.
SURE_COLUMNS = frozenset(LABEL_COLUMNS) - set(
    "category categoryid predictionstring y target".split()
)
TARGET_COLUMNS = "targetlabel targetclass target".split()
SUFFIXED = re.compile(rf"(.*(?:{'|'.join(map(re.escape, sorted(SUFFIXES)))}))\s+(\S.*)", re.I)
# In Kaggle's LOC_val_solution.csv and Tiny ImageNet's val_annotations.txt a label is, for each
# object, a wnid with the four numbers of the object's box.
BOXES = re.compile(r"n\d{8}(?: \d+){4}(?: n\d{8}(?: \d+){4})*")
EXPECTED = "a file name and a class index or the name of a class"


@dataclass(frozen=True)
class Row:
    """A line of a label file, with its fields as text.

    Args:
        line: its number, counted from 1.
        name: of the image.
        target: the target label; None if the file has none.
        others: fields of further columns which by their names hold labels, too.
    """

    line: int
    name: str
    label: str
    target: str | None
    others: tuple[str, ...] = ()


class Columns(NamedTuple):
    """The indices of a name, its label, its target label and further labels in a line's fields."""

    name: int
    label: int
    target: int | None = None
    others: tuple[int, ...] = ()


class Line(NamedTuple):
    """A line of a file and its number, counted from 1."""

    number: int
    text: str


class UnfitLine(Exception):
    """A line that cannot be read with the separator that is being tried.

    Args:
        reason: the end of a message that says what is wrong with it.
    """

    def __init__(self, line: Line, reason: str = "") -> None:
        super().__init__(line, reason)
        self.line, self.reason = line, reason


def read_lines(path: Path, setting: str) -> list[str]:
    """Read the lines of a text file, with composed characters (NFC).

    The file is in UTF-8, or in UTF-16 with a byte order mark.

    Args:
        setting: the name of the setting that gives the path, for messages.

    Raises:
        UserError: there is no such file, or it is not such a text.
    """
    content = read_user_file(path, setting)
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + content[: error.start].count(b"\n")
        raise UserError(
            f"{setting}: line {line} of {path} is not text in UTF-8; save the file as UTF-8"
        ) from error
    if "\0" in text:
        raise UserError(f"{setting}: {path} is not a text file")
    return re.split("\r\n|\r|\n", unicodedata.normalize("NFC", text))


def read_rows(
    path: Path, is_label: Callable[[str], bool], advise: Callable[[str], str]
) -> list[Row]:
    """Read the rows of a label file, with the first separator that fits every line.

    Args:
        is_label: says whether a text can be a label.
        advise: returns what a message adds about a line that cannot be read.

    Raises:
        UserError: there are no rows, or with each separator a line cannot be read.
    """
    numbered = enumerate(read_lines(path, "labels"), start=1)
    lines = [Line(number, text.strip()) for number, text in numbered if text.strip()]
    if not lines:
        raise UserError(f"labels: {path} is empty")
    unfit: list[UnfitLine] = []
    for separator in SEPARATORS:
        try:
            return parse_rows(lines, separator, is_label)
        except UnfitLine as error:
            unfit.append(error)
    furthest = max(unfit, key=lambda error: (error.line.number, bool(error.reason)))
    number, text = furthest.line
    raise UserError(
        f"labels: line {number} of {path} is {quote(text)}; it must be {EXPECTED}"
        f"{furthest.reason}{advise(text)} (docs/inputs.md lists all forms that are read)"
    )


def quote(text: str) -> str:
    """A text in quotes for a message, with escapes for tabs, and shortened if it is long."""
    return repr(text if len(text) <= 80 else f"{text[:79]}…")


def parse_rows(
    lines: Sequence[Line], separator: str | None, is_label: Callable[[str], bool]
) -> list[Row]:
    """Read the rows of a table.

    Args:
        separator: between fields; None for white space.
    """
    header, *rest = lines
    columns = find_columns(header, separator)
    if columns is None and rest and is_foreign_header(header, separator, is_label):
        columns = Columns(0, 1)
    lines = rest if columns else lines
    rows = [parse_row(line, separator, columns, is_label) for line in lines]
    if not rows:
        raise UnfitLine(header)
    targets = [row.target for row in rows]
    if None in targets and any(target is not None for target in targets):
        raise UnfitLine(lines[targets.index(None)], ", and a target label as on other lines")
    return rows


def split_fields(line: Line, separator: str | None) -> list[str]:
    """Split a line into fields, without the spaces around them."""
    if separator is None:
        return line.text.split()
    try:
        return [field.strip() for field in next(csv.reader([line.text], delimiter=separator))]
    except (csv.Error, StopIteration) as error:
        raise UnfitLine(line, f" ({error})") from error


def find_columns(line: Line, separator: str | None) -> Columns | None:
    """The indices of the columns, if the line is a header that names them; else None."""
    texts = split_fields(line._replace(text=line.text.removeprefix("#")), separator)
    fields = [re.sub(r"[\W_]", "", text).lower() for text in texts]

    def find_column(names: Iterable[str], taken: Iterable[int] = ()) -> int | None:
        indices = [fields.index(name) for name in names if name in fields]
        return next((index for index in indices if index not in taken), None)

    name, label = find_column(NAME_COLUMNS), find_column(LABEL_COLUMNS)
    if name is None or label is None:
        return None
    target = find_column(TARGET_COLUMNS, (label,))
    found = (name, label, target)
    if separator is None and (*found, len(fields)) not in ((0, 1, None, 2), (0, 1, 2, 3)):
        return None
    sure = (index for index, field in enumerate(fields) if field in SURE_COLUMNS)
    return Columns(*found, tuple(index for index in sure if index not in found))


def is_foreign_header(line: Line, separator: str | None, is_label: Callable[[str], bool]) -> bool:
    """Whether a first line is a header whose two names of columns are not in the lists above.

    A line that could be an image with its label is not a header. If such a line were mistaken for a
    header, its image would have no label, which is refused.
    """
    fields = split_fields(line, separator)
    if len(fields) != 2 or not all(fields):
        return False
    return (
        not is_label(fields[1]) and not SUFFIXED.fullmatch(f"{fields[0]} -") and fields[0].isalpha()
    )


def parse_row(
    line: Line,
    separator: str | None,
    columns: Columns | None,
    is_label: Callable[[str], bool],
) -> Row:
    """Read the row of one line.

    Args:
        columns: the indices of the fields to read; None for a name, a label and an optional target
            label in this order.
    """
    others: list[str] = []
    if separator is None:
        labels = 1 if columns is None or columns.target is None else 2
        fields = split_at_spaces(line.text, is_label, labels)
    else:
        fields = split_fields(line, separator)
        if columns is None:
            while len(fields) > 2 and not fields[-1]:
                fields.pop()
            if len(fields) > 3:
                raise UnfitLine(line, "; more than three columns need a header")
        elif max(index for index in columns[:3] if index is not None) < len(fields):
            others = [fields[index] for index in columns.others if index < len(fields)]
            fields = [fields[index] for index in columns[:3] if index is not None]
        else:
            raise UnfitLine(line)
    if len(fields) < 2 or not fields[0]:
        raise UnfitLine(line)
    name, *given = fields
    texts = []
    for label in given:
        text = label if is_label(label) else wnid_of_boxes(label)
        if text is None or not is_label(text):
            raise UnfitLine(line, f"; {quote(label)} is neither")
        texts.append(text)
    target = texts[1] if len(texts) > 1 else None
    return Row(line.number, name, texts[0], target, tuple(filter(is_label, others)))


def split_at_spaces(line: str, is_label: Callable[[str], bool], labels: int) -> list[str]:
    """Split a line at white space into a name and labels.

    The name ends in an image's suffix; or else it is everything before the last `labels` words, if
    it contains no other separator.

    Args:
        labels: how many labels a line has.
    """
    if match := SUFFIXED.fullmatch(line):
        name, rest = match.groups()
        words = rest.split()
        if not is_label(rest) and len(words) == 2 and all(map(is_label, words)):
            return [name, *words]
        return [name, rest]
    name, *words = line.rsplit(None, labels)
    if any(separator in name for separator in SEPARATORS if separator):
        return [line]
    quoted = len(name) > 2 and name[0] == name[-1] and name[0] in "\"'"
    return [name[1:-1] if quoted else name, *words]


def wnid_of_boxes(label: str) -> str | None:
    """The wnid of an image's boxes if all of them have the same one, else None."""
    if not BOXES.fullmatch(" ".join(label.split())):
        return None
    wnids = set(re.findall(r"n\d{8}", label))
    return wnids.pop() if len(wnids) == 1 else None
