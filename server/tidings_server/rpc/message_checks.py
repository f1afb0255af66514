"""Message checks that hold for every message: values that none may contain, refused with the field's name.

NUL in a string, NaN and infinities, enum numbers outside the contract, `*_UNSPECIFIED` sent on purpose, and in
free-form JSON what json_limits.py refuses. Text that is not UTF-8 does not decode. The fields of a message type that
may be wrong are worked out once from its descriptor, so that a good request costs a few attribute reads; texts are only
looked at where the bytes hold a zero, numbers where they hold what an infinity ends in, and only a suspect request is
walked field by field. Source: WIRE.md, "Numbers and text".
"""

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final, cast

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from tidings_server.platform.errors import MAX_VIOLATIONS, InvalidInput, Violation
from tidings_server.platform.turns import INLINE_BYTES, Turn, give_way
from tidings_server.platform.unknown_names import shown
from tidings_server.platform.worker_threads import off_loop
from tidings_server.rpc import json_limits

_FLOATS = frozenset({FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT})
Suspicion = Callable[[Any], bool]
Judge = Callable[[FieldDescriptor], Suspicion | None]
"""Quick check for the values of a field that is no message; None where they cannot be wrong."""

STEP: Final = 200
"""Messages that are looked at before others get a turn: about a millisecond."""


class MessageChecks:
    """Checks of one type of message, worked out from its descriptor."""

    def __init__(self, message: type[Message]) -> None:
        descriptor = cast("Descriptor", message.DESCRIPTOR)
        self._is_suspect = _suspicion(descriptor, _enum_judge, {})
        self._has_nul = _suspicion(descriptor, _text_judge, {})
        self._has_infinite = _suspicion(descriptor, _float_judge, {})
        self._items = _Items(descriptor) if _is_list(descriptor) else None

    async def check(
        self, request: Message, raw: bytes, *, tenant: int = 0, offsets: Mapping[str, int] | None = None
    ) -> None:
        """Raises InvalidInput with the first `MAX_VIOLATIONS` broken rules of a tenant's message; `raw` are its bytes.

        `offsets`: how many elements of its repeated fields came before these, where it is a part of a larger one.
        """
        if self._items is not None and len(raw) > INLINE_BYTES:
            contents = _contents(raw)
            await give_way()
            is_suspect = await self._items.may_be_wrong(request, *contents, size=len(raw), tenant=tenant)
        else:
            is_suspect = await off_loop(lambda: self.is_suspect(request, raw), tenant=tenant, size=len(raw))
        if is_suspect:
            await self.refuse(request, offsets or {})

    async def refuse(self, request: Message, offsets: Mapping[str, int]) -> None:
        """The same for a message that the quick check found suspect."""
        if violations := await _first_violations(request, offsets):
            raise InvalidInput(violations=violations)

    def is_suspect(self, request: Message, raw: bytes) -> bool:
        """The quick check of a message and its bytes: whether `refuse` may find a broken rule."""
        return self.may_be_wrong(request, *_contents(raw))

    def may_be_wrong(self, request: Message, has_nul: bool, has_infinite: bool) -> bool:  # noqa: FBT001 - 1,000 times a call
        """The quick check. `has_nul`, `has_infinite`: whether the message's bytes hold what these values do."""
        return (
            self._is_suspect(request)
            or (has_nul and self._has_nul(request))
            or (has_infinite and self._has_infinite(request))
        )


def _contents(raw: bytes) -> tuple[bool, bool]:
    """Whether bytes hold a zero, and the last byte of an infinity or NaN."""
    return b"\0" in raw, b"\x7f" in raw or b"\xff" in raw


class _Items:
    """Quick check of a request that is a list of messages: the small ones on the loop in turns, others on a thread."""

    def __init__(self, descriptor: Descriptor) -> None:
        [field] = descriptor.fields
        self._name = field.name
        self._checks = MessageChecks(GetMessageClass(cast("Descriptor", field.message_type)))

    async def may_be_wrong(
        self,
        request: Message,
        has_nul: bool,  # noqa: FBT001 - as above
        has_infinite: bool,  # noqa: FBT001
        *,
        size: int,
        tenant: int,
    ) -> bool:
        """The quick check; `size` is that of the whole request."""
        turn, may_be_wrong, items = Turn(), self._checks.may_be_wrong, getattr(request, self._name)
        for item in items:
            size = item.ByteSize() if len(items) > 1 else size  # it serializes: of a single one of megabytes in vain
            if size <= INLINE_BYTES:
                is_suspect = may_be_wrong(item, has_nul, has_infinite)
            else:
                is_suspect = await off_loop(
                    partial(may_be_wrong, item, has_nul, has_infinite), tenant=tenant, size=size
                )
            if is_suspect:
                return True
            await turn.give()
        return False


async def _first_violations(request: Message, offsets: Mapping[str, int]) -> tuple[Violation, ...]:
    """Broken rules, up to `MAX_VIOLATIONS`; others have their turns of the event loop meanwhile."""
    found: list[Violation] = []
    for steps, each in enumerate(_walk(request, "", offsets), 1):
        if each is not None:
            found.append(each)
            if len(found) == MAX_VIOLATIONS:
                break
        if steps % STEP == 0:
            await give_way()
    return tuple(found)


def violations_in(message: Message) -> Iterator[Violation]:
    """Every broken rule in the message and below it; field names as JSON spells them."""
    return filter(None, _walk(message, "", {}))


def _walk(message: Message, prefix: str, offsets: Mapping[str, int]) -> Iterator[Violation | None]:
    """Broken rules of the message and below it, and None for each message that was looked at."""
    yield None
    for field, value in message.ListFields():
        path = f"{prefix}{field.json_name}"
        if not field.is_repeated:
            yield from _violations_of(field, value, path)
        elif entry := _map_entry(field):
            yield from _violations_in_map(entry, value, path)
        else:
            for index, item in enumerate(value, offsets.get(field.name, 0)):
                yield from _violations_of(field, item, f"{path}[{index}]")


def _violations_in_map(entry: Descriptor, values: Any, path: str) -> Iterator[Violation | None]:
    for key in values:
        yield from _violations_of(entry.fields_by_name["key"], key, f"{path} (a key)")
        yield from _violations_of(entry.fields_by_name["value"], values[key], f"{path}.{shown(key)}")


def _violations_of(field: FieldDescriptor, value: Any, path: str) -> Iterator[Violation | None]:
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        is_free = field.message_type is not None and field.message_type.full_name in json_limits.SUSPICIONS
        yield from json_limits.violations_in(value, path) if is_free else _walk(value, f"{path}.", {})
    elif field.type == FieldDescriptor.TYPE_STRING and "\0" in value:
        yield Violation(path, "must not contain NUL")
    elif field.type in _FLOATS and not math.isfinite(value):
        yield Violation(path, "must be a finite number")
    elif field.enum_type is not None and value not in _allowed(field.enum_type):
        yield Violation(path, f"must be one of {', '.join(_allowed(field.enum_type).values())}", f"number {value}")


def _allowed(enum: EnumDescriptor) -> dict[int, str]:
    return {value.number: value.name for value in enum.values if not value.name.endswith("_UNSPECIFIED")}


def _is_list(descriptor: Descriptor) -> bool:
    """Whether the message is nothing but a list of messages."""
    fields = descriptor.fields
    return (
        len(fields) == 1 and fields[0].is_repeated and fields[0].message_type is not None and not _map_entry(fields[0])
    )


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
