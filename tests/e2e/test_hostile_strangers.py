"""Strangers without credentials: whatever they send, nobody waits, and everybody else is served (S1, S2)."""

import asyncio
from contextlib import AsyncExitStack

import aiohttp
import grpc
import pytest

from tests.e2e.hostile import bystander
from tests.e2e.instances import Instance
from tests.support.http2 import connected
from tests.support.waiting import PATIENCE_S
from tidings.collector.v1 import events_pb2, events_pb2_grpc

WALKED = {
    "/api/v1/events/basket": b'{"basket":{"basketItems":[' + b"{}," * 99_000 + b"{}]}}",
    "/api/v1/events/batch": b'{"events":[' + b'{"event_type":"FAULT"},' * 45_000 + b"{}]}",
    "/api/v1/rules": b'{"fulfilments":[' + b"{}," * 99_000 + b"{}]}",
}


@pytest.mark.parametrize("path", WALKED)
async def test_a_strangers_large_body_is_401_before_it_is_walked(
    system: Instance, session: aiohttp.ClientSession, path: str
) -> None:
    async with (
        bystander(system),
        session.post(system.rest + path, data=WALKED[path], headers={"content-type": "application/json"}) as answer,
    ):
        status = answer.status
    assert status == 401


async def test_a_strangers_large_message_is_unauthenticated_before_it_is_decoded(system: Instance) -> None:
    message = events_pb2.BatchCreateEventsRequest()
    for _ in range(300_000):
        message.events.add(event_type=99)
    async with grpc.aio.insecure_channel(system.grpc) as channel, bystander(system):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await events_pb2_grpc.EventServiceStub(channel).BatchCreateEvents(message, timeout=PATIENCE_S)
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


SILENT = (
    "/tidings.collector.v1.EventService/CreateEvent",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.health.v1.Health/Watch",
)


@pytest.mark.parametrize("call", SILENT)
async def test_calls_that_say_nothing_keep_nobody_out(system: Instance, call: str) -> None:
    """3,100 on four connections: the limit was one for strangers and for the edge."""
    async with AsyncExitStack() as stack:
        for _ in range(4):
            connection = await stack.enter_async_context(connected(system.ports["gRPC"]))
            headers = {
                ":method": "POST", ":scheme": "http", ":authority": f"127.0.0.1:{system.ports['gRPC']}",
                ":path": call, "content-type": "application/grpc", "te": "trailers",
            }  # fmt: skip
            for _ in range(775):
                connection.request(headers, ends=False)
            await connection.writer.drain()
        async with bystander(system):
            await asyncio.sleep(3)
