"""Request bodies of document 004 in XML or JSON: an error names the field, the rule of the contract and the shape sent.

The rules are those that the edge has for bodies in JSON. Names that the contract does not have are ignored, as there.
"""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final, cast

from google.api.httpbody_pb2 import HttpBody
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from tidings_server.platform.errors import MAX_VIOLATIONS, InvalidInput, Violation
from tidings_server.platform.unknown_names import shown
from tidings_server.platform.value_shapes import shape_of
from tidings_server.rpc import xml_bodies
from tidings_server.rpc.message_checks import violations_in

XML_TYPES: Final = frozenset({xml_bodies.XML, "text/xml"})
MAX_UINT32: Final = 2**32 - 1
_DIGITS: Final = re.compile(r"[0-9]{1,10}")


def fill(message: Message, sent: HttpBody, *, root: str) -> None:
    """Decode a body into its message. Raises InvalidInput with what does not fit, as `xml_bodies.read` does."""
    kind = sent.content_type.partition(";")[0].strip().lower()
    values = xml_bodies.read(sent.data, root) if kind in XML_TYPES else _json_object(sent.data)
    descriptor = cast("Descriptor", message.DESCRIPTOR)
    _raise(_misfits(descriptor, values))
    for name, value in _fitted(descriptor, values):
        try:
            json_format.ParseDict({name: value}, message)
        except (json_format.ParseError, ValueError, OverflowError):  # half a surrogate pair, 400 digits
            raise InvalidInput.of(name, "has a value that the contract does not have", shape_of(value)) from None
    _raise(violations_in(message))


def _raise(found: Iterator[Violation]) -> None:
    if violations := tuple(islice(found, MAX_VIOLATIONS)):
        raise InvalidInput(violations=violations)


def _json_object(data: bytes) -> dict[str, Any]:
    try:
        values = json.loads(data or b"{}", object_pairs_hook=_without_repeats)
    except json.JSONDecodeError as error:
        where = f"at line {error.lineno}, column {error.colno}"
        raise InvalidInput(f"The body is not JSON: {error.msg[:1].lower()}{error.msg[1:]}, {where}.") from None
    except RecursionError:
        raise InvalidInput("The body is nested too deeply.") from None
    except ValueError:
        raise InvalidInput("The body is not JSON in UTF-8.") from None
    if not isinstance(values, dict):
        raise InvalidInput(f"The body must be an object, not {shape_of(values)}.")
    return values


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidInput.of(shown(twice), "is there twice in one object")
    return values


def _misfits(message: Descriptor, values: Mapping[str, Any]) -> Iterator[Violation]:
    """Fields whose values have another shape than the contract's."""
    for field in message.fields:
        given = _given(field, values)
        if len(given) > 1:
            yield Violation(field.json_name, "is there twice in one object")
        elif given and (rule := _broken(field, given[0])):
            yield Violation(field.json_name, rule, shape_of(given[0]))


def _fitted(message: Descriptor, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Values of the contract's fields as `ParseDict` takes them."""
    for field in message.fields:
        for value in _given(field, values):
            yield field.json_name, _converted(field, value)


def _given(field: FieldDescriptor, values: Mapping[str, Any]) -> list[Any]:
    """Values of a field under its names; null stands for none."""
    found = [values.get(name) for name in dict.fromkeys((field.json_name, field.name))]
    return [value for value in found if value is not None]


def _broken(field: FieldDescriptor, value: Any) -> str:
    """The rule of a field that a value breaks; empty where it breaks none."""
    if field.enum_type is not None:
        names = _names(field.enum_type)
        return "" if _stripped(value) in names else f"must be one of {', '.join(names)}"
    if field.message_type is not None:
        return "" if value == "" or isinstance(value, dict) else "must be an object"
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return "" if isinstance(value, str) else "must be a text"
    return "" if isinstance(_number(value), int) else "must be a whole number of 32 bits"


def _converted(field: FieldDescriptor, value: Any) -> Any:
    if field.enum_type is not None:
        return _stripped(value)
    if field.message_type is not None:
        return value or {}
    return value if field.cpp_type == FieldDescriptor.CPPTYPE_STRING else _number(value)


def _names(enum: EnumDescriptor) -> list[str]:
    return [each.name for each in enum.values if not each.name.endswith("_UNSPECIFIED")]


def _stripped(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _number(value: Any) -> int | None:
    """A whole number of 32 bits, which XML has as a text; None for anything else."""
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        value = int(value)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return cast("int", value) if is_whole and 0 <= value <= MAX_UINT32 else None
