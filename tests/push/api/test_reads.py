"""Delivery attempts, pulled events and selected fields as REST clients see them."""

from typing import Any

import pytest
from sqlalchemy import insert

from tests.push.api.world import Reply, World
from tidings.collector.v1.events_pb2 import Event, EventPayload
from tidings.push.v1 import deliveries_pb2 as pb
from tidings_server.delivery.store.tables import delivery_attempt

UUID_TEXT = "0192f0c1-2d3e-7abc-8def-0123456789ab"
HEX = UUID_TEXT.replace("-", "")
BODY = Event(event_payload=EventPayload(key_attributes={"orderId": "O-1"})).SerializeToString()


async def attempts(world: World, *, token: str = "ann", **other: Any) -> Reply:
    return await world.call(
        "DeliveryAttemptService/ListDeliveryAttempts", pb.ListDeliveryAttemptsRequest(**other), token=token
    )


async def attempt(world: World, subscription_id: str, process_id: str, *, token: str = "ann") -> Reply:
    request = pb.GetDeliveryAttemptRequest(subscription_id=subscription_id, process_id=process_id)
    return await world.call("DeliveryAttemptService/GetDeliveryAttempt", request, token=token)


async def pulled(world: World, *, token: str = "ann", x_vol_site: str = "", **other: Any) -> Reply:
    request = pb.ListEventsRequest(**other)
    return await world.call("EventPullService/ListEvents", request, token=token, x_vol_site=x_vol_site)


async def event(world: World, event_id: str, *, token: str = "ann") -> Reply:
    return await world.call("EventPullService/GetEvent", pb.GetEventRequest(event_id=event_id), token=token)


async def a_delivery(world: World) -> tuple[str, int]:
    """A subscription and the number of its only delivery, which was refused once."""
    subscription_id = (await world.create())["id"]
    seq = await world.event(UUID_TEXT, entity_id="O-1", body=BODY, site_id=7, correlation_id="c-1")
    number = await world.deliver(subscription_id, seq, tries=1, attempts=1, tries_from=1)
    values = {"delivery_id": number, "number": 1, "at": 1_000, "outcome": "RETRY", "status": 503}
    values |= {"error_type": "throttled", "answer": "busy", "duration_us": 7}
    await world.database.write_queue.run(lambda conn: conn.execute(insert(delivery_attempt).values(values)))
    return subscription_id, number


async def test_a_delivery_shows_its_event_and_attempts(world: World) -> None:
    subscription_id, number = await a_delivery(world)
    page = (await attempts(world)).body
    assert (page["totalCount"], page["pageCount"]) == (1, 1)
    assert page["items"] == [shown(number)]
    assert (await attempts(world, subscription_id=subscription_id)).body == page
    assert (await attempt(world, subscription_id, str(number))).body == shown(number)


def shown(number: int) -> dict[str, Any]:
    """The delivery that `a_delivery` makes; its time for retries is long over, and its endpoint has not confirmed."""
    return {
        "id": number,
        "deliveryStatus": "Failed",
        "eventSummary": {
            "eventId": HEX,
            "tenantId": 1,
            "siteId": 7,
            "entityId": "O-1",
            "topic": "order.created",
            "extendedProperties": [{"key": "orderId", "value": "O-1"}],
            "correlationId": "c-1",
            "createDate": "1970-01-01T00:00:00.000Z",
        },
        "isRunning": False,
        "retriesRemaining": 0,
        "lastExecutionDate": "1970-01-01T00:00:00.001Z",
        "createDate": "1970-01-01T00:00:00.000Z",
        "updateDate": "1970-01-01T00:00:00.000Z",
        "deliveryAttempts": [
            {
                "deliveryStatus": "Failed",
                "errorType": "throttled",
                "httpStatus": {"code": 503, "name": "Service Unavailable"},
                "message": "busy",
                "executionDate": "1970-01-01T00:00:00.001Z",
            }
        ],
        "reason": "unconfirmed",
    }


async def test_deliveries_are_filtered_and_sorted(world: World) -> None:
    await a_delivery(world)
    assert (await attempts(world, filter="deliveryStatus eq failed", sort_by="createDate desc")).body["totalCount"] == 1
    assert (await attempts(world, filter="eventSummary.topic sw cart.")).body["totalCount"] == 0
    for bad in ({"filter": "nosuch eq 1"}, {"sort_by": "nosuch"}, {"page_size": 201}, {"start_index": -1}):
        assert (await attempts(world, **bad)).status == 400


