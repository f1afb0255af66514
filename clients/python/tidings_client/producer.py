"""A producer: events over a stream, in order, each acknowledged when it is durable; it connects and sends again."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Protocol, Self

import grpc
import grpc.aio

from tidings.collector.v1.events_pb2 import Event
from tidings.collector.v1.publishing_pb2 import (
    EventAcknowledgement,
    PublishEventsRequest,
    PublishEventsResponse,
    PublishWindow,
)
from tidings.collector.v1.publishing_pb2_grpc import PublishServiceStub
from tidings_client.errors import (
    DeadlineExceeded,
    Internal,
    InvalidInput,
    LimitExceeded,
    TidingsError,
    Unauthenticated,
    Unavailable,
    WrongState,
    from_rpc,
    from_status,
)
from tidings_client.ids import identified
from tidings_client.outbox import Entry, Outbox, Published
from tidings_client.retries import Backoff
from tidings_client.tokens import Headers

TIMEOUT_S = 120.0
# Without an answer for so long, while one is due, the connection is taken for dead.
SILENCE_S = 30.0
CLOSE_S = 2.0
# Larger events have no place in any message. The server refuses the others that are too large.
EVENT_BYTES = (1 << 20) - 64

OnRefused = Callable[[Event, TidingsError], object]


class Authenticated(Protocol):
    """A connection with credentials: a `Session`."""

    @property
    def channel(self) -> grpc.aio.Channel:
        """The connection."""
        ...

    async def token(self) -> str:
        """An access token; empty for credentials that have none."""
        ...

    async def renewed(self, stale: str) -> str:
        """A new token in place of one that was refused."""
        ...

    def metadata(self, token: str) -> Headers:
        """Headers of a call."""
        ...


class Sent:
    """An event that a producer has taken. `id`: its own, or the one that it was given."""

    __slots__ = ("_outcome", "id")

    def __init__(self, event_id: str, outcome: "asyncio.Future[Published]") -> None:
        self.id = event_id
        self._outcome = outcome

    async def acknowledged(self) -> Published:
        """Return when the event is durable. Raises the error that it was refused with, or the producer's own."""
        return await asyncio.shield(self._outcome)


