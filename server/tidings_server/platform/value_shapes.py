"""Shapes of JSON values, as errors describe what was sent without repeating it."""

from collections.abc import Mapping, Sequence


def shape_of(value: object) -> str:
    """The kind of a JSON value, with its size where it has one: "string of 12 characters"."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return f"string of {_count(len(value), 'character')}"
        case Mapping():
            return f"an object of {_count(len(value), 'entry', 'entries')}"
        case Sequence():
            return f"a list of {_count(len(value), 'item')}"
        case _:
            return "a number"


def _count(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"
