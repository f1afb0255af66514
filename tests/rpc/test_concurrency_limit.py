"""More calls at once than the server takes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest

from tests.rpc.recording import Events
from tests.support.installation import Installation, metadata_of
from tidings.collector.v1 import events_pb2 as pb
from tidings.collector.v1.events_pb2_grpc import EventServiceStub
from tidings_server.composition.middleware import middleware
from tidings_server.platform.telemetry.traces import Untraced
from tidings_server.rpc.interceptor import MiddlewareInterceptor
from tidings_server.rpc.middleware.concurrency_limit import RETRY_AFTER_S
from tidings_server.rpc.middleware.rate_limit import LocalRateWindows, RateLimits
from tidings_server.rpc.server import make_server

MOST = 2


class Slow(Events):
    """Answers when it is told to."""

    async def GetEvent(self, request: pb.GetEventRequest, _context: object) -> pb.Event:
        await self.go_on.wait()
        return pb.Event(id=request.id)


@asynccontextmanager
async def serving(installation: Installation, events: Events) -> AsyncIterator[EventServiceStub]:
    stack = middleware(
        credentials=installation.credentials,
        limits=RateLimits(LocalRateWindows(), installation.clock, per_minute=200),
        keys=installation.idempotency_keys,
        lines=installation.access_log,
        tracer=Untraced(),
        clock=installation.clock,
        max_rpcs=MOST,
        max_streams=MOST,
    )
    server = make_server(
        [events], interceptors=[MiddlewareInterceptor(stack, ids=installation.ids)], max_concurrent_rpcs=MOST
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield EventServiceStub(channel)
    await server.stop(5)


def retry_after(refused: grpc.aio.AioRpcError) -> object:
    return dict(refused.trailing_metadata() or ())["retry-after"]


async def test_calls_beyond_the_limit_are_refused_at_once_with_a_time_to_retry(installation: Installation) -> None:
    events, headers = Slow(), metadata_of(await installation.headers())
    async with serving(installation, events) as stub:
        running = [stub.GetEvent(pb.GetEventRequest(id=str(n)), metadata=headers) for n in range(20)]
        calls = [asyncio.ensure_future(_code(call)) for call in running]
        while sum(call.done() for call in calls) < 20 - MOST:
            await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED, timeout=0.05)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.GetEvent(pb.GetEventRequest(id="late"), metadata=headers)
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert retry_after(refused.value) == str(int(RETRY_AFTER_S))
        events.go_on.set()
        codes = [await call for call in calls]
        assert codes.count("OK") == MOST
        assert (await stub.GetEvent(pb.GetEventRequest(id="after"), metadata=headers)).id == "after"


async def test_streams_have_a_limit_of_their_own(installation: Installation) -> None:
    events, headers = Events(), metadata_of(await installation.headers())
    async with serving(installation, events) as stub:
        watching = [stub.WatchEvents(pb.WatchEventsRequest(after="wait"), metadata=headers) for _ in range(MOST)]
        for stream in watching:
            await stream.read()
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.WatchEvents(pb.WatchEventsRequest(), metadata=headers).read()
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert (await stub.GetEvent(pb.GetEventRequest(id="1"), metadata=headers)).id == "1"
        for stream in watching:
            stream.cancel()


async def _code(call: "grpc.aio.UnaryUnaryCall[Any, Any]") -> str:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return str(error.code().name)
    return "OK"
