"""Lists of push subscriptions, deliveries and events end early where a gRPC client would refuse the whole page."""

from collections.abc import Callable
from functools import partial
from typing import Any

from google.protobuf.message import Message
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.push.api.world import World
from tidings.collector.v1.events_pb2 import Event, EventPayload
from tidings.push.v1 import deliveries_pb2, subscriptions_pb2
from tidings_server.delivery.store.tables import delivery_attempt


async def pages(
    world: World, rpc: str, request: Callable[[int], Message], *, most: int = 30
) -> tuple[list[Any], list[dict[str, Any]]]:
    """All items of a list, and the pages, each from where the one before ended."""
    items: list[Any] = []
    read: list[dict[str, Any]] = []
    while len(read) < most:
        reply = await world.call(rpc, request(len(items)))
        assert reply.status == 200, reply
        read.append(reply.body)
        items += reply.body["items"]
        assert len(reply.body["items"]) <= reply.body["pageSize"]
        if len(items) >= reply.body["totalCount"]:
            break
    return items, read


async def test_events_with_many_properties_end_a_page_early(world: World) -> None:
    attributes = {f"{number:03}": "x" * 1_000 for number in range(200)}
    body = Event(event_payload=EventPayload(key_attributes=attributes)).SerializeToString()
    for number in range(40):
        await world.event(f"e-{number}", body=body)
    items, read = await pages(
        world,
        "EventPullService/ListEvents",
        lambda start: deliveries_pb2.ListEventsRequest(start_index=start, page_size=200),
    )
    assert [item["id"] for item in items] == [f"e-{number}" for number in range(39, -1, -1)]
    assert [page.get("hasMore", False) for page in read] == [True] * (len(read) - 1) + [False]
    assert len(read) >= 3


async def test_deliveries_with_many_attempts_end_a_page_early(world: World) -> None:
    subscription_id = (await world.create())["id"]
    for place in range(100):
        number = await world.deliver(subscription_id, await world.event(f"e-{place}"), tries=50, attempts=50)
        rows = [
            {"delivery_id": number, "number": attempt, "at": attempt, "outcome": "RETRY", "status": 500}
            | {"error_type": "http_status", "answer": "x" * 1_024, "duration_us": 7}
            for attempt in range(1, 51)
        ]
        await world.database.write_queue.run(partial(_add_attempts, rows=rows))
    items, read = await pages(
        world,
        "DeliveryAttemptService/ListDeliveryAttempts",
        lambda start: deliveries_pb2.ListDeliveryAttemptsRequest(start_index=start, page_size=200),
    )
    assert len({item["id"] for item in items}) == len(items) == 100
    assert len(read) == 2


async def _add_attempts(conn: AsyncConnection, *, rows: list[dict[str, Any]]) -> None:
    await conn.execute(insert(delivery_attempt), rows)


async def test_subscriptions_of_many_sites_end_a_page_early(world: World) -> None:
    sites = [subscriptions_pb2.SubscribingSite(site_id=number) for number in range(1, 1_001)]
    tenant = subscriptions_pb2.SubscribingTenant(subscribing_sites=sites)
    for _ in range(60):
        await world.create(subscribing_tenants=[tenant])
    items, read = await pages(
        world,
        "SubscriptionService/ListSubscriptions",
        lambda start: subscriptions_pb2.ListSubscriptionsRequest(start_index=start, page_size=200),
    )
    assert len({item["id"] for item in items}) == len(items) == 60
    assert len(read) >= 2
