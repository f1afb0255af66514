"""The HTTP side of botocore behind the egress guard, with a bounded answer and an end.

botocore asks its `before-send` handlers for an answer before it sends anything itself; the one here always has one. Its
time-outs are those of single reads: an endpoint that drips a byte now and then would hold its thread for as long as it
likes. So the caller cuts the connection when the time is up (see `Exchange`).
"""

import socket
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from http.client import HTTPException, RemoteDisconnected
from threading import Lock
from typing import Any, TypeVar

import botocore.httpsession
from botocore.awsrequest import AWSHTTPConnectionPool, AWSHTTPSConnectionPool, AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError
from urllib3 import HTTPConnectionPool, PoolManager
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError, ProtocolError
from urllib3.util.connection import create_connection

from tidings_server.delivery.egress import REFUSAL, Egress
from tidings_server.delivery.http.connections import MAX_AGE_S
from tidings_server.platform.clock import Clock

MAX_ANSWER_BYTES = 64 * 1024
CHUNK_BYTES = 8 * 1024

T = TypeVar("T")


class RefusedConnection(NewConnectionError):
    """The egress guard allows none of the endpoint's addresses."""


class AnswerTooLong(OSError):
    """The endpoint answered more than `MAX_ANSWER_BYTES`."""


class BrokenAnswer(OSError):
    """The endpoint's answer is not framed as HTTP says, or broke off."""


class Exchange:
    """One call on its thread, which another thread may cut."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_cut = False
        self._socket: socket.socket | None = None
        self.is_over_kept_connection = False
        self.status: int | None = None
        """HTTP status of the answer, once there is one, whatever its body is."""

    def run(self, call: Callable[[], T]) -> T:
        """Makes the call; a connection that it uses ends with `cut`."""
        token = _exchange.set(self)
        try:
            return call()
        finally:
            self.hold(None)
            _exchange.reset(token)

    def hold(self, sock: socket.socket | None) -> None:
        """The connection that the call uses from now on. Raises TimeoutError when the call has been cut."""
        with self._lock:
            self._socket = sock
            if self._is_cut and sock is not None:
                raise TimeoutError("the call has taken too long")

    def cut(self) -> None:
        """Ends the connection in use, whatever its thread waits for, and refuses any other."""
        with self._lock:
            self._is_cut = True
            if self._socket is not None:
                _end(self._socket)


_exchange: ContextVar[Exchange] = ContextVar("exchange")


class GuardedHttp(botocore.httpsession.URLLib3Session):
    """Sends prepared AWS requests over connections that the guard has allowed. Safe on many threads."""

    _manager: PoolManager

    def __init__(self, egress: Egress, clock: Clock, *, connect_timeout_s: float, read_timeout_s: float) -> None:
        super().__init__(timeout=(connect_timeout_s, read_timeout_s))  # type: ignore[arg-type]  # stubs know one number
        self._manager.pool_classes_by_scheme = {
            "http": _guarded(AWSHTTPConnectionPool, egress, clock),
            "https": _guarded(AWSHTTPSConnectionPool, egress, clock),
        }

    def answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """A `before-send` handler. Raises botocore's HTTPClientError.

        A kept connection that ends before a byte of the answer is replaced by a new one, once.
        """
        request.stream_output = True
        try:
            response = self.send(request)
        except ConnectionClosedError as error:
            if not (_exchange.get().is_over_kept_connection and _is_before_a_byte(error)):
                raise
            response = self.send(request)
        _exchange.get().status = response.status_code
        return AWSResponse(response.url, response.status_code, response.headers, _Bounded(response.raw))  # type: ignore[arg-type]  # what send() itself gives


class _Bounded:
    """The raw body of an answer, as far as `MAX_ANSWER_BYTES`; the connection of a longer one is closed.

    A byte-order mark before it, which queues behind some gateways send, is left out: botocore takes it for broken JSON,
    and messages that the queue has taken would be sent again.
    """

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def stream(self) -> Iterator[bytes]:
        read = 0
        try:
            for chunk in self._raw.stream(CHUNK_BYTES, decode_content=False):
                read += len(chunk)
                if read > MAX_ANSWER_BYTES:
                    raise AnswerTooLong(f"the endpoint answered more than {MAX_ANSWER_BYTES} bytes")
                yield chunk if read > len(chunk) else chunk.removeprefix(BOM_UTF8)
        except (HTTPError, HTTPException) as error:  # neither is an OSError, and botocore passes both on
            raise BrokenAnswer(f"the endpoint's answer broke off: {type(error).__name__}") from error
        finally:
            if not self._raw.isclosed():
                self._raw.close()
        self._raw.release_conn()


def _guarded(pool: type[HTTPConnectionPool], egress: Egress, clock: Clock) -> type[HTTPConnectionPool]:
    class Connection(pool.ConnectionCls):  # type: ignore[name-defined,misc]  # the base is a parameter
        dialled_socket: socket.socket | None = None
        """The connection below TLS, as a descriptor of its own: TLS takes over the one that was dialled."""
        is_kept = False
        made_at = 0.0

        def _new_conn(self) -> socket.socket:
            self.made_at = clock.monotonic()
            dialled = _dial(self, egress)
            self.dialled_socket = dialled.dup()
            try:
                _held(self.dialled_socket)
            except TimeoutError:
                dialled.close()
                self.close()
                raise
            return dialled

        def request(self, *arguments: Any, **named: Any) -> None:
            if self.is_kept and clock.monotonic() - self.made_at >= MAX_AGE_S:
                self.close()
            _held(self.dialled_socket)
            _exchange.get().is_over_kept_connection = self.is_kept
            self.is_kept = True
            super().request(*arguments, **named)

        def close(self) -> None:
            super().close()
            self.is_kept = False
            sock, self.dialled_socket = self.dialled_socket, None
            if sock is not None:
                sock.close()

    return type(pool.__name__, (pool,), {"ConnectionCls": Connection})


def _dial(connection: Any, egress: Egress) -> socket.socket:
    """A connected socket to the first allowed address of the connection's host that answers."""
    host = connection.host.strip("[]")
    try:
        found = socket.getaddrinfo(host, connection.port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise NameResolutionError(connection.host, connection, error) from error
    addresses = [str(info[4][0]) for info in found]
    failure: OSError | None = None
    for address in filter(egress.allows, addresses):
        try:
            return create_connection(
                (address, connection.port), connection.timeout, socket_options=connection.socket_options
            )
        except OSError as error:
            failure = error
    if failure is None:
        raise RefusedConnection(connection, REFUSAL)
    raise NewConnectionError(connection, f"Failed to establish a new connection: {failure}") from failure


def _is_before_a_byte(error: ConnectionClosedError) -> bool:
    """Whether a connection ended before it answered anything."""
    cause = error.kwargs.get("error")
    causes = cause.args if isinstance(cause, ProtocolError) else (cause,)
    return any(isinstance(each, (RemoteDisconnected, ConnectionResetError, BrokenPipeError)) for each in causes)


def _held(sock: socket.socket | None) -> None:
    exchange = _exchange.get(None)
    if exchange is not None:
        exchange.hold(sock)


def _end(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:  # it has ended by itself
        return
