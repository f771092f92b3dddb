"""YAML files, read without surprises: what YAML would accept silently is refused with its line."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from nrg.base.errors import UserError, explain_unreadable

if TYPE_CHECKING:
    from yaml import SafeLoader as FastestLoader
else:
    FastestLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MOST_VALUES = 100_000  # in one file; an alias counts with all the values that it stands for
MOST_LEVELS = 30  # of lists and mappings inside one another
# Numbers that YAML 1.1 reads to the base 8 or 60, and numbers of YAML 1.2 that it takes for text.
MISREAD = re.compile(r"[-+]?(0[0-7_]*[1-7][0-7_]*|[\d_]+:.*)")


class Loader(FastestLoader):
    """A safe loader that leaves dates as the text that is in the file."""


# The types that an unquoted value may have, by its first character, without dates.
Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in Loader.yaml_implicit_resolvers.items()
}


def read_text(path: Path) -> str:
    """Read a text file in UTF-8, with or without a byte order mark.

    Raises:
        UserError: a file that does not exist, or is in another encoding.
    """
    try:
        with explain_unreadable(path):
            return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UserError(
            f"{path} is not in UTF-8: its line {line:,} cannot be read; save the file as UTF-8"
        ) from error


def read_yaml(path: Path, kind: type = dict) -> Any:
    """Read a YAML file that holds keys and values, or a list where `kind` is list.

    Raises:
        UserError: a file that is not valid YAML, has another kind of content, gives a key twice,
            or has a key that is not text.
    """
    text = read_text(path)
    loader = None
    try:
        loader = Loader(text)
        node = loader.get_single_node()
        if node is None:
            return kind()
        check_nodes(node, path)
        content = loader.construct_document(node)
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not valid YAML: {error}") from error
    except RecursionError as error:
        raise UserError(f"{path}: lists and mappings are nested too deeply") from error
    except (ValueError, OverflowError, KeyError) as error:  # a !!float or !!bool that is none
        raise UserError(f"{path} holds a value that cannot be read: {error}") from error
    finally:
        if loader is not None:
            loader.dispose()
    if not isinstance(content, kind):
        shape = "keys with their values, as 'key: value'" if kind is dict else "a list"
        raise UserError(f"{path} must hold {shape}")
    return content


def parse_scalar(text: str) -> Any:
    """The number, boolean or null that a text stands for in YAML; any other text unchanged."""
    if MISREAD.fullmatch(text):
        return text
    try:
        value = yaml.load(text, Loader)
    except (yaml.YAMLError, ValueError, KeyError, RecursionError):
        return text
    return value if value is None or isinstance(value, bool | int | float) else text


def check_nodes(top: yaml.Node, path: Path) -> None:
    """Refuse what YAML accepts silently: keys that are not text or given twice, endless aliases."""
    counts: dict[int, int] = {}

    def count_values(node: yaml.Node, level: int) -> int:
        """The number of values in a node, with aliases followed."""
        if id(node) in counts:
            return counts[id(node)]
        if level > MOST_LEVELS:
            raise UserError(f"{path}: lists and mappings are nested too deeply")
        counts[id(node)] = MOST_VALUES + 1  # until it is counted, because it may contain itself
        children = []
        if isinstance(node, yaml.SequenceNode):
            children = node.value
        elif isinstance(node, yaml.ScalarNode):
            check_number(node, path)
        elif isinstance(node, yaml.MappingNode):
            check_keys(node, path)
            children = [value for _, value in node.value]
        count = 1 + sum(count_values(child, level + 1) for child in children)
        if count > MOST_VALUES:
            raise UserError(f"{path}: too many values, or an alias that leads back to itself")
        counts[id(node)] = count
        return count

    count_values(top, 0)


def check_number(node: yaml.ScalarNode, path: Path) -> None:
    """Refuse numbers that YAML 1.1 reads differently than people do: 015 as 13, and 1:30 as 90."""
    kind = node.tag.rpartition(":")[2]
    if not node.style and kind in ("int", "float") and MISREAD.fullmatch(node.value):
        system = "60" if ":" in node.value else "8"
        raise UserError(
            f"{path}, line {node.start_mark.line + 1}: YAML reads {node.value} as a number to the "
            f"base {system}; write it without leading zeros or colons, or in quotes if it is text"
        )


def check_keys(node: yaml.MappingNode, path: Path) -> None:
    """Refuse keys that are not text, and keys that are given twice."""
    seen: set[str] = set()
    for key, _ in node.value:
        line = key.start_mark.line + 1
        kind = key.tag.rpartition(":")[2]
        if kind not in ("str", "merge"):
            written = key.value if isinstance(key, yaml.ScalarNode) else "a list or mapping"
            raise UserError(
                f"{path}, line {line}: the key {written} is not text to YAML; write it in "
                f"quotes: '{written}'"
            )
        if key.value in seen:
            raise UserError(f"{path}, line {line}: the key '{key.value}' is given twice")
        seen.add(key.value)
