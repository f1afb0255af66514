"""Clients that ask for much and read nothing."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress

import aiohttp
import psutil

from tests.e2e.instances import Instance
from tests.e2e.rest import demo_rest
from tests.support.http2 import RST_STREAM, Connection, connected
from tests.support.waiting import PATIENCE_S

HEAP_MIB = 160
READERS = 100
EVENT = {
    "event_type": "ENTITY_EVENT",
    "entity_name": "SLOW",
    "entity_id": "1",
    "event_payload": {"operation": "CREATE", "base64_encoded_payload_json": "x" * 200_000},
}


def memory_of_envoy(own: Instance) -> int:
    assert own.process is not None
    [envoy] = psutil.Process(own.process.pid).children()
    return envoy.memory_info().rss


async def reset(slow: Connection) -> None:
    """Returns when the answer is ended, in whatever way."""
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while (await slow.frame())[0] != RST_STREAM:
            pass


async def test_slow_readers_are_disconnected_before_memory_is_exhausted(
    make_instance: Callable[..., Instance], session: aiohttp.ClientSession
) -> None:
    """Their answers would be 200 MiB, in the edge alone, which has 160."""
    own = make_instance(envoy_heap_mib=str(HEAP_MIB))
    rest = await demo_rest(session, own)
    for _ in range(10):
        assert (await rest("POST", "/api/v1/events", json=EVENT)).status == 201
    ask = {":method": "GET", ":scheme": "http", ":authority": "edge", ":path": "/api/v1/events?entityId=1&pageSize=10"}
    async with AsyncExitStack() as stack, asyncio.timeout(PATIENCE_S):
        readers = [await stack.enter_async_context(connected(own.ports["REST"], window=1)) for _ in range(READERS)]
        for slow in readers:
            slow.request(ask | {"authorization": rest.headers["authorization"], "x-twc-tenant": "demo"})
            await slow.writer.drain()
        waiting = [asyncio.ensure_future(reset(slow)) for slow in readers]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        assert memory_of_envoy(own) < 2 * HEAP_MIB << 20
        while (answer := await rest("GET", "/api/v1/events/none")).status != 404:
            assert answer.status == 503  # of those that come while memory is short, some are refused before edge.lua
        for one in waiting:
            one.cancel()