class Producer:
    """Sends events as a stream; use it in `async with`, whose end waits for what was sent.

    It batches by itself, sends no more than the server has said that it may, connects again after a lost connection,
    and then sends again what was not acknowledged, with the same ids: each event is stored once. Events are stored in
    the order of `send`; but one that is over a quota takes its place when it is sent again. Tasks of one event loop may
    share a producer.
    """

    def __init__(
        self, session: Authenticated, *, timeout_s: float = TIMEOUT_S, on_refused: OnRefused | None = None
    ) -> None:
        """`timeout_s`: time until an event fails for want of an acknowledgement; `on_refused` gets each that fails."""
        self._session = session
        self._timeout_s = timeout_s
        self._on_refused = on_refused
        self._outbox = Outbox()
        self._changed = asyncio.Event()
        self._is_closing = False
        self._error: TidingsError | None = None
        self._refused = ""
        self._running: asyncio.Task[None] | None = None

    async def send(self, event: Event) -> Sent:
        """Take an event, and return once there is room for it, mostly at once; an event without an id gets one.

        It is not stored yet when this returns: see `Sent.acknowledged`, `flush` and `close`. Raises the error that has
        ended the producer, and WrongState after `close`.
        """
        while self._outbox.is_full and not self._error:
            await self._change()
        if self._error or self._is_closing:
            raise self._error or WrongState("The producer is closed.")
        entry = Entry(identified(event), time.monotonic() + self._timeout_s)
        if entry.size > EVENT_BYTES:
            text = f"The event has {entry.size:,} bytes; the server takes 256 KiB."
            self._fail(entry, InvalidInput(text, reason="PAYLOAD_TOO_LARGE"))
        else:
            self._outbox.add(entry)
            self._begin()
            self._notify()
        return Sent(entry.event.id, entry.outcome)

    async def flush(self) -> None:
        """Return when all that was sent before is stored or refused. Raises the error that has ended the producer."""
        if waiting := [entry.outcome for entry in self._outbox]:
            await asyncio.wait(waiting)
        if self._error:
            raise self._error

    async def close(self) -> None:
        """Flush, then end the stream: nothing can be sent any more. Raises as `flush`."""
        self._is_closing = True
        self._notify()
        try:
            await self.flush()
            if self._running:
                await asyncio.wait({self._running}, timeout=CLOSE_S)
        finally:
            await self._cancel()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close; after an error what is not acknowledged is given up, and may be stored or not."""
        if kind is None:
            await self.close()
            return
        self._is_closing = True
        await self._cancel()
        self._fail_all(WrongState("The producer was left."))

    def _begin(self) -> None:
        if self._running is None:
            self._running = asyncio.create_task(self._run())
            self._running.add_done_callback(self._ended)

    def _ended(self, running: "asyncio.Task[None]") -> None:
        """Fail what waits where this has a fault."""
        if not running.cancelled() and (error := running.exception()):
            self._stop(Internal(repr(error)))

    async def _cancel(self) -> None:
        if self._running:
            self._running.cancel()
            await asyncio.wait({self._running})

    async def _run(self) -> None:
        """Keep a connection while there are events, until the producer is closed or an error ends it."""
        backoff = Backoff()
        while True:
            while not self._outbox:
                if self._is_closing:
                    return
                await self._change()
            token = ""
            try:
                token = await self._token()
                await self._connected(token, backoff)
            except Unauthenticated as error:
                if not token or self._refused:  # else it may have expired: a new one shows whether the client is good
                    self._stop(error)
                    return
                self._refused = token
            except (Unavailable, LimitExceeded, Internal, TimeoutError) as error:
                self._expire(error)
            except TidingsError as error:
                self._stop(error)
                return
            await backoff.pause()

    async def _token(self) -> str:
        return await (self._session.renewed(self._refused) if self._refused else self._session.token())

    async def _connected(self, token: str, backoff: Backoff) -> None:
        """Send over one connection until it ends. Raises what it ended with; returns where a new one may go on."""
        self._outbox.rewind()
        call: Any = PublishServiceStub(self._session.channel).PublishEvents(metadata=self._session.metadata(token))
        async with asyncio.timeout(SILENCE_S) as silence:
            stream = _Stream(call, silence)
            writing = asyncio.create_task(self._write(stream))
            try:
                while (response := await call.read()) is not grpc.aio.EOF:
                    backoff.reset()
                    self._refused = ""
                    self._take(response, stream)
            except grpc.aio.AioRpcError as error:
                if error.code() is grpc.StatusCode.UNIMPLEMENTED:
                    raise WrongState("This server takes no streams of events.") from error
                raise from_rpc(error) from error
            finally:
                writing.cancel()
                call.cancel()

    async def _write(self, stream: "_Stream") -> None:
        """Send what waits, as far as the window goes."""
        with suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):  # the reader gets the status
            while not stream.is_draining:
                if events := self._outbox.next_message(stream.window, self._present()):
                    stream.expect()
                    await stream.call.write(PublishEventsRequest(events=events))
                elif self._is_closing and not self._outbox:
                    break
                else:
                    await self._change()
            await stream.call.done_writing()

    def _present(self) -> float:
        """The present instant; the writer looks again when the next event that was put off is due."""
        now, due_at = time.monotonic(), self._outbox.due_at
        if due_at is not None and due_at > now:
            asyncio.get_running_loop().call_later(due_at - now, self._notify)
        return now

    def _take(self, response: PublishEventsResponse, stream: "_Stream") -> None:
        for told in response.acknowledgements:
            self._settle(self._outbox.acknowledged(), told)
        if response.HasField("window"):
            stream.window = response.window
        stream.is_draining |= response.is_draining
        stream.expect(is_due=self._outbox.has_sent)
        self._notify()

    def _settle(self, entry: Entry, told: EventAcknowledgement) -> None:
        if told.outcome != EventAcknowledgement.REFUSED:
            entry.settle(Published(told.id, told.outcome == EventAcknowledgement.DUPLICATE))
            return
        error = from_status(told.error)
        again_at = time.monotonic() + (error.retry_after_s or 0)
        if error.retry_after_s is None or again_at > entry.until:
            self._fail(entry, error)
        else:
            self._outbox.put_off(entry, again_at)

    def _expire(self, error: Exception) -> None:
        """Give up events that have waited too long."""
        for entry in self._outbox.expired(time.monotonic()):
            self._fail(entry, DeadlineExceeded(f"Not acknowledged in {self._timeout_s:g} s: {error}"))
        self._notify()

    def _stop(self, error: TidingsError) -> None:
        self._error = error
        self._fail_all(error)

    def _fail_all(self, error: TidingsError) -> None:
        for entry in self._outbox.clear():
            self._fail(entry, error)
        self._notify()

    def _fail(self, entry: Entry, error: TidingsError) -> None:
        if not entry.outcome.done():
            entry.outcome.set_exception(error)
            if self._on_refused:
                asyncio.get_running_loop().call_soon(self._on_refused, entry.event, error)

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _change(self) -> None:
        await self._changed.wait()


class _Stream:
    """One connection: its call, its window, and whether its server stops."""

    def __init__(self, call: Any, silence: asyncio.Timeout) -> None:
        self.call = call
        self.window = PublishWindow()
        self.is_draining = False
        self._silence = silence

    def expect(self, *, is_due: bool = True) -> None:
        """Expect an answer from now on, or none."""
        if not self._silence.expired():
            self._silence.reschedule(asyncio.get_running_loop().time() + SILENCE_S if is_due else None)
