"""Connections to webhooks: when one is used again, when it is not, and what ends an exchange."""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import pytest
from aiohttp.abc import ResolveResult

from tests.delivery.test_egress_corpus import LyingResolver
from tests.support.authority import Authority
from tests.support.waiting import PATIENCE_S
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.http.connection import (
    MAX_FRAMING_BYTES,
    MAX_HEAD_BYTES,
    MAX_INTERIM,
    MAX_READ_BYTES,
    PIECE_BYTES,
    BadAnswer,
)
from tidings_server.delivery.http.connections import (
    KNOWN_S,
    MAX_AGE_S,
    ConnectionPool,
    HandshakeFailed,
    NoAddress,
)
from tidings_server.delivery.http.endpoint_url import Origin
from tidings_server.delivery.http.name_resolution import Resolver
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.turns import owner

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
WITHIN_S = 5.0


@dataclass
class Host:
    """A host that gives each request the next of its answers; after an empty one it ends the connection."""

    left: list[bytes]
    port: int = 0
    made: int = 0
    """ConnectionPool that were made to it."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.made += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await reader.readuntil(b"\r\n\r\n") and (answer := self.left.pop(0)):
                writer.write(answer)
        writer.close()


@asynccontextmanager
async def answering(*answers: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[Host]:
    host = Host(list(answers))
    server = await asyncio.start_server(host.serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        host.port = server.sockets[0].getsockname()[1]
        yield host


Make = Callable[..., ConnectionPool]


@pytest.fixture
async def connecting(clock: ManualClock) -> AsyncIterator[Make]:
    """Makes connections, and closes them."""
    made: list[ConnectionPool] = []

    def make(resolver: LyingResolver | None = None, *, most: int = 8) -> ConnectionPool:
        made.append(
            ConnectionPool(egress=Egress("127.0.0.0/8"), resolver=resolver or Resolver(), clock=clock, most=most)
        )
        return made[-1]

    yield make
    for each in made:
        await each.close()


async def post(through: ConnectionPool, host: Host, *, name: str = "127.0.0.1", is_tls: bool = False) -> bytes:
    answer = await through.post(Origin(name, host.port, is_tls=is_tls), REQUEST, within_s=WITHIN_S)
    return answer.body


@pytest.mark.parametrize(
    ("first", "body"),
    [
        (OK, b"ok"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n", b"ok"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + OK, b"ok"),
    ],
)
async def test_a_connection_whose_answer_is_whole_is_used_again(connecting: Make, first: bytes, body: bytes) -> None:
    connections = connecting()
    async with answering(first, OK) as host:
        assert [await post(connections, host), await post(connections, host)] == [body, b"ok"]
    assert host.made == 1


@pytest.mark.parametrize(
    "first",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        OK + OK,
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (2 * MAX_READ_BYTES) + bytes(MAX_READ_BYTES),
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * MAX_FRAMING_BYTES + b"0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * MAX_HEAD_BYTES + b"Content-Length: 0\r\n\r\n",
        OK + b" " * 2 * PIECE_BYTES,
    ],
)
async def test_a_connection_with_too_long_or_too_short_an_answer_is_not_used_again(
    connecting: Make, first: bytes
) -> None:
    connections = connecting()
    async with answering(first, OK) as host:
        await post(connections, host)
        assert await post(connections, host) == b"ok"
    assert host.made == 2


async def test_an_answer_may_end_with_its_connection(connecting: Make) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 500 No\r\n\r\nbroken")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        origin = Origin("127.0.0.1", server.sockets[0].getsockname()[1], is_tls=False)
        answer = await connecting().post(origin, REQUEST, within_s=WITHIN_S)
    assert (answer.status, answer.body) == (500, b"broken")


INTERIM = b"HTTP/1.1 102 Processing\r\n\r\n"


async def test_a_few_interim_answers_come_before_the_answer(connecting: Make) -> None:
    async with answering(INTERIM * MAX_INTERIM + OK) as host:
        assert await post(connecting(), host) == b"ok"


@pytest.mark.parametrize("first", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n", INTERIM * PIECE_BYTES])
async def test_an_answer_that_is_not_http_is_an_error(connecting: Make, first: bytes) -> None:
    async with answering(first) as host:
        with pytest.raises(BadAnswer):
            await post(connecting(), host)


async def test_no_more_exchanges_run_at_once_than_allowed(connecting: Make) -> None:
    connections = connecting(most=2)
    async with answering(*[OK] * 6) as host:
        await asyncio.gather(*(post(connections, host) for _ in range(6)))
    assert host.made == 2


async def test_many_requests_to_one_name_resolve_it_once(connecting: Make) -> None:
    resolver = LyingResolver(["127.0.0.1"])
    connections = connecting(resolver)
    async with answering(*[OK] * 3) as host:
        await asyncio.gather(*(post(connections, host, name="hook.example") for _ in range(3)))
    assert resolver.asked == ["hook.example"]


async def test_no_tenant_waits_for_another_that_asks_for_the_same_name(connecting: Make) -> None:
    class Held(LyingResolver):
        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            if owner.get() == 1:
                await asyncio.Event().wait()  # for a thread, as all are busy with names of this tenant
            return await super().resolve(host, port, family)

    connections = connecting(Held(["127.0.0.1"]))
    async with answering(OK) as host:
        owner.set(1)
        waiting = asyncio.create_task(post(connections, host, name="hook.example"))
        await asyncio.sleep(0)
        owner.set(2)
        await asyncio.wait_for(post(connections, host, name="hook.example"), PATIENCE_S)
        waiting.cancel()


async def test_a_name_is_resolved_again_after_its_time(connecting: Make, clock: ManualClock) -> None:
    resolver = LyingResolver(["127.0.0.1"])
    connections = connecting(resolver)
    closing = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
    async with answering(closing, closing) as host:
        await post(connections, host, name="hook.example")
        clock.advance(timedelta(seconds=KNOWN_S))
        await post(connections, host, name="hook.example")
    assert resolver.asked == ["hook.example"] * 2


async def test_a_busy_connection_is_made_anew_in_time(connecting: Make, clock: ManualClock) -> None:
    """A name that points elsewhere is followed within minutes, however busy the connection is."""
    resolver = LyingResolver(["127.0.0.1"], ["127.0.0.2"])
    connections = connecting(resolver)
    async with answering(*[OK] * 20) as host:
        elsewhere = await asyncio.start_server(host.serve, "127.0.0.2", host.port)
        async with elsewhere:
            for _ in range(20):
                await post(connections, host, name="hook.example")
                clock.advance(timedelta(seconds=MAX_AGE_S / 10))
    assert resolver.asked == ["hook.example"] * 2
    assert host.made == 2


async def test_a_time_out_names_its_step(connecting: Make) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def never_resolved(_host: str, _port: int = 0, _family: socket.AddressFamily = socket.AF_INET) -> object:
        return await asyncio.Event().wait()

    async def failure(pool: ConnectionPool, name: str, *, is_tls: bool) -> str:
        with pytest.raises(TimeoutError) as caught:
            await pool.post(Origin(name, port, is_tls=is_tls), REQUEST, within_s=0.2)
        return str(caught.value)

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    silent = LyingResolver(["127.0.0.1"])
    silent.resolve = never_resolved  # type: ignore[assignment,method-assign]  # a name server that never answers
    async with server:
        assert await failure(connecting(), "127.0.0.1", is_tls=False) == "time-out while reading the answer"
        assert await failure(connecting(), "127.0.0.1", is_tls=True) == "time-out while handshaking"
        assert await failure(connecting(silent), "hook.example", is_tls=False) == "time-out while resolving the name"
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        with ExitStack() as waiting:
            for _ in range(4):
                waiting.enter_context(dialling(port))
            assert await failure(connecting(), "127.0.0.1", is_tls=False) == "time-out while connecting"


def dialling(port: int) -> socket.socket:
    """A socket that waits in the server's backlog, or for a place in it."""
    dialled = socket.socket()
    dialled.setblocking(False)
    dialled.connect_ex(("127.0.0.1", port))
    return dialled


