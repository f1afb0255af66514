"""Connections to the hosts of webhooks: resolved, allowed by the guard, pinned, and used again while they live."""

import asyncio
import socket
import ssl
from collections.abc import Hashable, Sequence
from functools import cached_property, partial
from http import HTTPStatus
from ipaddress import ip_address
from weakref import WeakValueDictionary

from aiohappyeyeballs import start_connection
from aiohttp.abc import AbstractResolver

from tidings_server.delivery.egress import AddressInfo, Egress
from tidings_server.delivery.http.connection import BadAnswer, HttpAnswer, HttpConnection
from tidings_server.delivery.http.endpoint_url import Origin
from tidings_server.platform.clock import Clock
from tidings_server.platform.turns import owner

CONNECT_TIMEOUT_S = 10.0
KEPT_S = 15.0
"""Time that an idle connection is kept."""

MAX_AGE_S = 120.0
"""Age of a connection at most when it is used again: a busy one too goes, in time, where its name points to now."""

KNOWN_S = 10.0
UNKNOWN_S = 1.0
"""Time that a name's addresses are remembered, and that it has none: many requests at once resolve it one time."""

NEXT_ADDRESS_S = 0.25
"""Time for one address before the next is tried beside it. Source: RFC 8305, 5."""


class NoAddress(OSError):
    """The host's name has no address."""


class HandshakeFailed(OSError):
    """The connection broke off during the TLS handshake, before either side said why."""


class _Exchange:
    """The way of one request: its connection, and the step that it is at, as a time-out names it."""

    def __init__(self) -> None:
        self.connection: HttpConnection | None = None
        self.step = "waiting for a free connection"


