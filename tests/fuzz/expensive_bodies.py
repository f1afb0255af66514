"""Requests up to the limits whose shape is expensive: many small elements, wide and deep JSON, long texts.

They are made of a good request of the RPC and bytes behind it, since in protobuf what follows adds to what was there.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import ListValue, Struct, Value

MAX_PATH: Final = 5
FREE_FORM: Final = frozenset({"google.protobuf.Value", "google.protobuf.Struct", "google.protobuf.ListValue"})
MAX_ELEMENTS: Final = 49_000
"""Just below the number of fields that a request may have."""
DEEP: Final = 45
TEXTS: Final = ("1", "(", "a.b&&", "{{ a }}", "<a>", '{"a":[', "é")

Path = tuple[FieldDescriptor, ...]


def bodies(message: type[Message], good: bytes, max_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Expensive requests of a type, each with a name; `good` is a good one."""
    room = max_bytes - len(good) - 64
    for path in paths(cast("Descriptor", message.DESCRIPTOR)):
        name = ".".join(field.name for field in path)
        for kind, payload in _payloads(path[-1], room):
            yield f"{name} {kind}", good + _wrapped(path[:-1], payload)


def paths(message: Descriptor, above: Path = ()) -> Iterator[Path]:
    """Every field of a message and of those in it."""
    for field in message.fields:
        path = (*above, field)
        yield path
        inner = field.message_type
        if inner is None or inner.full_name in FREE_FORM or inner.GetOptions().map_entry or len(path) >= MAX_PATH:
            continue
        if inner not in [each.containing_type for each in path]:
            yield from paths(inner, path)


def _payloads(field: FieldDescriptor, room: int) -> Iterator[tuple[str, bytes]]:
    inner = field.message_type
    if inner is not None and inner.GetOptions().map_entry:
        yield "many entries", _many(field, [_entry(number) for number in range(min(room // 24, 24_000))])
    elif inner is not None and inner.full_name in FREE_FORM:
        for kind, value in free_form(inner.name, room):
            yield kind, _element(field, value.SerializeToString())
    elif field.is_repeated and inner is not None:
        yield "many empty", _element(field, b"") * min(room // 2, MAX_ELEMENTS)
    elif field.is_repeated and field.type == FieldDescriptor.TYPE_STRING:
        yield "many texts", _element(field, b"x") * min(room // 3, MAX_ELEMENTS)
    elif field.type in {FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES}:
        for text in TEXTS:
            yield f"long {text}", _element(field, text.encode() * (room // len(text.encode())))


def free_form(kind: str, room: int) -> Iterator[tuple[str, Message]]:
    """Wide, long and deep JSON."""
    values: list[tuple[str, Value]] = [
        ("wide", _struct({f"k{number}": Value(number_value=number) for number in range(min(room // 40, 16_000))})),
        ("many lists", _list([Value(list_value=ListValue())] * min(room // 8, 24_000))),
        ("many numbers", _list([Value(number_value=1.5)] * min(room // 12, 24_000))),
        ("long text", _struct({"text": Value(string_value="1" * (room - 100))})),
        ("deep", _deep(room)),
    ]
    for name, value in values:
        if kind == "Value":
            yield name, value
        elif kind == "Struct":
            yield name, value.struct_value if value.HasField("struct_value") else Struct(fields={"a": value})
        else:
            yield name, value.list_value if value.HasField("list_value") else ListValue(values=[value])


def _deep(room: int) -> Value:
    """Many branches, each nested nearly as deep as is allowed."""
    branch = Value(number_value=1)
    for _ in range(DEEP):
        branch = _list([branch])
    size = branch.ByteSize() + 6
    return _list([branch] * min(room // size, 24_000 // DEEP))


def _list(values: Sequence[Value]) -> Value:
    return Value(list_value=ListValue(values=values))


def _struct(values: dict[str, Value]) -> Value:
    return Value(struct_value=Struct(fields=values))


def _entry(number: int) -> bytes:
    key, value = f"k{number}".encode(), b"v"
    return b"\x0a" + bytes((len(key),)) + key + b"\x12" + bytes((len(value),)) + value


def _many(field: FieldDescriptor, elements: Sequence[bytes]) -> bytes:
    return b"".join(_element(field, each) for each in elements)


def _wrapped(above: Path, payload: bytes) -> bytes:
    for field in reversed(above):
        payload = _element(field, payload)
    return payload


def _element(field: FieldDescriptor, payload: bytes) -> bytes:
    return varint(field.number << 3 | 2) + varint(len(payload)) + payload


def varint(number: int) -> bytes:
    """A number as protobuf writes it."""
    printed = bytearray()
    while number > 0x7F:
        printed.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*printed, number))


def of_request(values: Any, message: type[Message]) -> bytes:
    """Bytes of a request that is given as JSON."""
    return ParseDict(values, message()).SerializeToString()
