"""Request message: read, decoded and checked after the caller is known, in steps that never hold the event loop.

Nothing of a request is looked at before: who shows no good credentials costs their check alone. A call that sends no
message ends after `READ_S`, and where one address has `MAX_SILENT` such calls open, the oldest ends for each new one.
A request over `STEP_BYTES` is walked on the wire first, so that one of many empty parts is refused for their number;
then it is decoded a part at a time.
"""

from collections.abc import AsyncIterator
from typing import Any, Final, cast

import grpc
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError, Message

from tidings_server.platform.errors import InvalidInput, Overloaded, PayloadTooLarge
from tidings_server.platform.turns import INLINE_BYTES, give_way, in_turn
from tidings_server.rpc import compression, wire_format
from tidings_server.rpc.bounded_calls import CallsByAddress
from tidings_server.rpc.message_checks import MessageChecks
from tidings_server.rpc.metadata import Context, RpcCall
from tidings_server.rpc.method import Rpc
from tidings_server.rpc.middleware import Middleware, Serve
from tidings_server.rpc.middleware.slow_refusals import SlowRefusals

READ_S: Final = 20.0
MAX_SILENT: Final = 100
RETRY_AFTER_S: Final = 1.0
STEP_BYTES: Final = 64 << 10
"""Bytes that are decoded at once; the most parts that they can hold cost a few milliseconds."""
MAX_FIELDS: Final = 50_000
"""Fields of a part of a request that is larger than that, with all that is nested in them."""

_UNDECODABLE: Final = "The request is not a valid message: malformed, nested too deep, or with text that is not UTF-8."


def request_message(rpc: Rpc, inner: Serve, *, silent: CallsByAddress, slow: SlowRefusals) -> Serve:
    """Read the call's one message and hand it on. Raises InvalidInput, PayloadTooLarge, and Overloaded without one."""
    reader = RequestReader(rpc.request, max_bytes=rpc.max_bytes)

    async def serve(call: RpcCall, _request: Any, context: Context) -> bytes | None:
        try:
            async with silent.entered(call.address):
                raw = await context.read()
        except TimeoutError:
            await slow.pause(call.address)
            raise Overloaded(retry_after_s=RETRY_AFTER_S) from None
        request = await reader.decode(raw, tenant=call.scope.tenant if call.scope else 0)
        return await inner(call, request, context)

    return serve


def request_messages(slow: SlowRefusals) -> Middleware:
    """The middleware, with one bound of silent calls for all RPCs; a client's stream is its handler's to read."""
    silent = CallsByAddress(MAX_SILENT, timeout_s=READ_S)

    def middleware(rpc: Rpc, inner: Serve) -> Serve:
        if rpc.reads_stream:
            return inner
        return request_message(rpc, inner, silent=silent, slow=slow)

    return middleware


class RequestReader:
    """Decodes and checks the messages of one type."""

    def __init__(self, message: type[Message], *, max_bytes: int) -> None:
        self._message = message
        self._descriptor = cast("Descriptor", message.DESCRIPTOR)
        self._max_bytes = max_bytes
        self._checks = MessageChecks(message)

    async def decode(self, raw: Any, *, tenant: int = 0) -> Message:
        """The tenant's message in `raw`, which is grpc's EOF where none came."""
        if raw is grpc.aio.EOF:
            raise InvalidInput("The call has no message.")
        if len(raw) > self._max_bytes:
            raise PayloadTooLarge(f"The request has {len(raw):,} bytes; {self._max_bytes:,} are allowed.")
        if compression.is_packed(raw):
            raw = await compression.unpacked(raw, most=self._max_bytes)
        try:
            if len(raw) <= INLINE_BYTES:
                request, is_suspect = await in_turn(lambda: self._decoded(raw))
                if is_suspect:
                    await self._checks.refuse(request, {})
                return request
            if len(raw) <= STEP_BYTES:
                request = await in_turn(lambda: self._message.FromString(raw))
                await self._checks.check(request, raw, tenant=tenant)
                return request
            return await self._in_steps(raw, tenant)
        except (DecodeError, wire_format.Malformed):
            raise InvalidInput(_UNDECODABLE) from None

    def _decoded(self, raw: bytes) -> tuple[Message, bool]:
        """A small message, and whether it may break a rule."""
        request = self._message.FromString(raw)
        return request, self._checks.is_suspect(request, raw)

    async def _in_steps(self, raw: bytes, tenant: int) -> Message:
        """The same for a large message: part after part, each checked by itself, others having their turns between."""
        request = self._message()
        async for begins, ends in self._parts(raw):
            piece = raw[begins:ends]
            part = self._message.FromString(piece)
            await give_way()
            offsets = {field.name: len(value) for field, value in request.ListFields() if field.is_repeated}
            await self._checks.check(part, piece, tenant=tenant, offsets=offsets)
            await give_way()
            request.MergeFrom(part)
            await give_way()
        return request

    async def _parts(self, raw: bytes) -> AsyncIterator[tuple[int, int]]:
        """Runs of whole fields of about `STEP_BYTES`; a larger one is a single field, which has been counted."""
        begins = ends = 0
        for number, field in enumerate(wire_format.fields(raw, 0, len(raw)), 1):
            if field.ends - begins > STEP_BYTES and ends > begins:
                yield begins, ends
                begins = field.begins
            if field.ends - field.begins > STEP_BYTES:
                await self._count(raw, field)
            ends = field.ends
            if number % wire_format.STEP == 0:
                await give_way()
        yield begins, ends

    async def _count(self, raw: bytes, field: wire_format.Field) -> None:
        known = self._descriptor.fields_by_number.get(field.number)
        if known is None or known.message_type is None:
            return
        count = wire_format.count_fields(raw, field.value, field.ends, message=known.message_type, most=MAX_FIELDS)
        if await count > MAX_FIELDS:
            raise InvalidInput.of(known.json_name, f"must have at most {MAX_FIELDS:,} values, with all that is in them")
