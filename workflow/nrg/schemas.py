"""YAML files and values held to their JSON schemas, with errors that name the key."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from nrg.errors import UserError


def typed(value: Any, schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Any:
    """A value as the command line gives it, where numbers and booleans arrive as text.

    Text stays text where the schema asks for it.
    """
    if "$ref" in schema:
        schema = defs[schema["$ref"].rpartition("/")[2]]
    for branch in schema.get("oneOf", ()):
        schema = {**schema, **branch} if branch.get("type") in (type_name(value), None) else schema
    if isinstance(value, str) and schema.get("type") != "string":
        try:
            plain = yaml.safe_load(value)
        except yaml.YAMLError:
            return value
        return plain if plain is None or isinstance(plain, (bool, int, float)) else value
    if isinstance(value, list):
        return [typed(entry, schema.get("items", {}), defs) for entry in value]
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties") or {}
        others = others if isinstance(others, dict) else {}
        return {key: typed(entry, known.get(key, others), defs) for key, entry in value.items()}
    return value


def type_name(value: Any) -> str | None:
    return {list: "array", dict: "object", str: "string"}.get(type(value))


def check(entries: Mapping[str, Any], schema: Mapping[str, Any], where: str) -> None:
    """Raise a UserError that names every key or value which `schema` does not allow."""
    errors = jsonschema.Draft202012Validator(schema).iter_errors(entries)
    messages = [message for error in errors for message in explain(error)]
    if messages:
        raise UserError("\n".join(f"{where}: {message}" for message in messages))


def explain(error: jsonschema.ValidationError) -> list[str]:
    if error.validator == "oneOf":  # speak of the branch whose type the value has
        fitting = [inner for inner in error.context if inner.validator not in ("type", "const")]
        if fitting:
            return [message for inner in fitting for message in explain(inner)]
    place = ".".join(str(part) for part in error.absolute_path)
    if error.validator != "additionalProperties":
        return [f"{place}: {error.message}" if place else error.message]
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


def read_yaml(path: Path) -> dict[str, Any]:
    try:
        return yaml.safe_load(path.read_text()) or {}
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not valid YAML: {error}") from error
