"""Clients behind proxies: whose word counts, and bounds that go by it."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings.collector.v1 import events_pb2  # noqa: F401  # declares the service
from tidings_server.platform.client_address import TrustedProxies
from tidings_server.platform.errors import Overloaded
from tidings_server.rpc.metadata import RpcCall
from tidings_server.rpc.method import rpc_of
from tidings_server.rpc.middleware.concurrency_limit import UNSHARED, concurrency_limit

PROXIES = TrustedProxies("10.0.0.0/24, fd00:1::/64")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.9", "", "192.0.2.9"),
        ("192.0.2.9", "198.51.100.1", "192.0.2.9"),
        ("10.0.0.5", "", "10.0.0.5"),
        ("10.0.0.5", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.5", "203.0.113.7, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.5", "203.0.113.7,198.51.100.1 , 10.0.0.6", "198.51.100.1"),
        ("10.0.0.5", "198.51.100.1, nobody", "10.0.0.5"),
        ("10.0.0.5", "nobody, 10.0.0.6", "10.0.0.6"),
        ("10.0.1.5", "198.51.100.1", "10.0.1.5"),
        ("fd00:1::2", "2001:db8::1", "2001:db8::1"),
        ("fd00:2::2", "2001:db8::1", "fd00:2::2"),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_client_is_the_nearest_that_is_no_proxy(peer: str, forwarded: str, client: str) -> None:
    assert PROXIES.client_of(peer, forwarded) == client


@given(st.text(max_size=60), st.sampled_from(["198.51.100.1", "2001:db8::1"]))
def test_what_a_client_writes_left_of_itself_changes_nothing(written: str, client: str) -> None:
    assert PROXIES.client_of("10.0.0.5", f"{written},{client}") == client
    assert PROXIES.client_of(client, written) == client


@given(st.text(max_size=60), st.text(max_size=200))
def test_any_header_names_a_client(peer: str, forwarded: str) -> None:
    assert isinstance(PROXIES.client_of(peer, forwarded), str)
    assert TrustedProxies().client_of(peer, forwarded) == peer


def test_a_long_header_is_read_at_its_end_alone() -> None:
    assert PROXIES.client_of("10.0.0.5", "192.0.2.1," + "10.0.0.6," * 60_000 + "10.0.0.7") == "10.0.0.6"


def call(forwarded: str, proxies: TrustedProxies) -> RpcCall:
    """A call as Envoy passes it on: it adds its own peer to the header."""
    peer = forwarded.rpartition(",")[2].strip()
    headers = {"x-forwarded-for": forwarded, "x-tidings-client": peer, "x-tidings-peer": peer}
    return RpcCall("", headers, request_id="", path="", over_edge=True, proxies=proxies)


@pytest.mark.parametrize("is_named", [True, False])
async def test_an_address_behind_a_named_proxy_has_a_share_of_the_calls_over_rest(is_named: bool) -> None:
    go_on = asyncio.Event()

    async def wait(_call: RpcCall, _request: object, _context: object) -> None:
        await go_on.wait()

    async def asked(forwarded: str) -> object:
        nothing: Any = None  # the limit looks at the call alone
        return await serve(call(forwarded, proxies), nothing, nothing)

    limit = concurrency_limit(max_rpcs=2 * UNSHARED, max_streams=1)
    serve = limit(rpc_of("/tidings.collector.v1.EventService/GetEvent"), wait)
    proxies = PROXIES if is_named else TrustedProxies()
    async with asyncio.TaskGroup() as group:
        for number in range(UNSHARED):
            group.create_task(asked(f"203.0.113.{number}, 192.0.2.1, 10.0.0.5"))
        await asyncio.sleep(0)
        if is_named:
            with pytest.raises(Overloaded):
                await asked("192.0.2.1, 10.0.0.5")
        else:
            group.create_task(asked("192.0.2.1, 10.0.0.5"))
        other = group.create_task(asked("192.0.2.2, 10.0.0.5"))
        await asyncio.sleep(0)
        go_on.set()
        assert await other is None
