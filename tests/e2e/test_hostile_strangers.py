"""Strangers without credentials: whatever they send, nobody waits, and everybody else is served (S1, S2)."""

import asyncio
import io
from contextlib import AsyncExitStack

import aiohttp
import grpc
import pytest

from tests.e2e.hostile import bystander
from tests.e2e.instances import Instance
from tests.e2e.rest import demo_rest
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


@pytest.mark.parametrize(
    "path", ["/api/v1/events/batch", "/api/v1/rules", "/api/event/push/subscriptions", "/v1/events"]
)
async def test_a_strangers_large_body_is_not_read_and_refused_as_a_small_one(
    system: Instance, session: aiohttp.ClientSession, path: str
) -> None:
    """What is no JSON is 401 too: nobody has looked."""
    headers = {"content-type": "application/json", "x-tidings-caller": "asked"}
    refusals = []
    for body in (b"{}", b"[" * 900_000, b'{"x":"' + b"x" * 900_000):
        async with bystander(system), session.post(system.rest + path, data=body, headers=headers) as answer:
            refusals.append((answer.status, _without_id(await answer.text(), answer.headers["x-request-id"])))
    assert refusals[0][0] == 401
    assert refusals == refusals[:1] * 3


def _without_id(text: str, request_id: str) -> str:
    return text.replace(request_id, "")


LARGE = b'{"nosuch":"' + b"x" * 80_000 + b'"}'


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_large_body_of_a_known_caller_is_read_in_every_dialect(
    system: Instance, session: aiohttp.ClientSession, *, is_chunked: bool
) -> None:
    """Each answer is about the body."""
    demo, bearer = system.demo, (await demo_rest(session, system)).headers
    keys = {"x-tenant-id": demo["tenant_id"], "x-api-key": demo["api_key"], "x-api-secret": demo["api_secret"]}
    callers = {
        "/api/v1/events": bearer,
        "/api/v1/event-subscription": bearer,
        "/api/event/push/subscriptions": bearer,
        "/api/v1/rules": keys,
        "/v1/events": {"store": demo["store"], "api_key": demo["store_api_key"]},
        "/admin/v1/tenants": {"authorization": f"Bearer {demo['operator_token']}"},
    }
    for path, headers in callers.items():
        body = io.BytesIO(LARGE) if is_chunked else LARGE
        json_headers = {**headers, "content-type": "application/json"}
        async with session.post(system.rest + path, data=body, headers=json_headers) as answer:
            assert answer.status in {200, 201, 400, 422}, (path, await answer.text())


async def test_whether_a_caller_is_known_is_asked_by_envoy_alone(
    system: Instance, session: aiohttp.ClientSession
) -> None:
    """A client that asks so stores its events, over REST as at the port."""
    async with grpc.aio.insecure_channel(system.grpc) as channel:
        for said in ("asked", "unread"):
            headers = {**(await demo_rest(session, system)).headers, "x-tidings-caller": said}
            request = events_pb2.CreateEventRequest(event=events_pb2.Event(event_type=events_pb2.Event.FAULT))
            stub = events_pb2_grpc.EventServiceStub(channel)
            stored = await stub.CreateEvent(request, metadata=tuple(headers.items()), timeout=PATIENCE_S)
            assert stored.id
            async with session.post(
                f"{system.rest}/api/v1/events", json={"event_type": "FAULT"}, headers=headers
            ) as answer:
                assert (answer.status, bool((await answer.json())["id"])) == (201, True)


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
