"""Message checks that hold for every message: values that none may contain, refused with the field's name.

NUL in a string, NaN and infinities, enum numbers outside the contract, `*_UNSPECIFIED` sent on purpose, and in
free-form JSON what json_limits.py refuses. Text that is not UTF-8 does not decode. The fields of a message type that
may be wrong are worked out once from its descriptor, so that a good request costs a few attribute reads; texts are only
looked at where the bytes hold a zero, numbers where they hold what an infinity ends in, and only a suspect request is
walked field by field. Source: WIRE.md, "Numbers and text".
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message

from tidings_server.platform.errors import InvalidInput, PayloadTooLarge, Violation
from tidings_server.rpc import json_limits
from tidings_server.rpc.metadata import Context, RpcCall
from tidings_server.rpc.method import Rpc
from tidings_server.rpc.middleware import Serve

_FLOATS = frozenset({FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT})
Suspicion = Callable[[Any], bool]
Judge = Callable[[FieldDescriptor], Suspicion | None]
"""Quick check for the values of a field that is no message; None where they cannot be wrong."""

_UNDECODABLE = "The request is not a valid message: malformed, nested too deep, or with text that is not UTF-8."


@dataclass(frozen=True, slots=True)
class RejectedRequest:
    """A request refused while decoding; its error is raised once the caller is known, as bad credentials go first."""

    error: InvalidInput


def decoder(message: type[Message], *, max_bytes: int) -> Callable[[bytes], Message | RejectedRequest]:
    """Request deserializer that never raises: gRPC would show the caller the exception."""
    descriptor = cast("Descriptor", message.DESCRIPTOR)
    is_suspect, has_nul = _suspicion(descriptor, _enum_judge, {}), _suspicion(descriptor, _text_judge, {})
    has_infinite = _suspicion(descriptor, _float_judge, {})

    def decode(raw: bytes) -> Message | RejectedRequest:
        if len(raw) > max_bytes:
            return RejectedRequest(PayloadTooLarge(f"The request has {len(raw):,} bytes; {max_bytes:,} are allowed."))
        try:
            request = message.FromString(raw)
        except DecodeError:
            return RejectedRequest(InvalidInput(_UNDECODABLE))
        may_be_infinite = b"\x7f" in raw or b"\xff" in raw  # the last byte of every infinity and NaN
        if is_suspect(request) or (b"\0" in raw and has_nul(request)) or (may_be_infinite and has_infinite(request)):
            violations = tuple(violations_in(request))
            return RejectedRequest(InvalidInput(violations=violations)) if violations else request
        return request

    return decode


def message_checks(_rpc: Rpc, inner: Serve) -> Serve:
    """Refuse the request that `decoder` found faulty, now that the caller is known."""

    async def serve(call: RpcCall, request: Any, context: Context) -> bytes | None:
        if isinstance(request, RejectedRequest):
            raise request.error
        return await inner(call, request, context)

    return serve


def violations_in(message: Message, prefix: str = "") -> Iterator[Violation]:
    """Every broken rule in the message and below it; field names as JSON spells them."""
    for field, value in message.ListFields():
        path = f"{prefix}{field.json_name}"
        if not field.is_repeated:
            yield from _violations_of(field, value, path)
        elif entry := _map_entry(field):
            yield from _violations_in_map(entry, value, path)
        else:
            for index, item in enumerate(value):
                yield from _violations_of(field, item, f"{path}[{index}]")


def _violations_in_map(entry: Descriptor, values: Any, path: str) -> Iterator[Violation]:
    for key in values:
        yield from _violations_of(entry.fields_by_name["key"], key, f"{path} (a key)")
        yield from _violations_of(entry.fields_by_name["value"], values[key], f"{path}[{key!r}]")


def _violations_of(field: FieldDescriptor, value: Any, path: str) -> Iterator[Violation]:
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        is_free = field.message_type is not None and field.message_type.full_name in json_limits.SUSPICIONS
        yield from json_limits.violations_in(value, path) if is_free else violations_in(value, f"{path}.")
    elif field.type == FieldDescriptor.TYPE_STRING and "\0" in value:
        yield Violation(path, "must not contain NUL")
    elif field.type in _FLOATS and not math.isfinite(value):
        yield Violation(path, "must be a finite number")
    elif field.enum_type is not None and value not in _allowed(field.enum_type):
        yield Violation(path, f"must be one of {', '.join(_allowed(field.enum_type).values())}", f"number {value}")


def _allowed(enum: EnumDescriptor) -> dict[int, str]:
    return {value.number: value.name for value in enum.values if not value.name.endswith("_UNSPECIFIED")}


def _suspicion(message: Descriptor, judge: Judge, known: dict[str, Suspicion]) -> Suspicion:
    """Quick check, built from `judge`, whether a field of the message or below it may be wrong."""
    checks: list[Suspicion] = []

    def is_suspect(value: Any) -> bool:
        for check in checks:  # noqa: SIM110 - a generator would double what this costs
            if check(value):
                return True
        return False

    known[message.full_name] = is_suspect  # before its fields are looked at: a message may contain itself
    checks += filter(None, (_suspicion_of(field, judge, known) for field in message.fields))
    return is_suspect if checks else _never


def _suspicion_of(field: FieldDescriptor, judge: Judge, known: dict[str, Suspicion]) -> Suspicion | None:
    entry = _map_entry(field)
    if entry is None:
        item = _suspicion_of_value(field, judge, known)
        return item and _reading(field, item)
    key, value = (_suspicion_of_value(entry.fields_by_name[name], judge, known) for name in ("key", "value"))
    return _reading_map(field.name, key, value) if key or value else None


def _suspicion_of_value(field: FieldDescriptor, judge: Judge, known: dict[str, Suspicion]) -> Suspicion | None:
    if field.message_type is None:
        return judge(field)
    if free := json_limits.SUSPICIONS.get(field.message_type.full_name):
        return free if judge is _enum_judge else None
    below = known.get(field.message_type.full_name) or _suspicion(field.message_type, judge, known)
    return None if below is _never else below


def _enum_judge(field: FieldDescriptor) -> Suspicion | None:
    """Quick check of enums; free-form JSON goes with it."""
    if field.enum_type is None:
        return None
    numbers = frozenset(_allowed(field.enum_type))
    return lambda number: number not in numbers


def _float_judge(field: FieldDescriptor) -> Suspicion | None:
    return _is_infinite if field.type in _FLOATS else None


def _text_judge(field: FieldDescriptor) -> Suspicion | None:
    return _has_nul if field.type == FieldDescriptor.TYPE_STRING else None


def _reading(field: FieldDescriptor, item: Suspicion) -> Suspicion:
    """Applies `item` to the field's value; an absent field is not suspect, although its enum reads as 0."""
    name = field.name
    if field.is_repeated:
        return lambda message: any(map(item, getattr(message, name)))
    if field.message_type is not None:
        return lambda message: message.HasField(name) and item(getattr(message, name))
    if field.type == FieldDescriptor.TYPE_STRING:
        return lambda message: item(getattr(message, name))
    if field.has_presence:
        return lambda message: item(getattr(message, name)) and message.HasField(name)
    return lambda message: bool(value := getattr(message, name)) and item(value)


def _reading_map(name: str, key: Suspicion | None, value: Suspicion | None) -> Suspicion:
    """Applies `key` to the keys of a map and `value` to its values, where they are."""

    def is_suspect(message: Any) -> bool:
        entries = getattr(message, name)
        return (key is not None and any(map(key, entries))) or (value is not None and any(map(value, entries.values())))

    return is_suspect


def _never(_value: Any) -> bool:
    return False


def _has_nul(text: str) -> bool:
    return "\0" in text


def _is_infinite(number: float) -> bool:
    return not math.isfinite(number)


def _map_entry(field: FieldDescriptor) -> Descriptor | None:
    entry = field.message_type
    return entry if entry is not None and entry.GetOptions().map_entry else None
