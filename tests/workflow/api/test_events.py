"""Workflow events as gRPC callers send and find them. What REST sees is in tests/e2e."""

from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.json_format import MessageToDict

from tests.support.refusals import refuse
from tests.workflow.api.world import World, asynchronous, new, refusal_of, synchronous
from tidings.orchestration.v1 import events_pb2 as pb
from tidings_server.storage.log import events as log
from tidings_server.workflow.api.event_messages import NO_RETAILER
from tidings_server.workflow.store.tables import event_outcome

Code = grpc.StatusCode


def found(event_id: str) -> pb.GetEventRequest:
    return pb.GetEventRequest(event_id=event_id)


async def test_an_async_event_is_pending_until_it_runs(world: World) -> None:
    event_id = await world.create(attributes={"total": 120.5})
    pending = await world.call("GetEvent", found(event_id))
    assert (pending.event_status, pending.account_id, pending.retailer_id) == (pb.Event.PENDING, "demo", "1")
    assert MessageToDict(pending.attributes[0]) == {"name": "total", "value": 120.5, "type": "FLOAT"}
    await world.hub.run()
    assert (await world.call("GetEvent", found(event_id))).event_status == pb.Event.SUCCESS


@pytest.mark.parametrize(
    ("name", "status"), [("Start", pb.Event.COMPLETE), ("Fail", pb.Event.FAILED), ("Nothing", pb.Event.NO_MATCH)]
)
async def test_a_sync_event_answers_with_the_status_of_its_run(world: World, name: str, status: int) -> None:
    sent = synchronous(name=name, entityId="1234")
    answer = await world.waited(world.call("CreateSyncEvent", sent))
    assert (answer.event_status, answer.entity_id.string_value) == (status, "1234")
    assert (await world.call("GetEvent", found(answer.event_id))).event_status == status


async def test_a_sync_event_is_pending_before_its_callers_deadline(world: World) -> None:
    answer = await world.call("CreateSyncEvent", synchronous(), timeout_s=4.0)
    assert answer.event_status == pb.Event.PENDING
    await world.hub.run()
    assert (await world.call("GetEvent", found(answer.event_id))).event_status == pb.Event.COMPLETE


async def test_the_same_event_again_answers_the_first_result_and_another_body_is_refused(world: World) -> None:
    sent = {"id": str(uuid4()), "entityId": "1234"}
    first = await world.waited(world.call("CreateSyncEvent", synchronous(**sent)))
    assert await world.call("CreateSyncEvent", synchronous(**sent)) == first
    refused = await refusal_of(world.call("CreateSyncEvent", synchronous(**sent, name="Fail")))
    assert (refused.code, refused.domain) == (Code.ALREADY_EXISTS, "tidings")


async def test_a_search_gives_pages_newest_first_with_the_records_of_runs(world: World) -> None:
    sent = [await world.create(name=name) for name in ("Start", "Nothing", "Fail")]
    await world.hub.run()
    page = await world.search(eventType=["ORCHESTRATION"], count=2)
    rest = await world.search(eventType=["ORCHESTRATION"], start=2)
    assert [each.id for each in (*page.results, *rest.results)] == sent[::-1]
    assert [(each.start, each.count, each.has_more) for each in (page, rest)] == [(0, 2, True), (2, 100, False)]
    failed = await world.search(category=["exception"], context={"entityType": "Order", "entityRef": "ON-1"})
    assert [list(each.context.source_events) for each in failed.results] == [[sent[2]]]
    whole = await world.call("GetEvent", found(failed.results[0].id))
    assert (whole.name, whole.type) == (failed.results[0].name, pb.Event.ORCHESTRATION_AUDIT)


@pytest.mark.parametrize("way", ["Async", "Sync"])
@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"name": ""}, {"name": "is required"}),
        ({"entityRef": ""}, {"entityId": "one of entityId and entityRef is required"}),
        ({"name": "", "attributes": "text"}, {"name": "is required", "attributes": "must be an object"}),
    ],
)
async def test_a_bad_event_names_its_fields_in_the_details(
    world: World, way: str, changed: dict[str, Any], fields: dict[str, str]
) -> None:
    message = asynchronous(**changed) if way == "Async" else synchronous(**changed)
    refused = await refusal_of(world.call(f"Create{way}Event", message))
    assert (refused.code, refused.domain) == (Code.INVALID_ARGUMENT, "tidings")
    assert refused.fields.keys() == fields.keys()
    assert all(refused.fields[name].startswith(rule) for name, rule in fields.items())
    assert list((await world.search(by="account")).results) == []


