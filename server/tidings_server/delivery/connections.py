"""Connections to HTTP endpoints: made behind the egress guard, kept for the next request, given up in time.

Made for many small POSTs. aiohttp's client, which can do much more, takes four times the processor time for each.
"""

import asyncio
import ssl
from collections import defaultdict
from socket import SOCK_STREAM
from typing import Final, NamedTuple, cast

from aiohappyeyeballs import start_connection

from tidings_server.delivery.egress import Egress
from tidings_server.delivery.http1 import Answer, AnswerReader, BadAnswer

CONNECT_TIMEOUT_S: Final = 10.0
NEXT_ADDRESS_AFTER_S: Final = 0.25
"""When an address has not answered for so long, the name's next one is tried beside it. Source: RFC 8305."""
KEPT_S: Final = 15.0
"""How long a connection waits for its next request."""


class Disconnected(ConnectionError):
    """The endpoint ended the connection without an answer."""


class Origin(NamedTuple):
    """Where a connection leads. `host`: a name or an address, as the resolver and certificates have it."""

    host: str
    port: int
    is_tls: bool


class Connections:
    """All connections of this process; at most one request at a time on each. Made and closed inside an event loop."""

    def __init__(self, *, egress: Egress, kept_s: float = KEPT_S) -> None:
        self._egress = egress
        self._kept_s = kept_s
        self._kept: defaultdict[Origin, list[_Connection]] = defaultdict(list)
        self._sweep: asyncio.TimerHandle | None = None
        self._tls: ssl.SSLContext | None = None

    async def exchange(self, origin: Origin, request: bytes, *, timeout_s: float) -> Answer:
        """The answer to one request, which is sent as it stands.

        The status of an answer stands even if its body does not end in time. A request whose kept connection ends
        without an answer is sent once more on another: endpoints end idle connections, and may have done so just then.
        Raises TimeoutError, EgressRefused, socket.gaierror, ssl.SSLError, BadAnswer and other OSErrors.
        """
        ends_at = asyncio.get_running_loop().time() + timeout_s
        while (kept := self._take(origin)) is not None:
            try:
                return await self._on(kept, request, ends_at)
            except Disconnected:
                continue
        async with asyncio.timeout_at(ends_at):
            fresh = await self._connect(origin)
        return await self._on(fresh, request, ends_at)

    async def close(self) -> None:
        """End the kept connections; those in use end with their request."""
        if self._sweep is not None:
            self._sweep.cancel()
        for kept in self._kept.values():
            for connection in kept:
                connection.end()
        self._kept.clear()
        await asyncio.sleep(0)  # their transports close in the loop's next turn

    async def _on(self, connection: "_Connection", request: bytes, ends_at: float) -> Answer:
        try:
            answer = await connection.exchange(request, ends_at)
        except BaseException:
            connection.end()
            raise
        if answer.is_reusable:
            self._keep(connection)
        else:
            connection.end()
        return answer

    def _take(self, origin: Origin) -> "_Connection | None":
        """The connection that was used last: the others may then grow old."""
        kept = self._kept.get(origin)
        while kept:
            connection = kept.pop()
            if connection.is_open:
                return connection
        return None

    def _keep(self, connection: "_Connection") -> None:
        loop = asyncio.get_running_loop()
        connection.kept_at = loop.time()
        self._kept[connection.origin].append(connection)
        if self._sweep is None:
            self._sweep = loop.call_later(self._kept_s, self._end_old)

    def _end_old(self) -> None:
        loop = asyncio.get_running_loop()
        old = loop.time() - self._kept_s
        for origin, kept in list(self._kept.items()):
            while kept and (kept[0].kept_at <= old or not kept[0].is_open):
                kept.pop(0).end()
            if not kept:
                del self._kept[origin]
        self._sweep = loop.call_later(self._kept_s, self._end_old) if self._kept else None

    async def _connect(self, origin: Origin) -> "_Connection":
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            addresses = await loop.getaddrinfo(origin.host, origin.port, type=SOCK_STREAM)
            connected = await start_connection(
                addresses, happy_eyeballs_delay=NEXT_ADDRESS_AFTER_S, socket_factory=self._egress.socket
            )
            _, connection = await loop.create_connection(
                lambda: _Connection(origin),
                sock=connected,
                ssl=self._context() if origin.is_tls else None,
                server_hostname=origin.host if origin.is_tls else None,
            )
        return connection

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
            self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls


class _Connection(asyncio.Protocol):
    """One connection: a request at a time, and its answer."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.is_open = False
        self.kept_at = 0.0
        self._reader: AnswerReader | None = None

    async def exchange(self, request: bytes, ends_at: float) -> Answer:
        """Raises Disconnected when nothing came back, BadAnswer for what is no answer, TimeoutError at `ends_at`."""
        loop = asyncio.get_running_loop()
        self._reader = AnswerReader()
        self._answer: asyncio.Future[Answer] = loop.create_future()
        timer = loop.call_at(ends_at, self._cut, TimeoutError())
        self._transport.write(request)
        try:
            return await self._answer
        finally:
            timer.cancel()
            self._reader = None

    def end(self) -> None:
        """Let go of the connection at once, whatever is under way."""
        self.is_open = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        if self._reader is None or self._answer.done():
            self.end()  # nobody has asked for this
            return
        try:
            answer = self._reader.feed(data)
        except BadAnswer as error:
            self._answer.set_exception(error)
        else:
            if answer is not None:
                self._answer.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        if self._reader is not None:
            is_cut = self._reader.has_begun
            reason = "in the middle of the answer's head" if is_cut else "without an answer"
            kind = BadAnswer if is_cut else Disconnected
            self._cut(kind(f"The endpoint ended the connection {reason}{f': {error}' if error else ''}."))

    def _cut(self, error: OSError) -> None:
        """No more will come: what there is of an answer, else the error."""
        if self._reader is None or self._answer.done():
            return
        answer = self._reader.cut()
        if answer is None:
            self._answer.set_exception(error)
        else:
            self._answer.set_result(answer)
