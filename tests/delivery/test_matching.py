"""Matching by topic, entity and change, origin and condition; and the reasons of `why`."""

from collections.abc import AsyncIterator
from operator import is_
from typing import Any

import pytest
from google.protobuf import descriptor_pool

from tidings.collector.v1.events_pb2 import Event
from tidings_server.delivery.known_subscriptions import MAX_CACHED
from tidings_server.delivery.matching import Refusal, SubscriptionMatcher, refusal
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.subscription_blocks import BLOCK
from tidings_server.delivery.store.subscriptions import DestinationKind, Subscription
from tidings_server.delivery.subscription_drafts import SubscriptionDraft
from tidings_server.expressions.conditions import Conditions
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.telemetry.metrics import REGISTRY
from tidings_server.platform.turns import Turn
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api, StoredEvent


class Bodies:
    """Events whose shape is what their body says."""

    def event_shape(self, event: StoredEvent) -> Event:
        return Event.FromString(event.body)


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(sqlite_url, clock=ManualClock())
    yield opened
    await opened.close()


@pytest.fixture
def matcher(database: Database) -> SubscriptionMatcher:
    return SubscriptionMatcher(database, Conditions(descriptor_pool.Default(), Event.DESCRIPTOR.full_name), Bodies())


def event(topic: str, **other: Any) -> StoredEvent:
    blank = dict.fromkeys(StoredEvent._fields)
    values = {"seq": 10, "tenant_id": 1, "api": Api.COLLECTOR, "event_id": "e", "topic": topic, "hops": 0}
    return StoredEvent(
        **{**blank, **values, "occurred_at": 1, "recorded_at": 1, "body_hash": b"", "body": b"", **other}
    )


def columns(subscription_id: str, **other: Any) -> dict[str, Any]:
    """A new subscription as the table holds it."""
    draft = SubscriptionDraft(destination=DestinationKind.SQS, endpoint="")
    values: dict[str, Any] = {"id": subscription_id, "tenant_id": 1, "api": Api.PUSH, "version": 1, "after_seq": 0}
    values |= {"is_confirmed": True, "created_at": 0, "created_by": "", "updated_at": 0, "updated_by": ""}
    values |= {"inactive_reason": "", "last_condition_error": "", "request_hash": b""}
    return {**draft.columns(), **values, **other}


async def stored(database: Database, subscription_id: str, **other: Any) -> Subscription:
    async def transaction(conn: Any) -> Subscription:
        await table.bump(conn)
        return await table.add(conn, columns(subscription_id, **other))

    return await database.write_queue.run(transaction)


async def names(matcher: SubscriptionMatcher, about: StoredEvent) -> list[str]:
    found = await matcher.match(await matcher.snapshot([about.tenant_id]), about, Turn())
    return [subscription.id for subscription in found.subscriptions]


async def test_exact_prefix_and_star_each_find_an_event_once_oldest_first(
    database: Database, matcher: SubscriptionMatcher
) -> None:
    for name, topics in (("star", ["*"]), ("both", ["order.*", "order.opened"]), ("exact", ["order.opened"])):
        await stored(database, name, topics=topics)
    assert await names(matcher, event("order.opened")) == ["star", "both", "exact"]
    assert await names(matcher, event("order.closed")) == ["star", "both"]
    assert await names(matcher, event("orders.closed")) == ["star"]
    assert await names(matcher, event("order.opened", tenant_id=2)) == []


@pytest.mark.parametrize("entity", ["audit", "subscription", "delivery", "schedule", "notification"])
async def test_reserved_topics_must_be_named(database: Database, matcher: SubscriptionMatcher, entity: str) -> None:
    await stored(database, "unnamed", topics=["*", f"{entity}.*"])
    await stored(database, "named", topics=[f"{entity}.made"])
    assert await names(matcher, event(f"{entity}.made")) == ["named"]


@pytest.mark.parametrize(
    ("verb", "wanted"),
    [
        ("created", "create"),
        ("opened", "create"),
        ("deleted", "delete"),
        ("updated", "change"),
        ("fulfilled", "change"),
        ("read", None),
        ("fault", None),
        ("warning", None),
        ("system", None),
    ],
)
async def test_a_collector_subscription_gets_the_changes_it_selects(
    database: Database, matcher: SubscriptionMatcher, verb: str, wanted: str | None
) -> None:
    for change in ("create", "change", "delete"):
        await stored(database, change, api=Api.COLLECTOR, entity_type="ORDER", **{f"on_{change}": True})
    assert await names(matcher, event(f"order.{verb}", api=Api.LOYALTY)) == ([wanted] if wanted else [])
    assert await names(matcher, event(f"customer.{verb}")) == []


async def test_a_wishlist_subscription_gets_its_items_too(database: Database, matcher: SubscriptionMatcher) -> None:
    await stored(database, "wishes", api=Api.COLLECTOR, entity_type="WISHLIST", on_create=True)
    for topic in ("wishlist.created", "wishlist_item.created"):
        assert await names(matcher, event(topic)) == ["wishes"]


