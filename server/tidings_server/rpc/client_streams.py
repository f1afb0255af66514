"""Streams of clients: messages that are lists, read when there is room for them, each item decoded and checked apart.

A bad item is an error in its place, and costs neither its neighbours nor the stream. What is no list of items at all
ends the stream. A message is read from the connection only when it is asked for, so that a client which sends more than
it may is stopped by HTTP/2's flow control.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Generic, TypeVar, cast

import grpc
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from tidings_server.platform.errors import InvalidInput, PayloadTooLarge, TidingsError
from tidings_server.platform.turns import INLINE_BYTES, Turn, enter, give_way, in_turn
from tidings_server.platform.worker_threads import off_loop
from tidings_server.rpc import compression, wire_format
from tidings_server.rpc.message_checks import MessageChecks
from tidings_server.rpc.metadata import Context, RpcCall
from tidings_server.rpc.middleware.request_message import MAX_FIELDS, STEP_BYTES

ItemT = TypeVar("ItemT", bound=Message)

MAX_ITEMS: Final = 1_000
"""Items of one message."""

STREAM_S: Final = 0.004
"""Least slice of a stream's work while one tenant alone calls: it then stores half as much again as with 2 ms."""

_NO_MESSAGE: Final = "A message of the stream is not valid: malformed, or no list of items."
_UNDECODABLE: Final = "This is not a valid message: malformed, nested too deep, or with text that is not UTF-8."


@dataclass(frozen=True, slots=True)
class Received(Generic[ItemT]):
    """Items of one message in their order, each good or the error that it is refused with; `size` is in bytes."""

    items: list[ItemT | TidingsError]
    size: int


class ClientStream(Generic[ItemT]):
    """The two directions of one call, for its handler."""

    def __init__(self, reader: "ItemReader", call: RpcCall, context: Context) -> None:
        self._reader = reader
        self._call = call
        self._context = context
        self._tenant = call.scope.tenant if call.scope else 0

    async def read(self) -> Received[ItemT] | None:
        """The next message, for which the credentials were good; None after the client's last.

        Raises InvalidInput and PayloadTooLarge for what is no message of this stream, and what authentication raises.
        """
        raw = await self._context.read()
        if raw is grpc.aio.EOF:
            return None
        if self._call.recheck:
            await self._call.recheck()
        enter(self._tenant)
        return await self._reader.decode(raw, tenant=self._tenant)

    async def write(self, message: Message) -> None:
        """Send a message; returns when the connection has taken it."""
        await self._context.write(await in_turn(message.SerializeToString))


class ItemReader:
    """Decodes and checks messages of one type, whose one field is the list of items."""

    def __init__(self, message: type[Message], *, max_bytes: int) -> None:
        descriptor = cast("Descriptor", message.DESCRIPTOR)
        [field] = descriptor.fields
        self._message = message
        self._name = field.name
        self._number = field.number
        self._item_descriptor = cast("Descriptor", field.message_type)
        self._item = GetMessageClass(self._item_descriptor)
        self._max_bytes = max_bytes
        self._checks = MessageChecks(self._item)

    async def decode(self, raw: bytes, *, tenant: int) -> Received[Any]:
        """The items of a tenant's message in `raw`. Raises InvalidInput and PayloadTooLarge."""
        if compression.is_packed(raw):
            raw = await compression.unpacked(raw, most=self._max_bytes)
        try:
            if len(raw) > self._max_bytes:
                return Received([self._too_large(raw)] * sum(1 for _ in self._fields(raw)), 0)
            items = [item async for item in self._items(raw)]
        except (DecodeError, wire_format.Malformed):
            raise InvalidInput(_NO_MESSAGE) from None
        if len(items) > MAX_ITEMS:
            raise self._too_many()
        return Received(await self._checked(items, raw, tenant), len(raw))

    async def _items(self, raw: bytes) -> AsyncIterator[Message | TidingsError]:
        if len(raw) <= STEP_BYTES:
            for item in await in_turn(lambda: self._decoded(raw)):
                yield item
            return
        async for begins, ends in self._parts(raw):
            part = raw[begins:ends]
            if len(part) > STEP_BYTES and await self._is_too_nested(part):
                yield InvalidInput(f"An item must have at most {MAX_FIELDS:,} values, with all that is in them.")
                continue
            for item in self._decoded(part):
                yield item
            await give_way()

    def _decoded(self, raw: bytes) -> list[Message | TidingsError]:
        """The items of a part of a message; where one of them cannot be decoded, the others all the same."""
        try:
            found = getattr(self._message.FromString(raw), self._name)
        except DecodeError:
            return [self._alone(raw[field.value : field.ends]) for field in self._fields(raw)]
        if len(found) > MAX_ITEMS:
            raise self._too_many()
        return list(found)

    def _alone(self, raw: bytes) -> Message | TidingsError:
        try:
            return self._item.FromString(raw)
        except DecodeError:
            return InvalidInput(_UNDECODABLE)

    def _fields(self, raw: bytes) -> Iterator[wire_format.Field]:
        """The items on the wire; what is unknown is passed over, as decoding does."""
        for number, field in enumerate(wire_format.fields(raw, 0, len(raw)), 1):
            if number > MAX_ITEMS:
                raise self._too_many()
            if field.number == self._number and field.is_bytes:
                yield field

    async def _parts(self, raw: bytes) -> AsyncIterator[tuple[int, int]]:
        """Runs of whole items of about `STEP_BYTES`; a larger one is a single item."""
        begins = ends = 0
        for field in self._fields(raw):
            if field.ends - begins > STEP_BYTES and ends > begins:
                yield begins, ends
                begins = field.begins
            ends = field.ends
        yield begins, ends

    async def _is_too_nested(self, part: bytes) -> bool:
        for field in self._fields(part):
            count = wire_format.count_fields(
                part, field.value, field.ends, message=self._item_descriptor, most=MAX_FIELDS
            )
            if await count > MAX_FIELDS:
                return True
        return False

    async def _checked(
        self, items: list[Message | TidingsError], raw: bytes, tenant: int
    ) -> list[Message | TidingsError]:
        has_nul, has_infinite, turn = b"\0" in raw, b"\x7f" in raw or b"\xff" in raw, Turn(alone_s=STREAM_S)
        may_be_wrong = self._checks.may_be_wrong
        for place, item in enumerate(items):
            if isinstance(item, TidingsError):
                continue
            size = item.ByteSize()
            if size <= INLINE_BYTES:
                is_suspect = may_be_wrong(item, has_nul, has_infinite)
            else:
                check = partial(may_be_wrong, item, has_nul, has_infinite)
                is_suspect = await off_loop(check, tenant=tenant, size=size)
            if is_suspect:
                try:
                    await self._checks.refuse(item, {})
                except InvalidInput as error:
                    items[place] = error
            await turn.give()
        return items

    def _too_large(self, raw: bytes) -> TidingsError:
        return PayloadTooLarge(f"Its message has {len(raw):,} bytes; {self._max_bytes:,} are allowed.")

    def _too_many(self) -> InvalidInput:
        return InvalidInput.of(self._name, f"at most {MAX_ITEMS:,} in one message", "more")
