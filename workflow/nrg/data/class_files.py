"""The classes that labels may name, and the files that list them."""

import ast
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nrg.base.errors import UserError
from nrg.data.label_tables import read_lines

NUMBER = re.compile(r"(\d+)(?:\.0+)?", re.ASCII)
WNID = re.compile(r"(n\d{8})[\s,;:]+(\S.*)")
# The index of a class before its name, or after it.
NUMBERED = (
    re.compile(r"(?P<index>\d+)(?:[.)]\s+|[\s,;:]+)(?P<name>\S.*)", re.ASCII),
    re.compile(r"(?P<name>\S.*?)\s*[\t,;:]\s*(?P<index>\d+)", re.ASCII),
)


@dataclass(frozen=True)
class Classes:
    """The classes that labels may name.

    Args:
        names: in the order of the labels; empty if classes have numbers alone, and there are as
            many as the largest label says.
        meanings: the labels that a text other than a label's own number may stand for.
        source: where the names come from, for messages.
    """

    names: list[str]
    meanings: Mapping[str, tuple[int, ...]]
    source: str

    def knows(self, text: str) -> bool:
        """Whether a text can be a label."""
        return text in self.meanings or NUMBER.fullmatch(text) is not None


UNNAMED = Classes([], {}, "")


def named_classes(names: Iterable[str], source: str) -> Classes:
    """Classes with these names; a name that occurs more than once is ambiguous."""
    names = list(names)
    meanings: dict[str, tuple[int, ...]] = {}
    for label, name in enumerate(names):
        meanings[name] = (*meanings.get(name, ()), label)
    return Classes(names, meanings, source)


def read_class_file(class_file: Path) -> Classes:
    """Read a file with the names of classes.

    It has one name on each line, which may follow a wnid or the class's index, counted from 0; or
    it is a list of names, or a dictionary by index, as JSON or Python writes them.

    Raises:
        UserError: fewer than two names, or a file that cannot be read.
    """
    lines = [line.strip() for line in read_lines(class_file, "classes")]
    lines = [line for line in lines if line]
    if lines and lines[0][0] in "{[":
        lines = parse_structure("\n".join(lines), class_file)
    lines = remove_indices(lines, class_file)
    if len(set(lines)) < 2:
        raise UserError(
            f"classes: {class_file} must hold two or more different names, one on each line"
        )
    matches = [match for line in lines if (match := WNID.fullmatch(line))]
    if len(matches) < len(lines):
        return named_classes(lines, str(class_file))
    classes = named_classes([match[2] for match in matches], str(class_file))
    wnids = {match[1]: (label,) for label, match in enumerate(matches)}
    return Classes(classes.names, {**classes.meanings, **wnids}, classes.source)


def remove_indices(lines: list[str], class_file: Path) -> list[str]:
    """Remove the index next to each name, and a header; return the names in the indices' order.

    Raises:
        UserError: indices that count from 1, because labels count from 0.
    """
    for form in NUMBERED:
        matches = [form.fullmatch(line) for line in lines]
        if len(matches) > 2 and matches[0] is None:
            matches = matches[1:]  # without the header
        if not matches or None in matches:
            continue
        name_of = {int(match["index"][:10]): match["name"] for match in matches if match}
        if sorted(name_of) == list(range(len(matches))):
            return [name_of[label] for label in range(len(matches))]
        if sorted(name_of) == list(range(1, len(matches) + 1)):
            raise UserError(
                f"classes: {class_file} counts classes from 1, and labels count from 0, so that "
                "nobody can tell which class a label 1 is: count from 0 in both files, or write "
                "the names alone, one on each line"
            )
    return lines


def parse_structure(text: str, class_file: Path) -> list[str]:
    """Read the names in a list, or in a dictionary by index, as JSON or Python writes them.

    Raises:
        UserError: the text is neither, or holds something else than names.
    """
    try:
        try:
            content = json.loads(text)
        except ValueError:
            content = ast.literal_eval(text)
        if isinstance(content, dict):
            indices = {index for index in content.values() if isinstance(index, int)}
            if len(indices) == len(content):  # name to index, as in torchvision's ImageFolder
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
