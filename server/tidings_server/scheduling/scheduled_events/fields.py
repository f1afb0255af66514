"""Readers of single values in the JSON objects of triggers and actions, whose form the contract leaves open.

A trial with pydantic took 86 lines in place of these 50 before its texts were finished, since an error names one key,
null counts as absent, and digits in a string are a number; the checks across keys stayed as well.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from tidings_server.platform.errors import InvalidInput, Violation
from tidings_server.platform.unknown_names import is_slip, rule, shown
from tidings_server.platform.value_shapes import shape_of

MAX_TEXT: Final = 1_024
MAX_DIGITS: Final = 9

Map = Mapping[str, Any]
NO_SYNONYMS: Final[Mapping[str, str]] = {}


def check_names(values: Map, known: Collection[str], synonyms: Mapping[str, str] = NO_SYNONYMS) -> None:
    """Raises InvalidInput for a key that is a known one but for case or a slip; others are kept as they are.

    Likewise for one of `synonyms`, by the key that is meant, where that is known.

    Source: WIRE.md 004 (c), unknown keys of trigger and action.
    """
    found = [Violation(shown(name), rule(name, known)) for name in values if name not in known and is_slip(name, known)]
    found += [
        Violation(name, rule(meant, (meant,))) for name, meant in synonyms.items() if name in values and meant in known
    ]
    if found:
        raise InvalidInput(violations=found)


def text(values: Map, name: str, *, max_length: int = MAX_TEXT) -> str:
    """The string under a key; empty where it is absent or null. Raises InvalidInput for any other type."""
    value = values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidInput.of(name, "must be a text", shape_of(value))
    if len(value) > max_length:
        raise InvalidInput.of(name, f"at most {max_length:,} characters", shape_of(value))
    return value


def required_text(values: Map, name: str, *, max_length: int = MAX_TEXT) -> str:
    """As `text`, but raises InvalidInput for a blank string as well."""
    value = text(values, name, max_length=max_length)
    if not value.strip():
        raise InvalidInput.of(name, "is required")
    return value


def whole_number(values: Map, name: str, low: int, high: int) -> int:
    """The integer under a key, from `low` to `high`. A string of digits is taken too, since XML has only strings.

    Raises InvalidInput for anything else, and where it is absent.
    """
    value = values.get(name)
    if value is None or value == "":
        raise InvalidInput.of(name, "is required")
    is_digits = isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= MAX_DIGITS
    number = int(value) if is_digits else value
    if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
        raise InvalidInput.of(name, f"must be a whole number from {low:,} to {high:,}", shape_of(value))
    return number
