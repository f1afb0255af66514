"""Events: idempotent, documented responses, isolated by tenant, watched without gaps."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import grpc
import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message

from tests.collector.api.world import RPCS, World
from tests.support.waiting import PATIENCE_S
from tidings.collector.v1.events_pb2 import StreamEventsRequest, WatchEventsRequest
from tidings.collector.v1.events_pb2_grpc import EventServiceStub
from tidings_server.log import topics
from tidings_server.storage.log import events as log

SAMPLE: dict[str, Any] = {
    "entity_id": "string",
    "entity_name": "string",
    "event_payload": {
        "base64_encoded_fault_json": "string",
        "base64_encoded_payload_json": "string",
        "entity_id": "string",
        "key_attributes": {"additionalProp1": "string", "additionalProp2": "string", "additionalProp3": "string"},
        "operation": "BULK_CREATE",
    },
    "event_source": "APPLICATION",
    "event_type": "ENTITY_EVENT",
    "id": "string",
}


def order(**other: Any) -> dict[str, Any]:
    return {"event": {"event_type": "ENTITY_EVENT", "entity_name": "ORDER", **other}}


async def test_the_documents_sample_passes_verbatim(world: World) -> None:
    made = await world.rest("CreateEvent", {"event": SAMPLE})
    assert (made.status, made.json, made.headers["location"]) == (201, SAMPLE, "/api/v1/events/string")
    assert (await world.rest("GetEvent", {"id": "string"})).json == SAMPLE


async def test_a_repeat_answers_the_stored_event_and_another_body_is_refused(world: World) -> None:
    await world.rest("CreateEvent", order(id="e-1"))
    again = await world.rest("CreateEvent", order(id="e-1"))
    assert (again.status, again.json["id"]) == (200, "e-1")
    other = await world.rest("CreateEvent", order(id="e-1", entity_id="O-2"))
    assert (other.status, other.json["message"]) == (409, "error.conflict")
    assert await world.stored() == (1, 0)


async def test_without_an_id_the_server_makes_a_time_ordered_one(world: World) -> None:
    made = await world.rest("CreateEvent", order())
    assert UUID(made.json["id"]).version == 7
    assert made.headers["location"] == f"/api/v1/events/{made.json['id']}"
    assert (await world.rest("GetEvent", {"id": made.json["id"]})).json == made.json


async def test_an_unset_field_is_absent_where_absence_has_a_meaning(world: World) -> None:
    made = await world.rest("CreateEvent", {"event": {"event_type": "FAULT", "id": "e-1"}})
    assert made.json == {"entity_id": "", "entity_name": "", "event_type": "FAULT", "id": "e-1"}


async def test_an_idempotency_key_makes_a_retry_without_id_safe(world: World) -> None:
    first = await world.rest("CreateEvent", order(), idempotency_key="k-1")
    again = await world.rest("CreateEvent", order(), idempotency_key="k-1")
    assert (first.status, first.json, first.headers["location"]) == (
        again.status,
        again.json,
        again.headers["location"],
    )
    assert (await world.rest("CreateEvent", order(entity_id="2"), idempotency_key="k-1")).status == 409
    assert await world.stored() == (1, 0)


async def test_an_event_is_of_the_site_that_the_caller_names(world: World) -> None:
    await world.rest("CreateEvent", order(id="e-1"), x_vol_site="12")
    await world.rest("CreateEvent", order(id="e-2"))
    async with world.database.read() as conn:
        assert [stored.site_id for stored in await log.page(conn, after=0, limit=9)] == [12, None]
    assert (await world.rest("CreateEvent", order(), x_vol_site="the first")).status == 400


async def test_each_tenant_has_ids_of_its_own(world: World) -> None:
    await world.rest("CreateEvent", order(id="e-1"))
    unknown = await world.rest("GetEvent", {"id": "e-1"}, tenant="other")
    assert (unknown.status, unknown.json["message"]) == (404, "error.not_found")
    assert (await world.rest("CreateEvent", order(id="e-1", entity_id="2"), tenant="other")).status == 201


async def test_a_batch_is_stored_in_order_all_or_none(world: World) -> None:
    events = [{"event_type": "ENTITY_EVENT", "entity_id": str(number)} for number in range(1_000)]
    batch = await world.rest("BatchCreateEvents", {"events": events})
    assert batch.status == 200
    assert [event["entity_id"] for event in batch.json["events"]] == [event["entity_id"] for event in events]
    assert len({event["id"] for event in batch.json["events"]}) == 1_000
    await world.rest("CreateEvent", order(id="taken"))
    clash = {"event_type": "ENTITY_EVENT", "id": "taken"}
    assert (await world.rest("BatchCreateEvents", {"events": [{**clash, "id": "new"}, clash]})).status == 409
    assert (await world.rest("GetEvent", {"id": "new"})).status == 404


async def test_a_batch_may_repeat_stored_events(world: World) -> None:
    await world.rest("CreateEvent", order(id="e-1"))
    batch = await world.rest("BatchCreateEvents", {"events": [order(id="e-2")["event"], order(id="e-1")["event"]]})
    assert [event["id"] for event in batch.json["events"]] == ["e-2", "e-1"]
    assert await world.stored() == (2, 0)


async def test_a_batch_under_an_idempotency_key_has_an_id_for_each_event(world: World) -> None:
    body = {"events": [{"event_type": "WARNING"}] * 3}
    first = await world.rest("BatchCreateEvents", body, idempotency_key="k-1")
    assert len({event["id"] for event in first.json["events"]}) == 3
    assert (await world.rest("BatchCreateEvents", body, idempotency_key="k-1")).json == first.json
    assert await world.stored() == (3, 0)


async def test_a_search_finds_by_envelope_page_by_page(world: World) -> None:
    for number in range(5):
        await world.rest("CreateEvent", order(id=f"e-{number}", entity_id=f"O-{number % 2}"))
    await world.rest("CreateEvent", order(id="cart", entity_name="CART"))
    await world.rest("CreateEvent", order(id="foreign", entity_id="O-1"), tenant="other")
    async with world.projecting():
        first = await world.rest("SearchEvents", {"topic": "order.*", "entityId": "O-0", "pageSize": 2})
        rest = await world.rest(
            "SearchEvents", {"topic": "order.*", "entityId": "O-0", "pageSize": 2, "after": first.json["next"]}
        )
    assert [event["id"] for event in first.json["events"] + rest.json["events"]] == ["e-0", "e-2", "e-4"]
    assert "next" not in rest.json


async def test_events_are_watched_from_a_position_on_without_a_gap(world: World) -> None:
    async with (
        asyncio.timeout(PATIENCE_S),
        watching(world, "WatchEvents", WatchEventsRequest(topic="order.*")) as first,
    ):
        seen = await first_of(first, world)
        for number, other in enumerate(({}, {"entity_name": "CART"}, {})):
            await world.rest("CreateEvent", order(id=f"e-{number}", **other))
        await world.rest("CreateEvent", order(id="foreign"), tenant="other")
        await world.rest("CreateEvent", order(id="last"))
    again = WatchEventsRequest(after=seen.position, topic="order.*")
    async with asyncio.timeout(PATIENCE_S), watching(world, "WatchEvents", again) as second:
        ids = [(await second.read()).event.id]
        while ids[-1] != "last":
            ids.append((await second.read()).event.id)
    assert ids[-3:] == ["e-0", "e-2", "last"]
    assert {"e-1", "foreign"}.isdisjoint(ids)


async def test_server_sent_events_resume_after_the_last_event_id(world: World) -> None:
    async with asyncio.timeout(PATIENCE_S), watching(world, "StreamEvents", StreamEventsRequest()) as first:
        assert (await first.read()).data == b": open\n\n"
        chunk = await first_of(first, world)
    assert chunk.content_type == "text/event-stream"
    fields = dict(line.split(": ", 1) for line in chunk.data.decode().removesuffix("\n\n").split("\n"))
    data = json.loads(fields["data"])
    assert (fields["event"], data["topic"], data["position"]) == ("order.created", "order.created", fields["id"])
    await world.rest("CreateEvent", order(id="last"))
    again = StreamEventsRequest(after="of the first connection, which was refused by now")
    async with (
        asyncio.timeout(PATIENCE_S),
        watching(world, "StreamEvents", again, last_event_id=fields["id"]) as second,
    ):
        text = ""
        while '"id": "last"' not in text:
            text += (await second.read()).data.decode()
    assert data["event"]["id"] not in text


async def test_a_grpc_client_has_its_stream_before_there_is_an_event(world: World) -> None:
    headers = {name: value for name, value in world.of("acme").items() if name != "x-envoy-original-path"}
    async with asyncio.timeout(PATIENCE_S):
        stream: Any = EventServiceStub(world.channel).WatchEvents(WatchEventsRequest(), metadata=tuple(headers.items()))
        await stream.initial_metadata()
        await world.rest("CreateEvent", order(id="only"))
        assert (await stream.read()).event.id == "only", "no heartbeat brought the metadata"
        stream.cancel()


@pytest.mark.parametrize("body", [{"after": "a"}, {"topic": "Order"}, {"topic": "order.a.b"}])
@pytest.mark.parametrize("call", ["WatchEvents", "StreamEvents"])
async def test_a_watch_of_a_bad_position_or_topic_is_refused_at_once(world: World, call: str, body: Any) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        async with watching(world, call, ParseDict(body, RPCS[call].request())) as stream:
            await stream.read()
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@asynccontextmanager
async def watching(world: World, call: str, request: Message, **headers: str) -> AsyncIterator[Any]:
    rpc = RPCS[call]
    ask = world.channel.unary_stream(
        rpc.path, request_serializer=rpc.request.SerializeToString, response_deserializer=rpc.response.FromString
    )
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    stream = ask(request, metadata=tuple({**world.of("acme"), **sent}.items()))
    yield stream
    stream.cancel()


async def first_of(stream: Any, world: World) -> Any:
    """The first event that a new watcher sees: it sees what is stored from now on, whenever "now" was."""
    reading = asyncio.create_task(stream.read())
    while not reading.done():
        await world.rest("CreateEvent", order())
        await asyncio.wait([reading], timeout=0.05)
    return await reading


@pytest.mark.parametrize("name", sorted(topics.SERVERS_OWN))
async def test_no_event_of_a_client_gets_a_topic_of_the_servers_own(world: World, name: str) -> None:
    for number, entity in enumerate((name, name.upper(), f" {name}!")):
        await world.rest("CreateEvent", order(id=f"{name}-{number}", entity_name=entity))
    async with world.database.read() as conn:
        events = [event for event in await log.page(conn, after=0, limit=100) if event.event_id.startswith(name)]
    assert [topics.entity_of(event.topic) for event in events] == [
        f"client_{name}",
        f"client_{name}",
        topics.part(f" {name}!"),
    ]
    assert not {topics.entity_of(event.topic) for event in events} & topics.SERVERS_OWN
