"""The port of `/metrics`, where others reach it."""

import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from prometheus_client import CollectorRegistry, Counter

from tests.support.waiting import PATIENCE_S
from tidings_server.platform.telemetry.metrics_server import MOST, serve

REGISTRY = CollectorRegistry()
Counter("asked", "Asked.", registry=REGISTRY)


@pytest.fixture
def port() -> Iterator[int]:
    with serve("127.0.0.1", 0, REGISTRY, silent_s=0.5) as served:
        yield served


def scrape(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE_S) as answer:
        return str(answer.read().decode())


def connected(stack: ExitStack, port: int) -> socket.socket:
    return stack.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE_S))


def test_silent_connections_keep_nobody_out(port: int) -> None:
    with ExitStack() as stack:
        for _ in range(4 * MOST):
            connected(stack, port)
            assert "asked_total" in scrape(port)
        assert sum("process_request_thread" in each.name for each in threading.enumerate()) <= 2 * MOST


@pytest.mark.parametrize("begun", [b"", b"GET /metrics HT", b"GET /metrics HTTP/1.1\r\nX: "])
def test_a_connection_that_stays_silent_ends(port: int, begun: bytes) -> None:
    with ExitStack() as stack:
        silent = connected(stack, port)
        silent.sendall(begun)
        assert silent.recv(100) == b""


@pytest.mark.parametrize("sent", [b"\x00" * 100, b"GET /\r\n", b"A" * 200_000, b"GET / HTTP/1.1\r\nx\r\n\r\n"])
def test_what_is_no_request_ends_its_connection_alone(
    port: int, capfd: pytest.CaptureFixture[str], sent: bytes
) -> None:
    with ExitStack() as stack:
        odd = connected(stack, port)
        odd.sendall(sent)
        while odd.recv(65_536):
            continue
    assert "asked_total" in scrape(port)
    assert capfd.readouterr().err == ""


def test_ipv6_is_served() -> None:
    with serve("::1", 0, REGISTRY) as served, urllib.request.urlopen(f"http://[::1]:{served}/") as answer:
        assert answer.status == 200


@pytest.mark.parametrize(("host", "said"), [("nosuch.invalid", "not known|resolution"), ("192.0.2.1", "assign")])
def test_an_address_that_is_not_this_machines_is_an_error(host: str, said: str) -> None:
    with pytest.raises(OSError, match=said), serve(host, 0, REGISTRY):
        pass
