"""Values from files and from the command line, checked against JSON schemas."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema

from nrg.base.errors import UserError, suggest_name
from nrg.base.yaml_files import MOST_LEVELS, parse_scalar

NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
Schema = Mapping[str, Any]


def check(entries: Any, schema: Schema, where: str) -> None:
    """Check entries against a schema.

    Args:
        where: the file or setting that messages name.

    Raises:
        UserError: keys or values that the schema does not allow; the message names all of them.
    """
    check_values(entries, where)
    errors = jsonschema.Draft202012Validator(schema).iter_errors(entries)
    raise_all([message for error in errors for message in explain(error)], where)


def check_values(entries: Any, where: str) -> None:
    """Check that all values are texts, usable numbers, lists or mappings.

    Raises:
        UserError: other values; the message names all of them.
    """
    raise_all(list(find_unusable_values(entries, ())), where)


def raise_all(messages: list[str], where: str) -> None:
    if messages:
        raise UserError("\n".join(f"{where}: {message}" for message in messages))


def find_unusable_values(value: Any, keys: tuple[str, ...]) -> Iterator[str]:
    """Find values that nothing could use, whatever the schema says.

    Args:
        keys: the keys and indices that lead to the value.

    Yields:
        What is wrong with each of them.
    """
    where = f"{'.'.join(keys)}: " if keys else ""
    if len(keys) > MOST_LEVELS:
        yield f"{'.'.join(keys[:3])}: lists and mappings are nested too deeply"
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            if isinstance(key, str):
                yield from find_unusable_values(entry, (*keys, key))
            else:
                yield f"{where}the key {key!r} is not text; write it in quotes: '{key}'"
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from find_unusable_values(entry, (*keys, str(index)))
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{where}{value} is not a number that can be used"
    elif isinstance(value, int) and abs(value) >= 2**63:
        yield f"{where}a number of {len(hex(abs(value))) - 2} hexadecimal digits is too large"
    elif isinstance(value, str):
        if re.search(r"[\ud800-\udfff]", value):  # Python's stand-ins for bytes it cannot decode
            yield (
                f"{where}{value!a} is not in the encoding of this shell's locale; set a UTF-8 "
                "locale, LC_ALL=C.UTF-8, or write it into a file"
            )
        elif "\0" in value:
            yield f"{where}{value!a} contains the character NUL"
    elif value is not None and not isinstance(value, bool | int | float):
        yield f"{where}{type(value).__name__} is not a supported type; write the value as text"


def convert(value: Any, schema: Schema, defs: Schema, loose: bool = False) -> Any:
    """Convert a value to the type that the schema asks for, where that loses nothing.

    The command line gives numbers and booleans as text. Text stays text where the schema asks for
    text, and 24.0 becomes 24 where it asks for an integer.

    Args:
        defs: the schema's definitions, by name.
        loose: whether text is also read as a number or boolean where the schema gives no type.
    """
    if "$ref" in schema:
        schema = defs[schema["$ref"].rpartition("/")[2]]
    names = {dict: "object", list: "array", str: "string"}
    name = next((name for kind, name in names.items() if isinstance(value, kind)), None)
    for branch in schema.get("oneOf", ()):
        schema = {**schema, **branch} if branch.get("type") in (name, None) else schema
    types = schema.get("type", ())
    if isinstance(value, str) and "string" not in types and (types or loose):
        value = parse_scalar(value)
        if isinstance(value, str) and "number" in types and NUMBER.fullmatch(value):
            value = float(value)  # such as 5e-4, which YAML 1.1 takes for text
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return int(value) if "integer" in types else value
    if isinstance(value, list):
        return [convert(entry, schema.get("items", {}), defs, loose) for entry in value]
    if isinstance(value, Mapping):
        known, others = schema.get("properties", {}), schema.get("additionalProperties") or {}
        others = others if isinstance(others, dict) else {}
        return {
            key: convert(entry, known.get(key, others), defs, loose) for key, entry in value.items()
        }
    return value


def convert_entries(
    entries: Mapping[str, Any], schema: Schema, loose: bool = False
) -> dict[str, Any]:
    """Convert every entry of a file or a configuration to the type that the schema asks for."""
    properties, defs = schema["properties"], schema.get("$defs", {})
    return {
        key: convert(value, properties.get(key, {}), defs, loose) for key, value in entries.items()
    }


def explain(error: jsonschema.ValidationError) -> list[str]:
    """Explain an error of the validator to users: one message for each key or value concerned."""
    if error.validator == "oneOf":  # speak of the branch whose type the value has
        fitting = [
            inner
            for inner in error.context or ()
            if inner.relative_path or inner.validator not in ("type", "const")
        ]
        if fitting:
            return [message for inner in fitting for message in explain(inner)]
    keys = ".".join(str(key) for key in error.absolute_path)
    value: Any = error.instance
    limit = error.validator_value
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    if error.validator == "maxLength":
        return [f"{keys}: a text of {len(value)} characters is too long; the limit is {limit}"]
    if limit == "string" and isinstance(value, int | float):
        return [
            f"{keys}: {error.message}; write it in quotes, '{value}', in a file, because the "
            "command line drops them"
        ]
    if error.validator == "additionalProperties":
        return explain_unknown_keys(value, schema.get("properties", {}), keys)
    hint = schema.get("$comment") if error.validator == "pattern" else None
    message = f"{error.message}: {hint}" if hint else error.message
    return [f"{keys}: {message}" if keys else message]


def explain_unknown_keys(entries: Any, known: Schema, keys: str) -> list[str]:
    """One message for each key that the schema does not know, with the nearest known one."""
    prefix = f"{keys}." if keys else ""
    unknown = sorted(set(entries) - set(known))
    return [f"unknown key '{prefix}{key}'{suggest_name(key, known)}" for key in unknown]


def defaults(schema: Schema) -> dict[str, Any]:
    """The default of every property of the schema that has one."""
    properties = schema["properties"].items()
    return {key: entry["default"] for key, entry in properties if "default" in entry}