@pytest.mark.parametrize(
    ("criteria", "field"),
    [
        ({"eventStatus": ["DONE"]}, "eventStatus"),
        ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "from"),
        ({"count": 101}, "count"),
        ({"start": -1}, "start"),
    ],
)
async def test_a_bad_search_names_its_field_in_the_details(world: World, criteria: dict[str, Any], field: str) -> None:
    refused = await refusal_of(world.search(**criteria))
    assert (refused.code, list(refused.fields)) == (Code.INVALID_ARGUMENT, [field])


async def test_an_account_user_names_the_retailer_and_a_retailers_user_only_its_own(world: World) -> None:
    unnamed = await refusal_of(world.call("CreateAsyncEvent", asynchronous(), by="account"))
    assert (unnamed.code, unnamed.message) == (Code.UNAUTHENTICATED, NO_RETAILER)
    others = await refusal_of(world.call("CreateAsyncEvent", asynchronous(retailerId="2")))
    assert others.code == Code.PERMISSION_DENIED
    named = await world.call("CreateAsyncEvent", asynchronous(retailerId="2"), by="account")
    assert (await world.call("GetEvent", found(named.id), by="neighbour")).retailer_id == "2"


@pytest.mark.parametrize("by", ["neighbour", "stranger"])
async def test_another_retailer_and_another_tenant_see_nothing(world: World, by: str) -> None:
    event_id = await world.create()
    await world.hub.run()
    for name, request in (("GetEvent", found(event_id)), ("TraceEvent", pb.TraceEventRequest(event_id=event_id))):
        hidden = await refusal_of(world.call(name, request, by=by))
        assert (hidden.code, hidden.message) == (Code.NOT_FOUND, f"Cannot find an event with id: {event_id}")
    assert list((await world.search(by=by)).results) == []
    assert list((await world.search(by=by, context={"sourceEvents": [event_id]})).results) == []
    assert (await world.call("GetEvent", found(event_id), by="account")).id == event_id


async def test_a_caller_without_a_token_is_refused(world: World) -> None:
    refused = await refusal_of(world.stub.CreateAsyncEvent(pb.CreateAsyncEventRequest(event=new())))
    assert (refused.code, refused.domain) == (Code.UNAUTHENTICATED, "tidings")


async def test_no_event_of_a_client_gets_a_topic_of_the_servers_own(world: World) -> None:
    """Neither an event of a client nor one that a workflow sends requests mail or a webhook by its name."""
    await world.create(entityType="EMAIL", name="requested")
    await world.create(entityType="webhook", name="0123456789abcdef", attributes={"url": "https://a.example/"})
    async with world.hub.database.read() as conn:
        found = {event.topic for event in await log.page(conn, after=0, limit=100)}
    assert found == {"client_email.requested", "client_webhook.0123456789abcdef"}


async def test_an_event_that_waits_to_be_tried_again_says_why_and_when(world: World) -> None:
    hub = world.hub
    await refuse(hub.database, event_outcome.c.tenant_id, 1)
    first, second = [await world.create(name="Start", entityRef="ON-9") for _ in range(2)]
    await world.hub.run()

    async def traced(event_id: str) -> pb.EventTrace:
        trace: pb.EventTrace = await world.call("TraceEvent", pb.TraceEventRequest(event_id=event_id))
        return trace

    failed, behind = (await traced(first)), (await traced(second))
    assert failed.event.event_status == behind.event.event_status == pb.Event.PENDING
    assert (failed.wait.attempts, failed.wait.is_given_up) == (1, False)
    assert failed.wait.reason == "the server could not run it: IntegrityError"
    assert failed.wait.next_attempt_on.endswith("+0000")
    assert (behind.wait.attempts, behind.wait.next_attempt_on) == (0, "")
    assert behind.wait.reason == "an earlier event of its root entity waits to be tried again"


async def test_an_event_that_has_run_or_has_its_turn_to_come_has_no_wait(world: World) -> None:
    event_id = await world.create()
    for _ in range(2):
        trace = await world.call("TraceEvent", pb.TraceEventRequest(event_id=event_id))
        assert not trace.HasField("wait")
        await world.hub.run()
