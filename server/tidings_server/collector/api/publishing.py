"""PublishService: streaming ingest, an extension of document 000.

A stream is read while what it has sent is stored: two tasks with a queue between them, whose length the window bounds.
Events are stored in the order in which they were sent, as many at once as wait; each has its own outcome.
"""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, Protocol

from tidings.collector.v1 import publishing_pb2 as pb
from tidings.collector.v1.events_pb2 import Event
from tidings.collector.v1.publishing_pb2_grpc import PublishServiceServicer
from tidings_server.collector.api import event_messages
from tidings_server.collector.publishing import (
    BATCH_BYTES,
    BATCH_EVENTS,
    RETRY_AFTER_S,
    SHARED_EVENTS,
    STOPPING,
    Publishing,
    StreamCredit,
    Window,
)
from tidings_server.log.events import EventLog
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import Conflict, InvalidInput, LimitExceeded, Overloaded, TidingsError, Unavailable
from tidings_server.platform.heavy_work import heavy_work
from tidings_server.platform.scope import Scope
from tidings_server.platform.turns import Turn, enter, has_others
from tidings_server.rpc.client_streams import STREAM_S, ClientStream
from tidings_server.rpc.error_bodies import grpc_status
from tidings_server.rpc.error_details import error_details
from tidings_server.rpc.metadata import Context, RpcCall, call_of, scope_of
from tidings_server.rpc.method import rpc_of
from tidings_server.storage.log.records import Appended, EventRecord

OVERLOADED_S: Final = 0.1
"""Time until an append is tried again that found the write queue full."""
ERRORS_OF_ONE: Final = 200
"""Refusals in one message: each has up to some 3 KB, and a client takes 4 MiB by default."""
MAX_ID: Final = 128
"""Characters of a refused event's id that are told."""


class EventAllowance(Protocol):
    """Port that counts events of a tenant against its quota."""

    def take_upto(self, tenant: int, events: int) -> tuple[int, LimitExceeded | None]:
        """Take as many events (1 or more) as the tenant may store now: how many, and why no more."""
        ...


class PublishService(PublishServiceServicer):
    """Store events that come as a stream."""

    def __init__(
        self, events: EventLog, publishing: Publishing, allowance: EventAllowance | None, *, clock: Clock, ids: Ids
    ) -> None:
        """Without `allowance` no tenant's events are counted."""
        self._appender = _Appender(events, clock)
        self._publishing = publishing
        self._allowance = allowance
        self._clock = clock
        self._ids = ids

    async def PublishEvents(  # type: ignore[override]  # reads and writes its stream instead of yielding
        self, requests: ClientStream[Event], context: Context
    ) -> None:
        loader = _Loader(scope_of(context), self._allowance, clock=self._clock, ids=self._ids)
        with self._publishing.opened(loader.tenant) as credit:
            responses = _Responses(requests, credit, call_of(context))
            await _Stream(requests, responses, credit, loader, self._appender).run(self._publishing)


class _Sent(NamedTuple):
    """One event that was received: its record, or the error that it is refused with. `has_id`: it came with its id."""

    outcome: EventRecord | TidingsError
    event_id: str
    has_id: bool
    size: int


class _Loader:
    """Makes records of a stream's events, within the quota of its tenant."""

    def __init__(self, scope: Scope, allowance: EventAllowance | None, *, clock: Clock, ids: Ids) -> None:
        self.tenant = scope.tenant
        self._scope = scope
        self._allowance = allowance
        self._clock = clock
        self._ids = ids

    async def load(self, items: Sequence[Event | TidingsError]) -> list[_Sent]:
        """The events of one message, made in turns of the loop."""
        enter(self.tenant)
        now_us, turn, loaded = self._clock.now_us(), Turn(alone_s=STREAM_S), list[_Sent]()
        for item in items:
            loaded.append(self._load(item, now_us))
            await turn.give()
        return self._allowed(loaded)

    def _load(self, item: Event | TidingsError, now_us: int) -> _Sent:
        if isinstance(item, TidingsError):
            return _Sent(item, "", has_id=True, size=0)
        given = item.id
        try:
            record = event_messages.load(item, self._scope, new_id=self._ids.uuid7, now_us=now_us)
        except InvalidInput as error:
            return _Sent(error, given[:MAX_ID], has_id=True, size=item.ByteSize())
        return _Sent(record, record.event_id, bool(given), len(record.body))

    def _allowed(self, loaded: list[_Sent]) -> list[_Sent]:
        """The same, those refused that the tenant may not store now."""
        good = [place for place, sent in enumerate(loaded) if not isinstance(sent.outcome, TidingsError)]
        if good and self._allowance is not None:
            taken, error = self._allowance.take_upto(self.tenant, len(good))
            if error is not None:
                for place in good[taken:]:
                    loaded[place] = loaded[place]._replace(outcome=error)
        return loaded


class _Appender:
    """Stores events, each with its own outcome."""

    def __init__(self, events: EventLog, clock: Clock) -> None:
        self._events = events
        self._clock = clock

    async def append(self, records: Sequence[EventRecord], *, is_fresh: bool) -> list[Appended | TidingsError]:
        """The outcomes of events in order, durable when this returns; waits while the write queue is full.

        Raises Unavailable: then they may or may not be stored.
        """
        while True:
            try:
                appended = await self._events.append(records, is_fresh=is_fresh, first_wins=True)
            except Overloaded:
                await self._clock.sleep(OVERLOADED_S)
            except InvalidInput as error:  # a value that no column holds
                if len(records) == 1:
                    return [error]
                half = len(records) // 2
                first = await self.append(records[:half], is_fresh=is_fresh)
                return first + await self.append(records[half:], is_fresh=is_fresh)
            else:
                return [_outcome(record, each) for record, each in zip(records, appended, strict=True)]


