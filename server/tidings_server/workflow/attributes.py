"""Attributes of events and entities: JSON values by name, with the types that 001 prints."""

import json
import math
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Final, NamedTuple

from tidings_server.platform.json_type import MAX_DEPTH, MAX_WHOLE, Json

STRING, INTEGER, FLOAT, BOOLEAN, JSON = "STRING", "INTEGER", "FLOAT", "BOOLEAN", "JSON"

NO_ATTRIBUTES: Final[Mapping[str, Json]] = {}


class Attribute(NamedTuple):
    """One attribute as 001 prints it."""

    name: str
    value: Json
    type: str


def attribute(name: str, value: Json) -> Attribute:
    """An attribute with the type of its value."""
    return Attribute(name, value, type_of(value))


def attributes(values: Mapping[str, Json]) -> tuple[Attribute, ...]:
    """The attributes of a JSON object, in its order."""
    return tuple(attribute(name, value) for name, value in values.items())


def by_name(listed: Iterable[Attribute]) -> dict[str, Json]:
    """Attributes as a JSON object; of two with one name the last counts."""
    return {one.name: one.value for one in listed}


def size_of(value: Json) -> int:
    """Characters of a value as JSON."""
    return len(json.dumps(value)) if isinstance(value, (dict, list, tuple)) else len(str(value))


def type_of(value: Json) -> str:
    """The type of a value in the words of 001."""
    match value:
        case str():
            return STRING
        case bool():
            return BOOLEAN
        case int():
            return INTEGER
        case float():
            return FLOAT
        case _:
            return JSON


def problem(value: object, depth: int = 1) -> str | None:
    """The reason why `value` cannot be an attribute; None when it can. Source: WIRE.md, numbers and text."""
    match value:
        case str():
            is_wrong, rule = "\0" in value, "must not contain NUL"
        case int():
            is_wrong, rule = abs(value) > MAX_WHOLE, f"must be whole numbers up to ±{MAX_WHOLE}"
        case float():
            is_wrong, rule = not math.isfinite(value), "must be finite numbers"
        case dict():
            return _problem_in(chain(value, value.values()), depth)
        case list() | tuple():
            return _problem_in(value, depth)
        case _:
            is_wrong, rule = value is not None, f"must be JSON, not {type(value).__name__}"
    return rule if is_wrong else None


def _problem_in(values: Iterable[object], depth: int) -> str | None:
    if depth > MAX_DEPTH:
        return f"must not be nested deeper than {MAX_DEPTH} levels"
    return next(filter(None, (problem(value, depth + 1) for value in values)), None)