async def test_deliveries_of_others_are_unknown(world: World) -> None:
    subscription_id, number = await a_delivery(world)
    other = (await world.create())["id"]
    assert (await attempts(world, token="eve")).body["items"] == []
    assert (await attempts(world, token="eve", subscription_id=subscription_id)).status == 404
    assert (await attempt(world, subscription_id, str(number), token="eve")).status == 404
    assert (await attempt(world, other, str(number))).status == 404


@pytest.mark.parametrize("process_id", ["", "x", "-1", "1.0", "9" * 30, "²"])
async def test_a_number_that_is_none_names_no_delivery(world: World, process_id: str) -> None:
    subscription_id, _ = await a_delivery(world)
    assert (await attempt(world, subscription_id, process_id)).status == 404


async def test_an_event_is_pulled_in_all_its_forms(world: World) -> None:
    await world.event(UUID_TEXT, entity_id="O-1", body=BODY, actor="ann", correlation_id="c-1")
    await world.event("free:id")
    await world.event("ABCDEF0123456789ABCDEF0123456789")
    reply = await event(world, HEX)
    audit = reply.body.pop("auditInfo")
    assert reply.body == {
        "id": HEX,
        "tenantId": 1,
        "topic": "order.created",
        "entityId": "O-1",
        "isTest": False,
        "correlationId": "c-1",
        "extendedProperties": [{"key": "orderId", "value": "O-1"}],
    }
    assert (audit["createBy"], audit.keys()) == ("ann", {"createBy", "createDate", "updateBy", "updateDate"})
    for shown in (UUID_TEXT, UUID_TEXT.upper(), "free:id", "abcdef01-2345-6789-abcd-ef0123456789"):
        assert (await event(world, shown)).status == 200, shown
    for unknown in ("other", "FREE:ID", UUID_TEXT[:-1]):
        assert (await event(world, unknown)).status == 404, unknown
    assert (await event(world, HEX, token="eve")).status == 404


async def ids(world: World, **other: Any) -> list[str]:
    reply = await pulled(world, **other)
    assert reply.status == 200, reply
    return [item["id"] for item in reply.body["items"]]


async def some_events(world: World) -> None:
    await world.event("a", topic="order.created", entity_id="O-1", recorded_at=1_000)
    await world.event("b", topic="order.updated", entity_id="O-1", recorded_at=2_000, site_id=7)
    await world.event("c", topic="cart.created", entity_id=None, entity_ref="C-1", recorded_at=3_000)
    await world.event("x", tenant_id=2)


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, ["c", "b", "a"]),
        ({"page_size": 1, "start_index": 1}, ["b"]),
        ({"start_index": 9}, []),
        ({"sort_by": "createDate"}, ["a", "b", "c"]),
        ({"sort_by": "createdate desc"}, ["c", "b", "a"]),
        ({"filter": "topic eq Order.Created"}, ["a"]),
        ({"filter": "entityId eq O-1"}, ["b", "a"]),
        ({"filter": "entityId eq C-1"}, ["c"]),
        ({"filter": "entityId sw c-"}, ["c"]),
        ({"filter": "entityId eq O-1 and topic eq order.updated"}, ["b"]),
        ({"filter": "topic eq order.created and topic eq cart.created"}, []),
        ({"filter": "topic sw order."}, ["b", "a"]),
        ({"filter": "topic cont created", "sort_by": "createDate asc"}, ["a", "c"]),
        ({"filter": "topic ne cart.created and entityId eq O-1", "page_size": 1, "start_index": 1}, ["a"]),
        ({"filter": "siteId eq 7"}, ["b"]),
        ({"filter": "id eq C"}, ["c"]),
        ({"x_vol_site": "7"}, ["b"]),
        ({"x_vol_site": "8"}, []),
    ],
)
async def test_events_are_pulled_newest_first(world: World, parameters: dict[str, Any], found: list[str]) -> None:
    await some_events(world)
    assert await ids(world, **parameters) == found


