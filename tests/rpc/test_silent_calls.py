"""Calls that are opened and never send their message; health and reflection held open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.rpc.recording import Events
from tests.support.installation import Installation, metadata_of
from tests.support.waiting import until
from tidings.collector.v1 import events_pb2 as pb
from tidings.collector.v1.events_pb2_grpc import EventServiceStub
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.heartbeats import Heartbeats
from tidings_server.rpc.bounded_calls import MAX_OPEN, CallsByAddress
from tidings_server.rpc.health import Health
from tidings_server.rpc.middleware.request_message import MAX_SILENT
from tidings_server.rpc.server import make_server

GET = "/tidings.collector.v1.EventService/GetEvent"
WATCH = "/grpc.health.v1.Health/Watch"


async def never() -> AsyncIterator[bytes]:
    """A stream that is opened and stays empty."""
    await asyncio.Event().wait()
    yield b""


@asynccontextmanager
async def channel_to(installation: Installation) -> AsyncIterator[Any]:
    server = make_server([Events()], interceptors=[installation.gateway()], max_concurrent_rpcs=2_000)
    health = Health(ManualClock(), is_able=lambda: True, workers=Heartbeats(ManualClock()))
    health.register(server)
    await health.open()
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    await server.stop(0)


def opened(channel: Any, count: int, headers: Any) -> list[Any]:
    """Calls of a unary RPC that have sent their headers and nothing else."""
    calls = [channel.stream_unary(GET)(never(), metadata=headers) for _ in range(count)]
    return [asyncio.ensure_future(_code(call)) for call in calls]


async def ended_of(calls: list[Any]) -> int:
    return sum(call.done() for call in calls)


async def _read_to_the_end(call: Any) -> grpc.StatusCode:
    """The status of a stream, which comes behind its messages."""
    try:
        async for _ in call:
            pass
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


async def _code(call: Any) -> grpc.StatusCode:
    code: grpc.StatusCode = await call.code()
    return code


async def test_the_oldest_silent_call_makes_room_and_good_calls_go_on(installation: Installation) -> None:
    headers = metadata_of(await installation.headers())
    async with channel_to(installation) as channel:
        silent = opened(channel, MAX_SILENT + 20, headers)
        stub = EventServiceStub(channel)
        for number in range(5):
            await stub.GetEvent(pb.GetEventRequest(id=str(number)), metadata=headers)
        await until(lambda: ended_of(silent), lambda ended: ended >= 20)
        ended = [call.result() for call in silent if call.done()]
        assert set(ended) == {grpc.StatusCode.RESOURCE_EXHAUSTED}
        for call in silent:
            call.cancel()


async def test_a_silent_call_without_credentials_ends_at_once(installation: Installation) -> None:
    async with channel_to(installation) as channel:
        [silent] = opened(channel, 1, ())
        assert await silent is grpc.StatusCode.UNAUTHENTICATED


async def test_a_call_that_ends_without_a_message_is_invalid(installation: Installation) -> None:
    async with channel_to(installation) as channel:
        call = channel.stream_unary(GET)(iter(()), metadata=metadata_of(await installation.headers()))
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_health_answers_whatever_is_held_open(installation: Installation) -> None:
    async with channel_to(installation) as channel:
        watch = channel.unary_stream(WATCH, request_serializer=health_pb2.HealthCheckRequest.SerializeToString)
        watching = [watch(health_pb2.HealthCheckRequest()) for _ in range(MAX_OPEN + 20)]
        codes = [asyncio.ensure_future(_read_to_the_end(call)) for call in watching]
        silent = [channel.stream_unary("/grpc.health.v1.Health/Check")(never()) for _ in range(MAX_OPEN)]
        codes += [asyncio.ensure_future(_code(call)) for call in silent]
        stub: Any = health_pb2_grpc.HealthStub(channel)
        for _ in range(5):
            answer = await stub.Check(health_pb2.HealthCheckRequest())
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        await until(lambda: ended_of(codes), lambda ended: ended >= MAX_OPEN)
        for call in (*watching, *silent, *codes):
            call.cancel()


async def test_all_addresses_of_an_ipv6_network_are_one_client() -> None:
    calls, leave = CallsByAddress(1), asyncio.Event()

    async def open_call(address: str) -> bool:
        """Whether the call could stay open until all were to leave."""
        try:
            async with calls.entered(address):
                await leave.wait()
        except TimeoutError:
            return False
        return True

    opened = []
    for address in ("2001:db8::1", "2001:db8:0:1::1", "2001:db8::2"):
        opened.append(asyncio.ensure_future(open_call(address)))
        await asyncio.sleep(0)
    await asyncio.wait(opened[:1])
    leave.set()
    assert await asyncio.gather(*opened) == [False, True, True]


async def test_a_call_whose_time_is_up_already_makes_room_without_a_fault() -> None:
    calls = CallsByAddress(1, timeout_s=0.0)

    async def open_call() -> None:
        with pytest.raises(TimeoutError):
            async with calls.entered("192.0.2.1"):
                await asyncio.Event().wait()

    await asyncio.gather(*(open_call() for _ in range(20)))
