"""JSON values as Python has them, and the limits that every reader of JSON keeps. Source: WIRE.md, numbers and text."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None

MAX_DEPTH: Final = 32
"""Levels that objects and arrays may be nested."""

MAX_WHOLE: Final = 2**53 - 1
"""Beyond it a double, which is what JSON numbers travel as, no longer holds every whole number."""