@pytest.mark.parametrize(
    ("other", "about", "why"),
    [
        ({"is_active": False}, {}, Refusal.INACTIVE),
        ({"after_seq": 10}, {}, Refusal.MADE_LATER),
        ({"topics": ["cart.*"]}, {}, Refusal.OTHER_TOPIC),
        ({"entity_type": "CUSTOMER", "on_create": True}, {}, Refusal.OTHER_ENTITY),
        ({"entity_type": "ORDER", "on_delete": True}, {}, Refusal.OTHER_CHANGE),
        ({"sites": [4, 5]}, {"site_id": 6}, Refusal.OTHER_SITE),
        ({"sites": [4, 5]}, {}, Refusal.OTHER_SITE),
        ({"no_callback": True, "app_id": "shop"}, {"actor": "shop"}, Refusal.NO_CALLBACK),
        ({}, {"api": Api.OPERATION, "root_id": "s-1"}, Refusal.ABOUT_ITSELF),
        ({"sites": [4, 5]}, {"site_id": 5}, None),
        ({"app_id": "shop"}, {"actor": "shop"}, None),
        ({"no_callback": True, "app_id": "shop"}, {"actor": "other"}, None),
        ({}, {"root_id": "s-1"}, None),
    ],
)
async def test_a_refusal_has_its_reason(
    database: Database, other: dict[str, Any], about: dict[str, Any], why: Refusal | None
) -> None:
    subscription = await stored(database, "s-1", **{"topics": ["*"], **other})
    assert refusal(subscription, event("order.created", **about)) is why


async def test_a_replay_reaches_back_before_the_creation(database: Database) -> None:
    subscription = await stored(database, "s-1", topics=["*"], after_seq=10)
    assert refusal(subscription, event("order.created"), is_backlog=True) is None


async def test_conditions_decide_last_and_their_failures_are_reported(
    database: Database, matcher: SubscriptionMatcher
) -> None:
    body = Event(entity_name="ORDER").SerializeToString()
    about = event("order.created", body=body)
    made = {}
    for name, condition in (
        ("holds", "event.entity_name == 'ORDER'"),
        ("false", "topic == 'x'"),
        ("fails", "event.event_payload.key_attributes['x'] == ''"),
    ):
        made[name] = await stored(database, name, topics=["order.*"], condition=condition)
    before = REGISTRY.get_sample_value("tidings_condition_errors_total") or 0
    found = await matcher.match(await matcher.snapshot([1]), about, Turn())
    assert REGISTRY.get_sample_value("tidings_condition_errors_total") == before + 1
    error = 'Key not found in map : "x"'
    assert [each.id for each in found.subscriptions] == ["holds"]
    assert [(each.id, said) for each, said in found.failed] == [("fails", error)]
    said = {name: await matcher.refusal(subscription, about) for name, subscription in made.items()}
    assert said == {"holds": None, "false": "filter false", "fails": f"filter failed: {error}"}
    assert await matcher.refusal(made["holds"], event("cart.created")) == "other topic"


async def test_a_change_shows_in_the_next_snapshot(database: Database, matcher: SubscriptionMatcher) -> None:
    before = await matcher.snapshot([1])
    await stored(database, "s-1", topics=["*"])
    after = await matcher.snapshot([1])
    assert before.candidates(event("a.b")) == []
    assert [each.id for each in after.candidates(event("a.b"))] == ["s-1"]


async def test_the_cache_of_subscriptions_is_bounded(database: Database, matcher: SubscriptionMatcher) -> None:
    async def transaction(conn: Any) -> None:
        await table.bump(conn)
        for number in range(3):
            await table.add(conn, columns(f"s-{number}", tenant_id=number, topics=["*"]))

    await database.write_queue.run(transaction)
    for tenant in range(3):
        await matcher.snapshot([tenant])
    held = matcher._known._by_tenant
    assert list(held) == [0, 1, 2]
    held[1].index.keys += range(MAX_CACHED)
    await matcher.snapshot([2])
    assert list(held) == [2]
    assert [each.id for each in (await matcher.snapshot([1])).candidates(event("a.b", tenant_id=1))] == ["s-1"]


async def test_of_many_subscriptions_only_the_block_of_a_changed_one_is_read_again(
    database: Database, matcher: SubscriptionMatcher
) -> None:
    async def many(conn: Any) -> None:
        await table.bump(conn)
        for number in range(2 * BLOCK):
            await table.add(conn, columns(f"s-{number}", topics=["*"], is_confirmed=False))

    async def change(conn: Any) -> None:
        await table.bump(conn)
        assert await table.change(conn, before[-1], {"topics": ["none"]})

    async def confirm(conn: Any) -> None:
        await table.bump(conn)
        assert await table.confirm(conn, before[0])

    about = event("a.b")
    await database.write_queue.run(many)
    before = (await matcher.snapshot([1])).candidates(about)
    assert len(before) == 2 * BLOCK
    await database.write_queue.run(table.bump)
    assert all(map(is_, before, (await matcher.snapshot([1])).candidates(about))), "another tenant's has changed"
    await database.write_queue.run(change)
    after = (await matcher.snapshot([1])).candidates(about)
    assert [each.id for each in after] == [each.id for each in before[:-1]]
    assert sum(map(is_, before, after)) >= BLOCK - 1
    await database.write_queue.run(confirm)
    assert (await matcher.snapshot([1])).candidates(about)[0] is not before[0], "its version stays"