@pytest.mark.parametrize(
    ("operator", "found"),
    [("eq", ["b"]), ("gt", ["c"]), ("ge", ["c", "b"]), ("lt", ["a"]), ("le", ["b", "a"]), ("ne", ["c", "a"])],
)
async def test_dates_narrow_the_pulled_events(world: World, operator: str, found: list[str]) -> None:
    later = 4_000_000_000_000_000
    for number, event_id in enumerate("abc"):
        await world.event(event_id, recorded_at=later + number * 1_000)
    assert await ids(world, filter=f"createDate {operator} 2096-10-02T07:06:40.001Z") == found


@pytest.mark.parametrize(
    "bad",
    [
        {"filter": "nosuch eq 1"},
        {"filter": "createDate sw 2026"},
        {"filter": "createDate gt soon"},
        {"sort_by": "topic"},
        {"sort_by": "createDate, createDate"},
        {"page_size": 201},
        {"start_index": -1},
    ],
)
async def test_a_pull_that_cannot_be_is_refused(world: World, bad: dict[str, Any]) -> None:
    reply = await pulled(world, **bad)
    assert (reply.status, reply.body["errorCode"]) == (400, "VALIDATION_CONFLICT")


@pytest.mark.parametrize("prefix", ["api/event/push/subscriptions", "event/push/subscriptions"])
async def test_selected_fields_are_answered_alone(world: World, prefix: str) -> None:
    subscription_id, number = await a_delivery(world)
    for path, fields, expected in (
        (prefix, "totalCount,items(id)", {"totalCount": 1, "items": [{"id": subscription_id}]}),
        (prefix + "/", "items(confirmed)", {"items": [{"confirmed": False}]}),
        (f"{prefix}/{subscription_id}", "TOPICS", {"topics": ["order.*"]}),
        (f"{prefix}/deliveryattempts", "items(id)", {"items": [{"id": number}]}),
        (
            f"{prefix}/{subscription_id}/deliveryattempts",
            "items(deliveryStatus)",
            {"items": [{"deliveryStatus": "Failed"}]},
        ),
        (
            f"{prefix}/{subscription_id}/deliveryattempts/{number}",
            "eventSummary(topic)",
            {"eventSummary": {"topic": "order.created"}},
        ),
    ):
        reply = await world.select(path, fields)
        assert (reply.status, reply.body) == (200, expected)


async def test_fields_are_selected_of_pulled_events_too(world: World) -> None:
    await world.event("order:7")
    assert (await world.select("event/pull", "items(id,tenantId)")).body == {
        "items": [{"id": "order:7", "tenantId": 1}]
    }
    assert (await world.select("api/event/pull/order%3A7", "topic")).body == {"topic": "order.created"}


async def test_a_selection_takes_the_parameters_of_its_read(world: World) -> None:
    await some_events(world)
    reply = await world.select(
        "api/event/pull",
        "startIndex,items(id)",
        filter="topic sw order.",
        sort_by="createDate",
        start_index=1,
        page_size=1,
    )
    assert reply.body == {"startIndex": 1, "items": [{"id": "b"}]}
    assert (await world.select("api/event/pull", "items", filter="nosuch eq 1")).status == 400


async def test_a_selection_without_fields_is_the_whole_answer(world: World) -> None:
    made = await world.create()
    whole = await world.select(f"api/event/push/subscriptions/{made['id']}")
    assert whole.body == {name: value for name, value in made.items() if name not in {"sharedSecret", "signingSecret"}}
    assert whole.headers["etag"] == '"1"'


@pytest.mark.parametrize("path", ["", "api/event", "api/v1/events", "api/event/push/subscriptions/a/b", "admin"])
async def test_only_reads_of_this_dialect_are_selected_from(world: World, path: str) -> None:
    assert (await world.select(path, "id")).status == 404


async def test_a_selection_needs_the_scope_of_its_read(world: World) -> None:
    assert (await world.select("event/pull", "items", token="reader")).status == 403
    assert (await world.select("event/push/subscriptions", "items", token="reader")).status == 200
    assert (await world.select("event/push/subscriptions", "items", token="nobody")).status == 401


@pytest.mark.parametrize("fields", ["items(", "a()", "a b", "x" * 1_025, "a(" * 9 + "b" + ")" * 9])
async def test_a_selection_that_cannot_be_read_is_refused(world: World, fields: str) -> None:
    reply = await world.select("event/push/subscriptions", fields)
    assert (reply.status, reply.body["items"][0]["applicationErrorData"][0]["value"]) == (400, "responseFields")
