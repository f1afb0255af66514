"""Credentials, deadlines, retries and errors of single calls."""

import asyncio
from uuid import UUID

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo, RetryInfo

from tests.client.scripted import Script
from tidings.collector.v1.events_pb2 import Event, SearchEventsResponse
from tidings_client import (
    Aborted,
    AlreadyExists,
    ClientCredentials,
    DeadlineExceeded,
    Internal,
    InvalidInput,
    LimitExceeded,
    NotFound,
    PermissionDenied,
    Tidings,
    TidingsError,
    Unauthenticated,
    Unavailable,
    Violation,
    WrongState,
)
from tidings_client.retries import ATTEMPTS


async def test_many_calls_share_one_token_and_name_the_tenant(tidings: Tidings, script: Script) -> None:
    await asyncio.gather(*(tidings.events.get(str(n)) for n in range(20)))
    assert script.tokens_issued == 1
    assert {(seen["authorization"], seen["x-twc-tenant"]) for seen in script.metadata} == {("Bearer token-1", "acme")}


async def test_a_refused_token_is_replaced_once(tidings: Tidings, script: Script) -> None:
    await tidings.events.get("1")
    script.good_tokens.clear()
    assert (await tidings.events.get("2")).id == "2"
    assert script.tokens_issued == 2


async def test_a_call_that_stays_unauthenticated_raises(tidings: Tidings, script: Script) -> None:
    script.refuse(grpc.StatusCode.UNAUTHENTICATED, times=2)
    with pytest.raises(Unauthenticated):
        await tidings.events.get("1")
    assert script.tokens_issued == 2


async def test_bad_credentials_are_not_retried(target: str, script: Script) -> None:
    async with Tidings(target, tenant="acme", credentials=ClientCredentials("id", "wrong")) as tidings:
        with pytest.raises(Unauthenticated, match="client"):
            await tidings.events.get("1")
    assert script.requests == []


def test_credentials_do_not_print_their_secret() -> None:
    assert "hush" not in repr(ClientCredentials("id", "hush"))


async def test_an_event_without_an_id_gets_one_that_its_retries_repeat(tidings: Tidings, script: Script) -> None:
    script.refuse(grpc.StatusCode.UNAVAILABLE, times=2)
    event = Event(entity_id="7")
    stored = await tidings.events.create(event)
    assert UUID(stored.id).version == 7
    assert [request.event.id for request in script.requests] == [stored.id] * 3
    assert event.id == "", "the caller's message is untouched"


async def test_ids_that_the_caller_chose_are_kept(tidings: Tidings) -> None:
    stored = await tidings.events.create_batch([Event(id="mine"), Event()])
    assert stored[0].id == "mine"
    assert UUID(stored[1].id).version == 7


async def test_a_write_without_an_id_repeats_its_idempotency_key(tidings: Tidings, script: Script) -> None:
    script.refuse(grpc.StatusCode.UNAVAILABLE, times=2)
    await tidings.deliveries.redeliver("d")
    await tidings.deliveries.redeliver("d")
    keys = [seen["idempotency-key"] for seen in script.metadata]
    assert keys[0] == keys[1] == keys[2] != keys[3]


async def test_a_large_batch_is_retried_too(tidings: Tidings, script: Script) -> None:
    script.refuse(grpc.StatusCode.UNAVAILABLE)
    stored = await tidings.events.create_batch(Event(id=str(n), entity_id="x" * 1_024) for n in range(1_000))
    assert len(stored) == 1_000


async def test_retries_end(tidings: Tidings, script: Script) -> None:
    script.refuse(grpc.StatusCode.UNAVAILABLE, times=ATTEMPTS)
    with pytest.raises(Unavailable):
        await tidings.events.get("1")
    assert len(script.requests) == ATTEMPTS


async def test_an_unreachable_server_is_unavailable() -> None:
    async with Tidings("127.0.0.1:1", tenant="acme", credentials=ClientCredentials("id", "secret")) as tidings:
        with pytest.raises(Unavailable):
            await tidings.events.get("1")


async def test_a_deadline_covers_the_retries(target: str, script: Script) -> None:
    credentials = ClientCredentials("id", "secret")
    async with Tidings(target, tenant="acme", credentials=credentials) as tidings:
        await tidings.events.get("1")  # connects and fetches the token, which may take longer
        tidings.events._session._timeout_s = 0.2
        script.refuse(grpc.StatusCode.UNAVAILABLE, times=ATTEMPTS)
        with pytest.raises((DeadlineExceeded, Unavailable)):
            await tidings.events.get("2")
    assert len(script.requests) < 1 + ATTEMPTS


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, InvalidInput),
        (grpc.StatusCode.PERMISSION_DENIED, PermissionDenied),
        (grpc.StatusCode.NOT_FOUND, NotFound),
        (grpc.StatusCode.ALREADY_EXISTS, AlreadyExists),
        (grpc.StatusCode.FAILED_PRECONDITION, WrongState),
        (grpc.StatusCode.ABORTED, Aborted),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, LimitExceeded),
        (grpc.StatusCode.INTERNAL, Internal),
        (grpc.StatusCode.UNIMPLEMENTED, Internal),
    ],
)
async def test_each_code_has_its_error_and_is_not_retried(
    tidings: Tidings, script: Script, code: grpc.StatusCode, error: type[TidingsError]
) -> None:
    script.refuse(code)
    with pytest.raises(error, match="scripted"):
        await tidings.events.get("1")
    assert len(script.requests) == 1


async def test_an_error_has_its_details(tidings: Tidings, script: Script) -> None:
    script.refuse(
        grpc.StatusCode.INVALID_ARGUMENT,
        ErrorInfo(reason="INVALID_INPUT", domain="tidings"),
        BadRequest(field_violations=[BadRequest.FieldViolation(field="event.id", description="too long")]),
        RetryInfo(retry_delay=Duration(seconds=2)),
        RequestInfo(request_id="r-1"),
    )
    with pytest.raises(InvalidInput) as caught:
        await tidings.events.get("1")
    error = caught.value
    assert (error.reason, error.request_id, error.retry_after_s) == ("INVALID_INPUT", "r-1", 2.0)
    assert error.violations == (Violation("event.id", "too long"),)


async def test_a_search_goes_through_all_pages(tidings: Tidings, script: Script) -> None:
    script.pages.append(SearchEventsResponse(events=[Event(id="1"), Event(id="2")], next="n"))
    script.pages.append(SearchEventsResponse(events=[Event(id="3")]))
    found = [event.id async for event in tidings.events.search(topic="order.*", page_size=2)]
    assert found == ["1", "2", "3"]
    assert [(request.topic, request.page_size, request.after) for request in script.requests] == [
        ("order.*", 2, ""),
        ("order.*", 2, "n"),
    ]
