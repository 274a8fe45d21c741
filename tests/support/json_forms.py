"""The part of JSON Schema, in OpenAPI's dialect, that our descriptions use."""

from __future__ import annotations

from datetime import datetime
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}
KNOWN = {
    *("type", "nullable", "format", "enum", "properties", "required", "additionalProperties", "items"),
    *("minimum", "maximum", "maxLength"),
}


def faults(value: object, schema: dict[str, Any], where: str = "") -> list[str]:
    """Where a value is not of the form; empty where it is. Raises `ValueError` for a schema that says what is
    not read here."""
    if unknown := set(schema) - KNOWN:
        raise ValueError(f"{where}: {unknown} is not read")
    if value is None and schema.get("nullable"):
        return []
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or isinstance(value, bool) and kind != "boolean"):
        return [f"{where} is {value!r}, no {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where} is {value!r}, none of {schema['enum']}"]
    if schema.get("format") == "date-time" and isinstance(value, str):
        return [] if _is_moment(value) else [f"{where} is {value!r}, no time"]
    if isinstance(value, dict):
        return _of_object(value, schema, where)
    if isinstance(value, list) and "items" in schema:
        return [
            fault for n, one in enumerate(value) for fault in faults(one, schema["items"], f"{where}[{n}]")
        ]
    return []


def _of_object(value: dict[str, Any], schema: dict[str, Any], where: str) -> list[str]:
    properties = schema.get("properties", {})
    found = [f"{where} has no {name}" for name in schema.get("required", []) if name not in value]
    if schema.get("additionalProperties") is False:
        found += [f"{where} has {name} too" for name in set(value) - set(properties)]
    for name in set(value) & set(properties):
        found += faults(value[name], properties[name], f"{where}.{name}")
    return found


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
