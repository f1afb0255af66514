"""The relay: a consumer of the log that publishes each event to a stream after it is stored.

First the events of a page are published, then cursor and checkpoint are committed together. After a death in between
the stream's own end says how far publishing had come, so that nothing is published twice. Where the stream ends before
the checkpoint, it has lost what it had acknowledged: the relay goes back and publishes that again, so the log heals the
stream. Once a minute it also counts what is gone from the stream's middle: that is shown, not mended. While NATS is
away events wait in the log and nothing else notices.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.store import tenants
from tidings_server.jetstream.message import StreamMessage, is_published, stream_message
from tidings_server.jetstream.store import checkpoints
from tidings_server.jetstream.store.checkpoints import RelayCheckpoint
from tidings_server.jetstream.stream import EventStream
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.platform import failpoints
from tidings_server.platform.clock import US_PER_S, Clock
from tidings_server.platform.errors import LostRace, Unavailable
from tidings_server.platform.telemetry.metrics import REGISTRY
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import StoredEvent

CHECK_S: Final = 60.0
"""Interval at which the stream's end is compared with the checkpoint where nothing is published."""
RETRY_S: Final = 1.0
GATHER_S: Final = 0.02

CONNECTED: Final = Gauge("tidings_relay_connected", "1 while the relay reaches its stream.", registry=REGISTRY)
REWOUND: Final = Counter(
    "tidings_relay_rewound", "Times that the stream had lost events, which were published again.", registry=REGISTRY
)
LAG: Final = Gauge(
    "tidings_relay_lag_seconds",
    "Age of the oldest event that the relay has still to publish, in seconds; 0 in a process that does not relay.",
    ["stream"],
    registry=REGISTRY,
)
MISSING: Final = Gauge(
    "tidings_relay_stream_missing",
    "Messages that are gone from the middle of the stream, as of the last minute's look.",
    ["stream"],
    registry=REGISTRY,
)

BodyOf = Callable[[StoredEvent], bytes]

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PublishedEvents:
    """The plan for events that are published: the checkpoint after them."""

    covered: int
    stream: str
    checkpoint: RelayCheckpoint
    is_empty: bool

    async def apply(self, conn: AsyncConnection) -> None:
        await checkpoints.put(conn, self.stream, self.checkpoint)


