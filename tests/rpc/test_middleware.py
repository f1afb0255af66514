"""Middleware around every RPC: ids, errors, masks, metadata, the access log."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from prometheus_client import generate_latest

from tests.rpc.recording import Events
from tests.support.installation import LIFE_S, Installation, failure_of, metadata_of
from tidings.collector.v1 import events_pb2 as pb
from tidings.collector.v1.events_pb2_grpc import EventServiceStub
from tidings_server.platform.errors import (
    Internal,
    InvalidInput,
    NotFound,
    Overloaded,
    StorageFull,
    TidingsError,
    VersionMismatch,
)
from tidings_server.platform.telemetry.metrics import REGISTRY

CREATE = "/tidings.collector.v1.EventService/CreateEvent"
ORDER = pb.CreateEventRequest(event=pb.Event(id="e-1", event_type=pb.Event.ORDER))
OVER_EDGE = {"x-envoy-original-path": "/api/v1/events?secret=s3cret"}


async def test_a_good_call_reaches_the_handler_with_its_scope(installation: Installation) -> None:
    events = Events()
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = await installation.headers() | {"x-request-id": "mine-1", "traceparent": trace}
    async with installation.serving(events) as channel:
        answer = await EventServiceStub(channel).CreateEvent(ORDER, metadata=metadata_of(headers))
    assert (answer.id, events.seen) == ("e-1", [ORDER])
    [scope] = events.scopes
    assert (scope.tenant_name, scope.actor, scope.request_id, scope.traceparent) == (
        "demo",
        "demo-client",
        "mine-1",
        trace,
    )


@pytest.mark.parametrize("sent", ["", "a b", "x" * 129, "{}"])
async def test_a_malformed_request_id_or_trace_is_replaced(installation: Installation, sent: str) -> None:
    events = Events()
    headers = await installation.headers() | {"x-request-id": sent, "traceparent": sent}
    async with installation.serving(events) as channel:
        call = EventServiceStub(channel).CreateEvent(ORDER, metadata=metadata_of(headers))
        await call
        made = dict(await call.trailing_metadata())["x-request-id"]
    assert made == events.scopes[0].request_id != sent
    assert events.scopes[0].traceparent is None


async def test_grpc_clients_get_location_and_etag_as_trailers(installation: Installation) -> None:
    async with installation.serving(Events()) as channel:
        call = EventServiceStub(channel).CreateEvent(ORDER, metadata=metadata_of(await installation.headers()))
        await call
        trailers = dict(await call.trailing_metadata())
        assert dict(await call.initial_metadata()) == {}
    assert {"location": "/api/v1/events/e-1", "etag": '"1"'}.items() <= trailers.items()
    assert not any(name.startswith("x-http-") for name in trailers)


async def test_over_the_edge_the_handlers_response_settings_are_headers(
    installation: Installation, tmp_path: Path
) -> None:
    headers = await installation.headers() | OVER_EDGE
    async with installation.serving(Events(), edge=tmp_path / "s") as channel:
        call = EventServiceStub(channel).CreateEvent(ORDER, metadata=metadata_of(headers))
        await call
        sent = dict(await call.initial_metadata())
    assert sent == {"x-http-code": "201", "location": "/api/v1/events/e-1", "etag": '"1"'}


@pytest.mark.parametrize(("over_edge", "path"), [(True, "/api/v1/events"), (False, CREATE)])
async def test_error_bodies_have_the_requested_path_and_the_fields_of_the_resource(
    installation: Installation, tmp_path: Path, over_edge: bool, path: str
) -> None:
    events = Events(fails=InvalidInput.of("event.event_type", "is required"))
    headers = await installation.headers() | OVER_EDGE
    async with installation.serving(events, edge=tmp_path / "s" if over_edge else None) as channel:
        failure = await failure_of(EventServiceStub(channel).CreateEvent(ORDER, metadata=metadata_of(headers)))
    assert (failure.body["path"], failure.body["detail"]) == (path, "event_type: is required")
    assert failure.body["fieldErrors"] == [{"objectName": "event", "field": "event_type", "message": "is required"}]


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (NotFound(), grpc.StatusCode.NOT_FOUND, 404),
        (VersionMismatch(), grpc.StatusCode.ABORTED, 412),
        (Overloaded(retry_after_s=1.5), grpc.StatusCode.RESOURCE_EXHAUSTED, 429),
        (StorageFull(), grpc.StatusCode.UNAVAILABLE, 503),
    ],
)
async def test_an_error_of_a_handler_is_answered_and_nothing_that_it_noted(
    installation: Installation, tmp_path: Path, error: TidingsError, code: grpc.StatusCode, status: int
) -> None:
    headers = await installation.headers() | OVER_EDGE
    async with installation.serving(Events(fails=error), edge=tmp_path / "s") as channel:
        call = EventServiceStub(channel).CreateEvent(ORDER, metadata=metadata_of(headers))
        failure = await failure_of(call)
        assert dict(await call.initial_metadata()) == {}
    assert (failure.code, failure.status, failure.body["detail"]) == (code, status, error.message)
    assert failure.trailers.get("retry-after") == ("2" if error.retry_after_s else None)


@pytest.mark.parametrize("unexpected", [ValueError("s3cret"), KeyError("s3cret")])
async def test_an_unexpected_exception_is_masked(
    installation: Installation, logged: Callable[[], str], unexpected: Exception
) -> None:
    headers = await installation.headers() | {"x-request-id": "mine-1"}
    async with installation.serving(Events(fails=unexpected)) as channel:
        failure = await failure_of(EventServiceStub(channel).CreateEvent(ORDER, metadata=metadata_of(headers)))
    assert (failure.code, failure.status) == (grpc.StatusCode.INTERNAL, 500)
    assert (failure.body["detail"], failure.body["requestId"]) == (Internal().message, "mine-1")
    assert "s3cret" not in str(failure)
    [line] = installation.rpc_lines()
    assert (line["code"], line["level"], line["request_id"]) == ("INTERNAL", "error", "mine-1")
    answered = json.loads(logged())
    assert (answered["event"], answered["request_id"]) == ("unexpected_error", "mine-1")
    assert "in _take" in answered["exception"]
    assert headers["authorization"].removeprefix("Bearer ")[:20] not in answered["exception"]


def _raw(request: bytes) -> bytes:
    return request


def _event(**fields: Any) -> bytes:
    return pb.CreateEventRequest(event=pb.Event(**fields)).SerializeToString()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (ORDER.SerializeToString()[:-1], "not a valid message"),
        (b"\x0a\x06\x0a\x04a\xff\xfeb", "not a valid message"),
        (
            pb.CreateEventRequest(event=pb.Event(entity_id="a\0b")).SerializeToString(),
            "entity_id: must not contain NUL",
        ),
        (_event(event_type=99), "number 99"),
        (_event(event_type=0), "number 0"),
        (_event(entity_id="x" * 2**20), "1,048,576 are allowed"),
    ],
)
async def test_an_invalid_message_reaches_no_handler(installation: Installation, sent: bytes, said: str) -> None:
    events = Events()
    async with installation.serving(events) as channel:
        create = channel.unary_unary(CREATE, request_serializer=_raw, response_deserializer=_raw)
        failure = await failure_of(create(sent, metadata=metadata_of(await installation.headers())))
        refused_first = await failure_of(create(sent))
    assert failure.code is grpc.StatusCode.INVALID_ARGUMENT
    assert said in failure.body["detail"]
    assert refused_first.code is grpc.StatusCode.UNAUTHENTICATED
    assert events.seen == []


async def test_a_stream_passes_the_same_layers(installation: Installation) -> None:
    events = Events()
    watch = pb.WatchEventsRequest()
    async with installation.serving(events) as channel:
        stub = EventServiceStub(channel)
        headers = metadata_of(await installation.headers())
        assert [one.position async for one in stub.WatchEvents(watch, metadata=headers)] == ["1", "2"]
        events.fails = NotFound()
        failing = stub.WatchEvents(watch, metadata=headers)
        first = await failing.read()
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await failing.read()
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.WatchEvents(watch).read()
    assert isinstance(first, pb.WatchEventsResponse)
    assert (first.position, failed.value.code()) == ("1", grpc.StatusCode.NOT_FOUND)
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_stream_ends_with_its_token(installation: Installation) -> None:
    events = Events()
    async with installation.serving(events) as channel:
        watching = EventServiceStub(channel).WatchEvents(
            pb.WatchEventsRequest(after="wait"), metadata=metadata_of(await installation.headers())
        )
        await watching.read()
        installation.clock.advance(timedelta(seconds=LIFE_S + 1))
        events.go_on.set()
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            await watching.read()
    assert ended.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_every_call_has_one_line_and_is_counted(installation: Installation) -> None:
    def counted(code: str) -> float:
        return REGISTRY.get_sample_value("tidings_rpc_total", {"method": CREATE, "code": code}) or 0.0

    def timed() -> float:
        return REGISTRY.get_sample_value("tidings_rpc_seconds_count", {"method": CREATE}) or 0.0

    before = counted("OK"), counted("UNAUTHENTICATED")
    timed_before = timed()
    async with installation.serving(Events()) as channel:
        stub = EventServiceStub(channel)
        await stub.CreateEvent(ORDER, metadata=metadata_of(await installation.headers()))
        await failure_of(stub.CreateEvent(ORDER))
    lines = [(line["code"], line["tenant"], line["actor"]) for line in installation.rpc_lines()]
    assert lines == [("OK", "demo", "demo-client"), ("UNAUTHENTICATED", "", "")]
    assert (counted("OK"), counted("UNAUTHENTICATED")) == (before[0] + 1, before[1] + 1)
    assert timed() == timed_before + 2


async def test_a_cancelled_call_is_counted_as_cancelled(installation: Installation) -> None:
    entered = asyncio.Event()

    class Slow(Events):
        async def CreateEvent(self, _request: pb.CreateEventRequest, _context: Any) -> pb.Event:
            entered.set()
            await asyncio.Event().wait()
            raise AssertionError

    async with installation.serving(Slow()) as channel:
        call = EventServiceStub(channel).CreateEvent(ORDER, metadata=metadata_of(await installation.headers()))
        waiting = asyncio.ensure_future(call)
        await entered.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert [line["code"] for line in installation.rpc_lines()] == ["CANCELLED"]


async def test_no_secret_is_in_logs_errors_or_metrics(
    installation: Installation, tmp_path: Path, logged: Callable[[], str]
) -> None:
    demo = installation.demo
    token = await installation.token()
    secrets = {str(value) for name, value in demo.items() if name.endswith(("secret", "key", "token", "password"))}
    secrets = {secret for secret in secrets | {token, token.split(".")[2], "s3cret"} if secret != demo["api_key"]}
    seen = ""
    async with installation.serving(Events(fails=ValueError()), edge=tmp_path / "s") as channel:
        stub = EventServiceStub(channel)
        for secret in secrets:
            shown = {
                "x-api-secret": secret,
                "api_key": secret,
                "user_token": secret,
                "x-twc-tenant": "demo",
                **OVER_EDGE,
            }
            for bearer in (secret, token):
                headers = shown | OVER_EDGE | {"authorization": f"Bearer {bearer}", "x-twc-tenant": "demo"}
                seen += str(await failure_of(stub.CreateEvent(ORDER, metadata=metadata_of(headers))))
    seen += str(installation.rpc_lines()) + generate_latest(REGISTRY).decode() + logged()
    assert [secret for secret in secrets if secret in seen] == []


async def test_a_stream_ends_with_its_tenant_though_nothing_comes(installation: Installation) -> None:
    """No event and no heartbeat, before which the credentials are checked anyway, is waited for."""
    async with installation.serving(Events()) as channel:
        headers = metadata_of(await installation.headers())
        stub: Any = EventServiceStub(channel)
        stream = stub.WatchEvents(pb.WatchEventsRequest(after="wait"), metadata=headers)
        assert (await stream.read()).position == "1"
        await installation.tenants.suspend(installation.demo["tenant"])
        await installation.credentials.run_once()
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            await stream.read()
    assert ended.value.code() is grpc.StatusCode.UNAUTHENTICATED
