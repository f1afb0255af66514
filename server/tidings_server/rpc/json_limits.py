"""Limits of free-form JSON inside messages (`google.protobuf.Value`, `Struct`, `ListValue`).

Over REST a JSON number has become a double before it is seen here, so a whole number from 2^53 on may be another than
was sent: it is refused. How deep JSON nests is limited for gRPC clients as edge.lua limits it for the others.
Source: WIRE.md, "Numbers and text".
"""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tidings_server.platform.errors import Violation
from tidings_server.platform.json_type import MAX_DEPTH, MAX_WHOLE
from tidings_server.platform.unknown_names import shown

NUMBER_RULE: Final = f"must be whole numbers up to ±{MAX_WHOLE}"
DEPTH_RULE: Final = f"must not be nested deeper than {MAX_DEPTH} levels"


def is_suspect_value(value: Any, room: int = MAX_DEPTH) -> bool:
    """Whether a Value may break a limit, so that `violations_in` must look at it."""
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return "\0" in value.string_value
    if kind == "number_value":
        return not -MAX_WHOLE <= value.number_value <= MAX_WHOLE  # also for what is no number
    if kind == "struct_value":
        return is_suspect_struct(value.struct_value, room)
    return kind == "list_value" and is_suspect_list(value.list_value, room)


def is_suspect_struct(struct: Any, room: int = MAX_DEPTH) -> bool:
    """`is_suspect_value` for a Struct."""
    if room <= 0:
        return True
    for name, value in struct.fields.items():  # noqa: SIM110 - a generator would cost more than the look itself
        if "\0" in name or is_suspect_value(value, room - 1):
            return True
    return False


def is_suspect_list(values: Any, room: int = MAX_DEPTH) -> bool:
    """`is_suspect_value` for a ListValue."""
    if room <= 0:
        return True
    for value in values.values:  # noqa: SIM110 - as above
        if is_suspect_value(value, room - 1):
            return True
    return False


SUSPICIONS: Mapping[str, Callable[[Any], bool]] = {
    "google.protobuf.Value": is_suspect_value,
    "google.protobuf.Struct": is_suspect_struct,
    "google.protobuf.ListValue": is_suspect_list,
}
"""Quick checks by the full name of a message; these messages are checked by `violations_in`, not field by field."""


def violations_in(message: Any, path: str, room: int = MAX_DEPTH) -> Iterator[Violation]:
    """Every broken rule of a Value, Struct or ListValue, with paths as JSON has them."""
    kind = message.DESCRIPTOR.name
    if kind == "Value":
        yield from _in_value(message, path, room)
    elif room <= 0:
        yield Violation(path, DEPTH_RULE)
    elif kind == "Struct":
        for name, value in message.fields.items():
            if "\0" in name:
                yield Violation(f"{path} (a key)", "must not contain NUL")
            yield from _in_value(value, f"{path}.{shown(name)}", room - 1)
    else:
        for index, value in enumerate(message.values):
            yield from _in_value(value, f"{path}[{index}]", room - 1)


def _in_value(value: Any, path: str, room: int) -> Iterator[Violation]:
    kind = value.WhichOneof("kind")
    if kind == "string_value" and "\0" in value.string_value:
        yield Violation(path, "must not contain NUL")
    elif kind == "number_value":
        yield from _in_number(value.number_value, path)
    elif kind in {"struct_value", "list_value"}:
        yield from violations_in(getattr(value, kind), path, room)


def _in_number(number: float, path: str) -> Iterator[Violation]:
    if not math.isfinite(number):
        yield Violation(path, "must be a finite number")
    elif abs(number) > MAX_WHOLE:  # every double of that size is whole
        yield Violation(path, NUMBER_RULE)