def _outcome(record: EventRecord, appended: Appended) -> Appended | TidingsError:
    if appended.existing is not None and appended.existing.body_hash != record.body_hash:
        return Conflict("The id is taken by another event.")
    return appended


class _Responses:
    """Acknowledgements in the order of the events, with the window where it has changed."""

    def __init__(self, stream: ClientStream[Event], credit: StreamCredit, call: RpcCall) -> None:
        self._stream = stream
        self._credit = credit
        self._call = call
        self._number = 0
        self._told: Window | None = None

    async def begin(self) -> None:
        """Name the window."""
        await self._stream.write(self._with_window(pb.PublishEventsResponse()))

    async def acknowledge(self, batch: Sequence[_Sent], outcomes: Sequence[Appended | TidingsError]) -> None:
        """Tell what has become of these events."""
        response, errors, turn = pb.PublishEventsResponse(), 0, Turn(alone_s=STREAM_S)
        for sent, outcome in zip(batch, outcomes, strict=True):
            self._number += 1
            told = response.acknowledgements.add(number=self._number, id=sent.event_id)
            if isinstance(outcome, TidingsError):
                errors += 1
                told.outcome = pb.EventAcknowledgement.REFUSED
                told.error.CopyFrom(grpc_status(error_details(outcome, call=self._call, rpc=rpc_of(self._call.method))))
            else:
                told.outcome = pb.EventAcknowledgement.DUPLICATE if outcome.existing else pb.EventAcknowledgement.STORED
            if errors == ERRORS_OF_ONE:
                await self._stream.write(response)
                response, errors = pb.PublishEventsResponse(), 0
            await turn.give()
        self._credit.acknowledge(len(batch), sum(sent.size for sent in batch))
        await self._stream.write(self._with_window(response))

    async def end(self) -> None:
        """Tell that the server stops."""
        await self._stream.write(pb.PublishEventsResponse(is_draining=True))

    def _with_window(self, response: pb.PublishEventsResponse) -> pb.PublishEventsResponse:
        window = self._credit.window
        if window != self._told:
            self._told = window
            response.window.events, response.window.bytes = window
        return response


class _Stream:
    """One stream: events that were received wait here to be stored."""

    def __init__(
        self,
        requests: ClientStream[Event],
        responses: _Responses,
        credit: StreamCredit,
        loader: _Loader,
        appender: _Appender,
    ) -> None:
        self._requests = requests
        self._responses = responses
        self._credit = credit
        self._loader = loader
        self._appender = appender
        self._received: deque[_Sent] = deque()
        self._ready = asyncio.Event()
        self._has_ended = False
        self._failure: TidingsError | None = None

    async def run(self, publishing: Publishing) -> None:
        """Serve the stream to its end. Raises what it is to end with, once all that was received is acknowledged."""
        await self._responses.begin()
        try:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(self._read())
                stopping = group.create_task(_end_at_stop(reading, publishing))
                while batch := await self._next_batch():
                    await self._store(batch)
                stopping.cancel()
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None
        if self._failure:
            raise self._failure
        if reading.cancelled():
            await self._responses.end()
            raise Unavailable(STOPPING, retry_after_s=RETRY_AFTER_S)

    async def _read(self) -> None:
        """Read while there is room, until the client ends, sends what is no message, or has no rights any more."""
        try:
            while True:
                await self._credit.room()
                received = await self._requests.read()
                if received is None:
                    return
                loaded = await self._loader.load(received.items)
                self._credit.receive(len(loaded), sum(sent.size for sent in loaded))
                self._received += loaded
                self._ready.set()
        except TidingsError as error:
            self._failure = error
        finally:
            self._has_ended = True
            self._ready.set()

    async def _next_batch(self) -> list[_Sent]:
        """Events to be stored next; empty at the end of the stream."""
        while not self._received and not self._has_ended:
            self._ready.clear()
            await self._ready.wait()
        batch, size = list[_Sent](), 0
        most = SHARED_EVENTS if has_others(self._loader.tenant) else BATCH_EVENTS
        while self._received and len(batch) < most:
            size += self._received[0].size
            if batch and size > BATCH_BYTES:
                break
            batch.append(self._received.popleft())
        return batch

    async def _store(self, batch: list[_Sent]) -> None:
        records = [sent.outcome for sent in batch if isinstance(sent.outcome, EventRecord)]
        stored: Iterator[Appended | TidingsError] = iter(())
        if records:
            async with self._credit.turn(), heavy_work(self._loader.tenant, events=len(records)):
                is_fresh = not any(sent.has_id for sent in batch)
                stored = iter(await self._appender.append(records, is_fresh=is_fresh))
        outcomes = [sent.outcome if isinstance(sent.outcome, TidingsError) else next(stored) for sent in batch]
        self._credit.settle(len(batch), sum(sent.size for sent in batch))
        await self._responses.acknowledge(batch, outcomes)


async def _end_at_stop(reading: "asyncio.Task[None]", publishing: Publishing) -> None:
    await publishing.draining()
    reading.cancel()