class Relay:
    """Publishes a shard's events; also the feed of its own runner, so that nothing is read while the stream is away."""

    name = checkpoints.CONSUMER

    def __init__(
        self, database: Database, stream: EventStream, body_of: BodyOf, *, clock: Clock, shard: int = 0
    ) -> None:
        self._shard = shard
        self._database = database
        self._stream = stream
        self._body_of = body_of
        self._clock = clock
        self._feed = LogFeed(database, shard)
        self._checkpoint = RelayCheckpoint()
        self._passed = 0
        self._is_ready = False
        self._check_at = 0.0
        self._missing = 0

    def concerns(self, _event: StoredEvent) -> bool:
        return True

    def key(self, event: StoredEvent) -> str:
        """One tenant's events are in order."""
        return str(event.tenant_id)

    async def head(self) -> int:
        """The number of the last event."""
        return await self._feed.head()

    def has_more(self, after: int) -> bool:  # noqa: ARG002
        """Always: the stream and the lag are looked at without new events, too."""
        return True

    async def read(self, after: int, limit: int) -> list[StoredEvent]:
        """Events after `after`; none while the stream is away. Raises LostRace where the relay has been sent back."""
        try:
            if not self._is_ready or self._clock.monotonic() >= self._check_at:
                await self._prepare()
        except Unavailable as error:
            self._disconnected(error)
            self._note_lag(await self._feed.read(after, 1))
            return []
        events = await self._feed.read(after, limit)
        self._note_lag(events)
        return events

    def start_over(self) -> None:
        """Forget the state of the stream: another process may have published since."""
        self._is_ready, self._check_at = False, 0.0

    def leave(self) -> None:
        """Show nothing of a stream that is another process's now."""
        CONNECTED.set(0)
        for metric in (LAG, MISSING):
            metric.labels(self._stream.name).set(0)

    async def wait(self, after: int, timeout_s: float) -> int:
        """The head, as soon as it is past `after` or after `timeout_s`."""
        if not self._is_ready:
            await self._clock.sleep(RETRY_S)
            return await self.head()
        return await self._feed.wait(after, timeout_s)

    async def plan(self, events: Sequence[StoredEvent]) -> PublishedEvents:
        new = [event for event in events if event.seq > self._passed and is_published(event)]
        messages = await self._messages(new)
        if messages:
            try:
                last = await self._stream.publish(messages)
            except Unavailable:
                self._is_ready = False
                raise
            failpoints.hit("relay.after_publish")
            self._passed = messages[-1].seq
            self._checkpoint = self._checkpoint._replace(stream_seq=last, position=self._passed)
        return PublishedEvents(len(events), self._stream.name, self._checkpoint, is_empty=not messages)

    async def _prepare(self) -> None:
        """Compare the stream's end with the checkpoint, and go back where the stream has lost something."""
        async with self._database.read() as conn:
            stored = await checkpoints.read(conn, self._stream.name)
        end = await self._stream.end()
        async with self._database.read() as conn:
            head = await log.head(conn, self._shard)
        is_sent_back = self._is_ready and stored.rewinds != self._checkpoint.rewinds
        self._checkpoint = stored
        known = end.seq if end.rewinds == stored.rewinds else None
        if end.stream_seq < stored.stream_seq and not await self._is_outdated(stored.position, end.max_age_s):
            await self._rewind(end.seq or 0)
        if known is not None and known > head:  # the log is an older copy
            await self._rewind(min(stored.position, head))
        self._passed = max(stored.position, known or 0)
        self._checkpoint = stored._replace(stream_seq=end.stream_seq, position=self._passed)
        self._check_at = self._clock.monotonic() + CHECK_S
        if not self._is_ready:
            logger.info("relay_ready", stream=self._stream.name, stream_seq=end.stream_seq)
        self._note_missing(end.missing)
        self._is_ready = True
        CONNECTED.set(1)
        if is_sent_back:
            raise LostRace

    async def _is_outdated(self, position: int, max_age_s: float) -> bool:
        """Whether an event is older than the stream keeps any, or is no longer kept itself: then nothing was lost."""
        async with self._database.read() as conn:
            last = await log.at(conn, [position])
        age_s = (self._clock.now_us() - last[0].recorded_at) / US_PER_S if last else max_age_s
        return bool(max_age_s) and age_s >= max_age_s

    def _note_missing(self, missing: int) -> None:
        if missing > self._missing:
            logger.error("stream_has_holes", stream=self._stream.name, messages=missing)
        self._missing = missing
        MISSING.labels(self._stream.name).set(missing)

    def _note_lag(self, events: Sequence[StoredEvent]) -> None:
        age_us = max(0, self._clock.now_us() - events[0].recorded_at) if events else 0
        LAG.labels(self._stream.name).set(age_us / US_PER_S)

    async def _rewind(self, to: int) -> None:
        stream, shard = self._stream.name, self._shard
        was = await self._database.write_queue.run(lambda conn: checkpoints.rewind(conn, stream, shard, to=to))
        REWOUND.inc()
        logger.error("relay_rewound", stream=stream, was=was, to=to)
        self._is_ready = False
        raise LostRace

    async def _messages(self, events: Sequence[StoredEvent]) -> list[StreamMessage]:
        async with self._database.read() as conn:
            ids = await tenants.tenant_ids(conn, {event.tenant_id for event in events}) if events else {}
        prefix, rewinds = self._stream.prefix, self._checkpoint.rewinds
        return [
            stream_message(event, ids[event.tenant_id], self._body(event), prefix=prefix, rewinds=rewinds)
            for event in events
            if event.tenant_id in ids  # else it was deleted meanwhile
        ]

    def _body(self, event: StoredEvent) -> bytes:
        try:
            return self._body_of(event)
        except Exception:  # the worker's loop: no event may hold up those behind it
            logger.exception("relay_body_failed", seq=event.seq)
            return b""

    def _disconnected(self, error: Unavailable) -> None:
        if self._is_ready or not self._check_at:
            logger.warning("relay_disconnected", error=error.message)
        self._is_ready, self._check_at = False, 1.0
        CONNECTED.set(0)


class RelayWorker:
    """The relay of a shard with its runner; `run` it in the process that has its lease."""

    def __init__(
        self, database: Database, stream: EventStream, body_of: BodyOf, *, clock: Clock, shard: int = 0
    ) -> None:
        relay = Relay(database, stream, body_of, clock=clock, shard=shard)
        self._relay, self._stream = relay, stream
        self.runner = ConsumerRunner(relay, feed=relay, database=database, clock=clock, shard=shard, gather_s=GATHER_S)

    async def run(self) -> None:
        """Publish until cancelled."""
        self._relay.start_over()
        try:
            await self.runner.run()
        finally:
            self._relay.leave()
            await self._stream.close()
