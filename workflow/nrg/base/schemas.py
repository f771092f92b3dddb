"""YAML files and values held to their JSON schemas, with errors that name the key."""

import difflib
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from nrg.base.errors import UserError

MOST_VALUES = 100_000  # in one YAML file, where an alias counts with all that it stands for
DEEPEST = 30  # levels of lists and mappings in one another
# Numbers of YAML 1.1 to the base 8 or 60, and those of YAML 1.2 that are text in YAML 1.1.
MISREAD = re.compile(r"[-+]?(0[0-7_]*[1-7][0-7_]*|[\d_]+:.*)")
EXPONENT = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
Place = tuple[str, ...]


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML's plain types alone: a date is text, as it stands there."""


# What a plain scalar may be, by its first character; without dates.
Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in Loader.yaml_implicit_resolvers.items()
}


def read_text(path: Path) -> str:
    """A text file in UTF-8, with or without a byte order mark.

    Raises:
        UserError: a file that is not there, or in another encoding.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UserError(
            f"{path} is not in UTF-8: its line {line:,} cannot be read; save the file as UTF-8"
        ) from error
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from error


def read_yaml(path: Path, kind: type = dict) -> Any:
    """What a YAML file holds: keys and values, or a list where `kind` is list.

    Raises:
        UserError: a file that is no such YAML, holds a key twice, or a key that is not text.
    """
    text = read_text(path)
    loader = None
    try:
        loader = Loader(text)
        node = loader.get_single_node()
        if node is None:
            return kind()
        check_nodes(node, path)
        entries = loader.construct_document(node)
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not valid YAML: {error}") from error
    except RecursionError as error:
        raise UserError(f"{path}: lists and mappings in one another go too deep") from error
    except (ValueError, OverflowError, KeyError) as error:  # no number, or no !!bool
        raise UserError(f"{path} holds a value that cannot be read: {error}") from error
    finally:
        if loader is not None:
            loader.dispose()
    if not isinstance(entries, kind):
        shape = "keys with their values, as 'key: value'" if kind is dict else "a list"
        raise UserError(f"{path} must hold {shape}")
    return entries


def check_nodes(top: yaml.Node, path: Path) -> None:
    """Refuse what YAML would take in silence: keys that are not text, keys twice, endless aliases.

    Raises:
        UserError: such a key, with its line.
    """
    sizes: dict[int, int] = {}

    def size(node: yaml.Node, level: int) -> int:
        """How many values a node holds, aliases followed."""
        if id(node) in sizes:
            return sizes[id(node)]
        if level > DEEPEST:
            raise UserError(f"{path}: lists and mappings in one another go too deep")
        sizes[id(node)] = MOST_VALUES + 1  # until it is counted: it may hold itself
        children = []
        if isinstance(node, yaml.SequenceNode):
            children = node.value
        elif isinstance(node, yaml.ScalarNode):
            check_number(node, path)
        elif isinstance(node, yaml.MappingNode):
            check_keys(node, path)
            children = [value for _, value in node.value]
        count = 1 + sum(size(child, level + 1) for child in children)
        if count > MOST_VALUES:
            raise UserError(f"{path}: too many values, or an alias that leads back to itself")
        sizes[id(node)] = count
        return count

    size(top, 0)


def check_number(node: yaml.ScalarNode, path: Path) -> None:
    """Refuse numbers that YAML 1.1 reads otherwise than people do: 015 is 13 to it, and 1:30 is 90.

    Raises:
        UserError: such a number, with its line.
    """
    kind = node.tag.rpartition(":")[2]
    if not node.style and kind in ("int", "float") and MISREAD.fullmatch(node.value):
        system = "60" if ":" in node.value else "8"
        raise UserError(
            f"{path}, line {node.start_mark.line + 1}: YAML reads {node.value} as a number to the "
            f"base {system}; write it without leading zeros or colons, or in quotes if it is text"
        )


def check_keys(node: yaml.MappingNode, path: Path) -> None:
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
            raise UserError(f"{path}, line {line}: the key '{key.value}' stands there twice")
        seen.add(key.value)


def check_values(entries: Any, where: str) -> None:
    """Raise a UserError that names every value which is no text, number, list or mapping."""
    messages = [f"{where}: {message}" for message in strange(entries, ())]
    if messages:
        raise UserError("\n".join(messages))


def strange(value: Any, place: Place) -> Iterator[str]:
    """What is wrong with values that no schema speaks of."""
    said = f"{'.'.join(place)}: " if place else ""
    if len(place) > DEEPEST:
        yield f"{'.'.join(place[:3])}: lists and mappings in one another go too deep"
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            if isinstance(key, str):
                yield from strange(entry, (*place, key))
            else:
                yield f"{said}the key {key!r} is not text; write it in quotes: '{key}'"
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from strange(entry, (*place, str(index)))
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{said}{value} is no number that can be used"
    elif isinstance(value, int) and abs(value) >= 2**63:
        yield f"{said}a number of {len(hex(abs(value))) - 2} hexadecimal digits is too large"
    elif isinstance(value, str):
        if re.search(r"[\ud800-\udfff]", value):  # Python's stand-ins for bytes it cannot decode
            yield (
                f"{said}{value!a} is not in the encoding of this shell's locale; set a UTF-8 "
                "locale, LC_ALL=C.UTF-8, or say it in a file"
            )
        elif "\0" in value:
            yield f"{said}{value!a} holds the character NUL"
    elif value is not None and not isinstance(value, bool | int | float):
        yield f"{said}{type(value).__name__} is no type that is known here; write it as text"


def typed(
    value: Any, schema: Mapping[str, Any], defs: Mapping[str, Any], loose: bool = False
) -> Any:
    """A value in the type that the schema asks for, where that loses nothing.

    The command line gives numbers and booleans as text. Text stays text where the schema asks for
    it, and 24.0 is 24 where it asks for an integer.

    Args:
        loose: whether text is read as a number or boolean, too, where the schema says nothing.
    """
    if "$ref" in schema:
        schema = defs[schema["$ref"].rpartition("/")[2]]
    for branch in schema.get("oneOf", ()):
        schema = {**schema, **branch} if branch.get("type") in (type_name(value), None) else schema
    kinds = schema.get("type", ())
    if isinstance(value, str) and "string" not in kinds and (kinds or loose):
        value = plain_value(value)
        if isinstance(value, str) and "number" in kinds and EXPONENT.fullmatch(value):
            value = float(value)  # 5e-4, which YAML 1.1 takes for text
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return int(value) if "integer" in kinds else value
    if isinstance(value, list):
        return [typed(entry, schema.get("items", {}), defs, loose) for entry in value]
    if isinstance(value, Mapping):
        known, others = schema.get("properties", {}), schema.get("additionalProperties") or {}
        others = others if isinstance(others, dict) else {}
        return {
            key: typed(entry, known.get(key, others), defs, loose) for key, entry in value.items()
        }
    return value


def plain_value(text: str) -> Any:
    """The number, boolean or null that a text stands for in YAML; the text itself if for none."""
    if MISREAD.fullmatch(text):
        return text
    try:
        value = yaml.load(text, Loader)
    except (yaml.YAMLError, ValueError, KeyError, RecursionError):
        return text
    return value if value is None or isinstance(value, bool | int | float) else text


def typed_entries(
    entries: Mapping[str, Any], schema: Mapping[str, Any], loose: bool = False
) -> dict[str, Any]:
    """Every entry of a file or a configuration in the type that the schema asks for."""
    properties, defs = schema["properties"], schema.get("$defs", {})
    return {
        key: typed(value, properties.get(key, {}), defs, loose) for key, value in entries.items()
    }


def type_name(value: Any) -> str | None:
    kinds = {dict: "object", list: "array", str: "string"}
    return next((name for kind, name in kinds.items() if isinstance(value, kind)), None)


def check(entries: Any, schema: Mapping[str, Any], where: str) -> None:
    """Raise a UserError that names every key or value which `schema` does not allow."""
    check_values(entries, where)
    errors = jsonschema.Draft202012Validator(schema).iter_errors(entries)
    messages = [message for error in errors for message in explain(error)]
    if messages:
        raise UserError("\n".join(f"{where}: {message}" for message in messages))


def explain(error: jsonschema.ValidationError) -> list[str]:
    if error.validator == "oneOf":  # speak of the branch whose type the value has
        fitting = [
            inner
            for inner in error.context
            if inner.relative_path or inner.validator not in ("type", "const")
        ]
        if fitting:
            return [message for inner in fitting for message in explain(inner)]
    place = ".".join(str(part) for part in error.absolute_path)
    if error.validator == "maxLength":
        length, most = len(error.instance), error.validator_value
        return [f"{place}: a text of {length} characters is too long; at most {most} are taken"]
    if error.validator_value == "string" and isinstance(error.instance, int | float):
        return [
            f"{place}: {error.message}; write it in quotes, '{error.instance}', in a file, for "
            "the command line drops them"
        ]
    if error.validator != "additionalProperties":
        hint = error.schema.get("$comment") if error.validator == "pattern" else None
        message = f"{error.message}: {hint}" if hint else error.message
        return [f"{place}: {message}" if place else message]
    known = error.schema.get("properties", {})
    messages = []
    for key in sorted(set(error.instance) - set(known)):
        near = difflib.get_close_matches(key, known, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        messages.append(f"unknown key '{f'{place}.' if place else ''}{key}'{hint}")
    return messages


def defaults(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The default of every property of the schema that has one."""
    properties = schema["properties"].items()
    return {key: entry["default"] for key, entry in properties if "default" in entry}