async def test_a_connection_that_ends_in_the_handshake_is_a_failure_of_tls(connecting: Make) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.transport.abort()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        origin = Origin("127.0.0.1", server.sockets[0].getsockname()[1], is_tls=True)
        with pytest.raises((HandshakeFailed, ssl.SSLError)):
            await connecting().post(origin, REQUEST, within_s=WITHIN_S)


async def test_a_name_without_an_address_is_an_error(connecting: Make) -> None:
    with pytest.raises(NoAddress):
        await post(connecting(LyingResolver([])), Host([]), name="hook.example")


async def test_a_certificate_of_an_unknown_authority_is_refused(connecting: Make, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*Authority().issue("localhost").write(tmp_path, "host"))
    async with answering(OK, tls=context) as host:
        with pytest.raises(ssl.SSLCertVerificationError):
            await post(connecting(), host, is_tls=True)
    assert host.left == [OK]


TRIED = {"aiohttp": "3.14.5", "aiohappyeyeballs": "2.7.1"}
"""Versions that delivery/http was tried with: it uses aiohttp's parser and protocol beside its public client."""


@pytest.mark.locked
def test_the_versions_of_the_parser_that_were_tried_are_those_that_are_locked() -> None:
    """Whoever raises a lock runs the tests of this folder and measures deliveries, then raises the version here."""
    text = (Path(__file__).parents[2] / "requirements.lock").read_text()
    locked = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))
    assert {name: locked[name] for name in TRIED} == TRIED
    assert {name: version(name) for name in TRIED} == TRIED, "the environment is another than the lock"