class ConnectionPool:
    """All connections of a process. Created and closed inside a running event loop."""

    def __init__(self, *, egress: Egress, resolver: AbstractResolver, clock: Clock, most: int) -> None:
        """`most`: exchanges at once, and idle connections kept."""
        self._egress, self._resolver, self._clock = egress, resolver, clock
        self._slots = asyncio.Semaphore(most)
        self._most = most
        self._kept = 0
        self._hosts: dict[Origin, _Host] = {}
        self._sweeping: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def post(self, origin: Origin, request: bytes, *, within_s: float) -> HttpAnswer:
        """The answer to one whole request, within a time that counts for all of it: resolve, connect, send and read.

        A kept connection that ends before a byte of the answer, as when its host closes it at this very moment, is
        replaced by a new one at once; so is one with 408, which hosts send into idle connections that they close
        (RFC 9110, 15.5.9). Raises OSError: EgressRefused, NoAddress, ssl.SSLError, HandshakeFailed,
        TimeoutError that names the step, or another that broke the connection.
        """
        exchange = _Exchange()
        try:
            async with asyncio.timeout(within_s), self._slots:
                answer = await self._answer(exchange, origin, request)
        except TimeoutError:
            if exchange.connection and (begun := exchange.connection.answer):
                return begun
            raise TimeoutError(f"time-out while {exchange.step}") from None
        if exchange.connection:
            self._keep(origin, exchange.connection)
        return answer

    async def close(self) -> None:
        """Closes what is idle; what is in use is closed when its exchange ends."""
        self._is_closed = True
        if self._sweeping:
            self._sweeping.cancel()
        for host in self._hosts.values():
            for connection in host.idle:
                connection.close()
        self._hosts.clear()
        await self._resolver.close()

    async def _answer(self, exchange: _Exchange, origin: Origin, request: bytes) -> HttpAnswer:
        if connection := self._idle(origin):
            exchange.connection, exchange.step = connection, "reading the answer"
            try:
                answer = await connection.post(request)
            except BadAnswer:
                if connection.has_begun:
                    raise
            else:
                if answer.status != HTTPStatus.REQUEST_TIMEOUT:
                    return answer
                connection.close()
        exchange.connection = None
        exchange.connection = connection = await self._dial(exchange, origin)
        exchange.step = "reading the answer"
        return await connection.post(request)

    def _idle(self, origin: Origin) -> HttpConnection | None:
        """The idle connection used last, so that those that are not needed expire."""
        host = self._hosts.get(origin)
        while host and host.idle:
            connection = host.idle.pop()
            self._kept -= 1
            if connection.is_open:
                return connection
        return None

    def _keep(self, origin: Origin, connection: HttpConnection) -> None:
        if not connection.is_open:
            return
        now = self._clock.monotonic()
        if self._is_closed or self._kept >= self._most or now - connection.made_at >= MAX_AGE_S:
            connection.close()
            return
        connection.idle_since = now
        self._host(origin).idle.append(connection)
        self._kept += 1

    def _host(self, origin: Origin) -> "_Host":
        if self._sweeping is None:
            self._sweep_later()
        return self._hosts.setdefault(origin, _Host())

    async def _dial(self, exchange: _Exchange, origin: Origin) -> HttpConnection:
        exchange.step = "resolving the name"
        addresses = await self._host(origin).addresses(origin, self._resolver, self._clock)
        exchange.step = "connecting"
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            connected = await start_connection(
                addresses, happy_eyeballs_delay=NEXT_ADDRESS_S, interleave=1, socket_factory=self._egress.socket
            )
        try:
            connection = await self._open(exchange, origin, connected)
        except BaseException:
            connected.close()
            raise
        connection.made_at = self._clock.monotonic()
        return connection

    async def _open(self, exchange: _Exchange, origin: Origin, connected: socket.socket) -> HttpConnection:
        """The connection over a connected socket, behind TLS where the URL asks for it."""
        loop = asyncio.get_running_loop()
        protocol = partial(HttpConnection, loop)
        if not origin.is_tls:
            return (await loop.create_connection(protocol, sock=connected))[1]
        exchange.step = "handshaking"
        name = origin.host.rstrip(".")
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                return (await loop.create_connection(protocol, sock=connected, ssl=self._tls, server_hostname=name))[1]
        except (ssl.SSLError, TimeoutError):
            raise
        except OSError as error:
            raise HandshakeFailed(f"the connection ended during the TLS handshake: {error}") from error

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.set_alpn_protocols(["http/1.1"])
        return context

    def _sweep_later(self) -> None:
        self._sweeping = asyncio.get_running_loop().call_later(KEPT_S, self._sweep)

    def _sweep(self) -> None:
        """Closes connections idle for `KEPT_S`, and forgets hosts without connections and addresses."""
        now = self._clock.monotonic()
        for origin, host in list(self._hosts.items()):
            while host.idle and (host.idle[0].idle_since <= now - KEPT_S or not host.idle[0].is_open):
                host.idle.pop(0).close()
                self._kept -= 1
            if not host.idle and not host.is_known(now):
                del self._hosts[origin]
        self._sweeping = None
        if self._hosts:
            self._sweep_later()


class _Host:
    """State of one origin: its idle connections, the oldest first, and its addresses."""

    def __init__(self) -> None:
        self.idle: list[HttpConnection] = []
        self._asking: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()
        self._found: Sequence[AddressInfo] | OSError = ()
        self._known_until = 0.0

    def is_known(self, now: float) -> bool:
        return bool(self._asking) or now < self._known_until

    async def addresses(self, origin: Origin, resolver: AbstractResolver, clock: Clock) -> Sequence[AddressInfo]:
        """Every address of the host, unchecked. Raises NoAddress.

        A tenant asks once at a time, and does not wait for another that asks: that one may have to wait for its turn.
        """
        if _is_address(origin.host):
            return [_address(origin.host, origin.port)]
        async with self._asking.setdefault(owner.get(), asyncio.Lock()):
            if clock.monotonic() >= self._known_until:
                self._found = await _resolved(origin, resolver)
                known_s = UNKNOWN_S if isinstance(self._found, OSError) else KNOWN_S
                self._known_until = clock.monotonic() + known_s
        if isinstance(self._found, OSError):
            raise NoAddress(str(self._found)) from self._found
        return self._found


async def _resolved(origin: Origin, resolver: AbstractResolver) -> Sequence[AddressInfo] | OSError:
    try:
        found = await resolver.resolve(origin.host, origin.port)
    except OSError as error:
        return error
    return [_address(each["host"], each["port"]) for each in found] or OSError("the name has no address")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _address(host: str, port: int) -> AddressInfo:
    if ":" in host:
        return (socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port, 0, 0))
    return (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port))
