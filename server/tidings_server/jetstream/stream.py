"""The stream in JetStream: its connection, set-up and state, and publishing in order.

A stream has one publisher, the process with the relay's lease. Each publication expects the message before to be the
last of the stream, so whoever published meanwhile is noticed, and nothing is stored twice or out of order, however long
ago it was. Source: NATS, "JetStream model deep dive", expected last sequence.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import nats
import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RawStreamMsg, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, NotFoundError

from tidings_server.jetstream.message import OMITTED, PREV, REWINDS, SEQ, StreamMessage, subject
from tidings_server.platform.errors import Unavailable

CONNECT_S: Final = 2.0
ANSWER_S: Final = 2.0
MAX_AGE_S: Final = 7 * 86_400
DEDUPE_S: Final = 300
EXPECTED: Final = "Nats-Expected-Last-Sequence"
EXPECTED_STREAM: Final = "Nats-Expected-Stream"
MAX_TENANTS: Final = 10_000

FAILURES: Final = (NatsError, OSError, TimeoutError)

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """The last message that a stream has, 0 in an empty one, and the event and rewinds that its headers name, if any.

    `missing` is the number of messages that are gone between the first and the last. Messages are kept for `max_age_s`.
    """

    stream_seq: int
    seq: int | None
    rewinds: int
    missing: int = 0
    max_age_s: float = 0.0


class EventStream:
    """One stream. Connects when it is first asked for its end, and again after each failure."""

    def __init__(self, url: str, *, name: str, replicas: int = 1, mib: int = 1_024) -> None:
        """`replicas` and `mib` are of a stream that is made: its copies, and its size before the oldest messages go."""
        self.name = name
        self.prefix = name.lower().replace("_", ".")
        self._servers = url.split(",")
        self._replicas = replicas
        self._max_bytes = mib << 20
        self._client: Client | None = None
        self._last = 0
        self._seq_of: dict[str, int] = {}

    async def end(self) -> StreamEnd:
        """The end of the stream now, which is made if it is not there. Raises Unavailable."""
        try:
            context = (await self._connected()).jetstream(timeout=ANSWER_S)
            info = await self._ensured(context)
            last = await self._last_message(context) if info.state.messages else None
        except FAILURES as error:
            await self.close()
            raise Unavailable(f"NATS does not answer: {_reason(error)}.") from error
        self._last = info.state.last_seq
        self._seq_of.clear()
        headers: Mapping[str, str] = (last.headers if last else None) or {}
        return StreamEnd(
            (last.seq or 0) if last else 0,
            int(headers[SEQ]) if SEQ in headers else None,
            int(headers.get(REWINDS, "0")),
            missing=info.state.last_seq - info.state.first_seq + 1 - info.state.messages if last else 0,
            max_age_s=info.config.max_age or 0.0,
        )

    async def publish(self, messages: Sequence[StreamMessage]) -> int:
        """Publish in order after the end that was seen last; the sequence of the last. Raises Unavailable.

        After that the stream has some of them, from the first on: `end` tells which.
        """
        try:
            client = await self._connected()
            context = client.jetstream(timeout=ANSWER_S)
            sent = [await self._send(client, context, message) for message in messages]
            async with asyncio.timeout(ANSWER_S):
                acks = await asyncio.gather(*sent)
        except FAILURES as error:
            await self.close()
            raise Unavailable(f"NATS has not stored events: {_reason(error)}.") from error
        if any(ack.duplicate for ack in acks):
            raise Unavailable("NATS took events for repeats.")
        return self._last

    async def close(self) -> None:
        """End the connection; the next call makes a new one."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(*FAILURES):
                await client.close()

    async def _send(
        self, client: Client, context: JetStreamContext, message: StreamMessage
    ) -> "asyncio.Future[nats.js.api.PubAck]":
        headers = dict(message.headers)
        before = await self._before(context, message.tenant)
        headers[PREV] = str(before if before < message.seq else 0)
        headers[EXPECTED], headers[EXPECTED_STREAM] = str(self._last), self.name
        body = message.body
        if len(body) + 4096 > client.max_payload:
            body, headers[OMITTED] = b"", "true"
        sent = await context.publish_async(message.subject, body, wait_stall=ANSWER_S, headers=headers)
        self._last += 1
        self._seq_of[message.tenant] = message.seq
        return sent

    async def _last_message(self, context: JetStreamContext) -> RawStreamMsg | None:
        """The last message that is there: the last that was stored may have been deleted, or purged."""
        with suppress(NotFoundError):
            return await context.get_last_msg(self.name, f"{self.prefix}.>")
        return None

    async def _before(self, context: JetStreamContext, tenant: str) -> int:
        """The tenant's event before, as far as the stream still has it; else 0."""
        if tenant not in self._seq_of:
            if len(self._seq_of) >= MAX_TENANTS:
                del self._seq_of[next(iter(self._seq_of))]
            self._seq_of[tenant] = 0
            with suppress(NotFoundError):
                last = await context.get_last_msg(self.name, subject(self.prefix, tenant, ">"))
                self._seq_of[tenant] = int((last.headers or {}).get(SEQ, "0"))
        return self._seq_of[tenant]

    async def _connected(self) -> Client:
        if self._client is None or not self._client.is_connected:
            await self.close()
            async with asyncio.timeout(CONNECT_S):
                self._client = await nats.connect(
                    self._servers, name="tidings-relay", allow_reconnect=False, connect_timeout=1, error_cb=_ignored
                )
        return self._client

    async def _ensured(self, context: JetStreamContext) -> nats.js.api.StreamInfo:
        try:
            return await context.stream_info(self.name)
        except NotFoundError:
            logger.info("stream_created", stream=self.name)
            return await context.add_stream(self._config())

    def _config(self) -> StreamConfig:
        return StreamConfig(
            name=self.name,
            subjects=[f"{self.prefix}.>"],
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            num_replicas=self._replicas,
            max_age=MAX_AGE_S,
            max_bytes=self._max_bytes,
            discard=DiscardPolicy.OLD,
            duplicate_window=DEDUPE_S,
            deny_delete=True,
            allow_direct=True,
        )


async def examined(url: str, name: str) -> str:
    """Contents of a stream, in words. Raises Unavailable where NATS or JetStream does not answer."""
    stream = EventStream(url, name=name)
    try:
        info = await (await stream._connected()).jetstream(timeout=ANSWER_S).stream_info(name)  # noqa: SLF001 - ours
    except NotFoundError:
        return f"JetStream answers; the stream {name} is made when the relay first runs"
    except FAILURES as error:
        raise Unavailable(_reason(error)) from error
    finally:
        await stream.close()
    return f"the stream {name} has {info.state.messages} messages in {info.config.num_replicas or 1} copies"


def _reason(error: Exception) -> str:
    """The kind of a failure, and JetStream's own words where it has given some."""
    words = error.description if isinstance(error, APIError) else None
    return f"{type(error).__name__}, {words}"[:200] if words else type(error).__name__


async def _ignored(_error: Exception) -> None:
    """Whoever waits for the connection gets the error, too."""
