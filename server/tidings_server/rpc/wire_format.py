"""Protobuf's wire format, walked without decoding: what a large request holds, before anything is spent on it.

Source: protobuf.dev, "Encoding".
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from tidings_server.platform.turns import give_way

STEP: Final = 2_000
"""Fields that are walked before others get a turn of the event loop: about a millisecond."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class Malformed(ValueError):
    """The bytes are no message."""


class Field(NamedTuple):
    """One field of a message: its number, its first byte with the tag, and its value's first and last byte."""

    number: int
    begins: int
    value: int
    ends: int
    is_bytes: bool


def fields(raw: bytes, begins: int, ends: int) -> Iterator[Field]:
    """The fields of the message in `raw[begins:ends]`, in order. Raises Malformed; groups are refused with it."""
    at = begins
    while at < ends:
        tag, value = _varint(raw, at, ends)
        kind = tag & 7
        if kind == _VARINT:
            _, next_at = _varint(raw, value, ends)
        elif kind == _BYTES:
            size, value = _varint(raw, value, ends)
            next_at = value + size
        elif kind == _FIXED64:
            next_at = value + 8
        elif kind == _FIXED32:
            next_at = value + 4
        else:
            raise Malformed
        if next_at > ends:
            raise Malformed
        yield Field(tag >> 3, at, value, next_at, kind == _BYTES)
        at = next_at


async def count_fields(raw: bytes, begins: int, ends: int, *, message: Descriptor, most: int) -> int:
    """Fields of a message and of all messages in it, counted up to `most` + 1. Raises Malformed."""
    counted = 0
    left = [(begins, ends, _messages_in(message))]
    while left and counted <= most:
        begins, ends, below = left.pop()
        for field in fields(raw, begins, ends):
            counted += 1
            if counted > most:
                break
            if field.is_bytes and (inner := below.get(field.number)) is not None:
                left.append((field.value, field.ends, _messages_in(inner)))
            if counted % STEP == 0:
                await give_way()
    return counted


def _messages_in(message: Descriptor) -> dict[int, Descriptor]:
    """The types of the fields that are messages, by their numbers."""
    known = _CACHE.get(message.full_name)
    if known is None:
        known = {
            each.number: each.message_type
            for each in message.fields
            if each.type == FieldDescriptor.TYPE_MESSAGE and each.message_type is not None
        }
        _CACHE[message.full_name] = known
    return known


_CACHE: Final[dict[str, dict[int, Descriptor]]] = {}


def _varint(raw: bytes, at: int, ends: int) -> tuple[int, int]:
    """The number that begins at `at`, and where it ends."""
    value = shift = 0
    while at < ends:
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004  # the continuation bit
            return value, at
        shift += 7
        if shift > 63:  # noqa: PLR2004  # a varint has at most ten bytes
            break
    raise Malformed
