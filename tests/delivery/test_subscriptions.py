"""Subscriptions: created once, replaced as a whole, visible to their own tenant only, cut into the log exactly."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Any

import pytest
from google.protobuf import descriptor_pool
from sqlalchemy import select

from tidings.collector.v1.events_pb2 import Event
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.subscriptions import DestinationKind, Subscription
from tidings_server.delivery.store.tables import replay
from tidings_server.delivery.subscription_changes import deactivate_in
from tidings_server.delivery.subscription_drafts import BY_CLIENT, SubscriptionDraft
from tidings_server.delivery.subscription_secrets import MASK, SubscriptionSecrets
from tidings_server.delivery.subscriptions import Subscriptions
from tidings_server.expressions.conditions import Conditions
from tidings_server.log.positions import Positions
from tidings_server.log.ranges import LogRanges
from tidings_server.platform.clock import Ids, ManualClock
from tidings_server.platform.errors import Conflict, InvalidInput, LimitExceeded, LostRace, NotFound, VersionMismatch
from tidings_server.platform.scope import Scope
from tidings_server.platform.sealing import SealBroken, Sealer
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.storage.log.records import Api, EventRecord

COLLECTOR, PUSH = Api.COLLECTOR, Api.PUSH
POSITIONS = Positions(b"k")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def database(database_url: str, clock: ManualClock) -> AsyncIterator[Database]:
    opened = await Database.open(database_url, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
def secrets(clock: ManualClock) -> SubscriptionSecrets:
    return SubscriptionSecrets(Sealer(b"k" * 32), clock)


@pytest.fixture
def subscriptions(database: Database, secrets: SubscriptionSecrets, clock: ManualClock) -> Subscriptions:
    return use_cases(database, secrets, clock)


def use_cases(database: Database, secrets: SubscriptionSecrets, clock: ManualClock, **limits: Any) -> Subscriptions:
    return Subscriptions(
        database,
        backlog=LogRanges(database, POSITIONS, clock),
        conditions=Conditions(descriptor_pool.Default(), Event.DESCRIPTOR.full_name),
        secrets=secrets,
        clock=clock,
        ids=Ids(clock),
        **limits,
    )


def scope(tenant: int = 1, **other: Any) -> Scope:
    return Scope(tenant=tenant, tenant_id="", tenant_name="", actor="ann", app_id="shop", **other)


def queue(**other: Any) -> SubscriptionDraft:
    values: dict[str, Any] = {
        "entity_type": "ORDER",
        "on_create": True,
        "destination": DestinationKind.SQS,
        "endpoint": "https://sqs.eu-west-1.amazonaws.com/123456789012/orders",
        "region": "eu-west-1",
        "access_key": "AKIA",
        "secret": "first secret",
        **other,
    }
    values.setdefault("request_hash", sha256(repr(sorted(values.items())).encode()).digest())
    return SubscriptionDraft(**values)


def hook(**other: Any) -> SubscriptionDraft:
    values: dict[str, Any] = {
        "entity_type": None,
        "on_create": False,
        "topics": ("order.*",),
        "destination": DestinationKind.WEBHOOK,
        "endpoint": "https://example.com/hook",
        "region": "",
        "access_key": "",
        **other,
    }
    return queue(**values)


def event(number: int) -> EventRecord:
    blank = dict.fromkeys(EventRecord._fields)
    values = {"tenant_id": 1, "api": COLLECTOR, "event_id": f"e{number}", "topic": "order.created", "hops": 0}
    return EventRecord(**{**blank, **values, "occurred_at": 1, "recorded_at": 0, "body_hash": b"", "body": b""})  # type: ignore[arg-type]


async def version_of(database: Database) -> int:
    async with database.read() as conn:
        return await table.current_version(conn)


async def topics_logged(database: Database) -> list[str]:
    async with database.read() as conn:
        return [stored.topic for stored in await events.page(conn, after=0, limit=100)]


async def test_a_subscription_is_visible_to_its_own_tenant_and_api_only(subscriptions: Subscriptions) -> None:
    made = (
        await subscriptions.create(scope(), COLLECTOR, queue(id="s-1", extra={"a": [1]}, sites=(3, 4)))
    ).subscription
    assert await subscriptions.get(scope(), COLLECTOR, "s-1") == made
    assert (made.extra, made.sites, made.version, made.created_by) == ({"a": [1]}, (3, 4), 1, "ann")
    for who, api in ((scope(2), COLLECTOR), (scope(), PUSH)):
        with pytest.raises(NotFound):
            await subscriptions.get(who, api, "s-1")
        with pytest.raises(NotFound):
            await subscriptions.update(who, api, queue(id="s-1"))
        with pytest.raises(NotFound):
            await subscriptions.deactivate(who, api, "s-1")
        assert await subscriptions.list_all(who, api) == []


async def test_a_repeat_answers_what_is_stored_and_another_body_is_refused(
    subscriptions: Subscriptions, database: Database
) -> None:
    first = await subscriptions.create(scope(), COLLECTOR, queue(id="s-1"))
    version = await version_of(database)
    again = await subscriptions.create(scope(), COLLECTOR, queue(id="s-1"))
    assert (first.is_repeat, again.is_repeat, again.subscription) == (False, True, first.subscription)
    with pytest.raises(Conflict):
        await subscriptions.create(scope(), COLLECTOR, queue(id="s-1", on_delete=True))
    assert await version_of(database) == version
    other_tenant = await subscriptions.create(scope(2), COLLECTOR, queue(id="s-1", on_delete=True))
    assert not other_tenant.is_repeat


async def test_without_an_id_the_one_reserved_for_the_key_is_used(subscriptions: Subscriptions) -> None:
    made = await subscriptions.create(scope(reserved_id="kept-for-the-key"), COLLECTOR, queue())
    assert made.subscription.id == "kept-for-the-key"
    assert (await subscriptions.create(scope(reserved_id="kept-for-the-key"), COLLECTOR, queue())).is_repeat
    assert len((await subscriptions.create(scope(), COLLECTOR, queue())).subscription.id) == 36


async def test_an_update_replaces_all_that_a_client_sets(subscriptions: Subscriptions, clock: ManualClock) -> None:
    draft = queue(id="s-1", condition="topic != ''", ordered=True)
    made = (await subscriptions.create(scope(), COLLECTOR, draft)).subscription
    clock.advance(timedelta(seconds=1))
    changed = await subscriptions.update(scope(), COLLECTOR, queue(id="s-1", on_delete=True, max_concurrency=5))
    assert (changed.on_delete, changed.max_concurrency, changed.condition, changed.ordered) == (True, 5, "", False)
    assert (changed.version, changed.after_seq, changed.created_at) == (2, made.after_seq, made.created_at)
    assert changed.updated_at == made.updated_at + 1_000_000


async def test_if_match_allows_the_versions_it_names(subscriptions: Subscriptions) -> None:
    await subscriptions.create(scope(), COLLECTOR, queue(id="s-1"))
    await subscriptions.update(scope(), COLLECTOR, queue(id="s-1"), if_match=frozenset({1, 7}))
    for versions in (frozenset({1}), frozenset[int]()):
        with pytest.raises(VersionMismatch):
            await subscriptions.update(scope(), COLLECTOR, queue(id="s-1"), if_match=versions)
        with pytest.raises(VersionMismatch):
            await subscriptions.delete(scope(), COLLECTOR, "s-1", if_match=versions)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (queue(condition="event.nosuch"), "condition"),
        (hook(topics=("order.created", "Order.*")), "topics[1]"),
        (queue(start_from="soon"), "startFrom"),
        (queue(start_from="2026-01-01"), "startFrom"),
        (queue(start_from="2026-01-01T00:00:01Z"), "startFrom"),
        (queue(start_from=POSITIONS.print(2, 0)), "startFrom"),
    ],
)
async def test_a_refused_request_stores_nothing(
    subscriptions: Subscriptions, database: Database, draft: SubscriptionDraft, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await subscriptions.create(scope(), COLLECTOR, draft)
    assert refused.value.violations[0].field == field
    assert await subscriptions.list_all(scope(), COLLECTOR) == []
    assert await version_of(database) == 0


async def test_a_tenant_has_a_bounded_number(
    database: Database, secrets: SubscriptionSecrets, clock: ManualClock
) -> None:
    subscriptions = use_cases(database, secrets, clock, most_of=lambda _tenant: 1)
    await subscriptions.create(scope(), COLLECTOR, queue(id="s-1"))
    with pytest.raises(LimitExceeded):
        await subscriptions.create(scope(), COLLECTOR, queue(id="s-2"))
    await subscriptions.delete(scope(), COLLECTOR, "s-1")
    await subscriptions.create(scope(), COLLECTOR, queue(id="s-2"))


async def test_only_events_after_its_creation_or_start_are_its_own(
    subscriptions: Subscriptions, database: Database
) -> None:
    await database.write_queue.append([event(number) for number in range(3)])
    made = (await subscriptions.create(scope(), COLLECTOR, queue(id="s-1"))).subscription
    await database.write_queue.append([event(3)])
    stopped = await subscriptions.deactivate(scope(), COLLECTOR, "s-1")
    await database.write_queue.append([event(4)])
    started = await subscriptions.reactivate(scope(), COLLECTOR, "s-1")
    assert (made.after_seq, stopped.after_seq) == (3, 3)
    assert started.after_seq == 6  # 4 events, the deactivation's own, and one more


async def test_start_from_replays_the_backlog_up_to_where_live_routing_begins(
    subscriptions: Subscriptions, database: Database, clock: ManualClock
) -> None:
    for number in range(5):
        await database.write_queue.append([event(number)])
        clock.advance(timedelta(minutes=1))
    starts = {
        "position": POSITIONS.print(1, 2),
        "time": "2026-01-01T01:02:00+01:00",  # as event 3 was recorded
        "the beginning": "2020-01-01T00:00:00Z",
        "nothing left": POSITIONS.print(1, 5),
    }
    made = {
        name: (await subscriptions.create(scope(), COLLECTOR, queue(id=f"s-{number}", start_from=start))).subscription
        for number, (name, start) in enumerate(starts.items())
    }
    async with database.read() as conn:
        asked = {row.subscription_key: row for row in await conn.execute(select(replay))}
    ranges = {name: asked[each.key] for name, each in made.items() if each.key in asked}
    assert {name: (row.position, row.to_seq) for name, row in ranges.items()} == {
        "position": (2, 5),
        "time": (2, 5),
        "the beginning": (0, 5),
    }
    assert all(row.is_start and row.tenant_id == 1 for row in ranges.values())
    assert {each.after_seq for each in made.values()} == {5}
    with pytest.raises(InvalidInput):
        await subscriptions.update(scope(), COLLECTOR, queue(id="s-1", start_from=starts["position"]))


async def test_a_deactivation_is_one_event(subscriptions: Subscriptions, database: Database) -> None:
    await subscriptions.create(scope(), COLLECTOR, queue(id="s-1"))
    stopped = await subscriptions.deactivate(scope(), COLLECTOR, "s-1")
    assert await subscriptions.deactivate(scope(), COLLECTOR, "s-1") == stopped
    assert (stopped.is_active, stopped.inactive_reason) == (False, BY_CLIENT)
    assert await topics_logged(database) == ["subscription.deactivated"]
    started = await subscriptions.update(scope(), COLLECTOR, queue(id="s-1"))
    assert (started.is_active, started.inactive_reason) == (True, "")
    await subscriptions.update(scope(), COLLECTOR, queue(id="s-1", is_active=False))
    assert await topics_logged(database) == ["subscription.deactivated"] * 2


async def test_delivery_stops_only_a_subscription_that_was_not_changed(
    subscriptions: Subscriptions, database: Database, clock: ManualClock
) -> None:
    made = (await subscriptions.create(scope(), PUSH, hook(id="s-1"))).subscription
    repaired = await subscriptions.update(scope(), PUSH, hook(id="s-1", endpoint="https://example.com/new"))
    for read, is_active in ((made, True), (repaired, False)):
        await database.write_queue.run(
            partial(deactivate_in, stored=read, reason="gone", at_us=clock.now_us(), event_id=Ids(clock).uuid7())
        )
        assert (await subscriptions.get(scope(), PUSH, "s-1")).is_active is is_active
    assert (await subscriptions.get(scope(), PUSH, "s-1")).inactive_reason == "gone"
    assert await topics_logged(database) == ["subscription.deactivated"]


async def test_a_deleted_one_is_unknown_and_keeps_its_id(subscriptions: Subscriptions) -> None:
    await subscriptions.create(scope(), PUSH, hook(id="s-1"))
    await subscriptions.delete(scope(), PUSH, "s-1")
    for call in (subscriptions.get, subscriptions.delete, subscriptions.reactivate):
        with pytest.raises(NotFound):
            await call(scope(), PUSH, "s-1")
    with pytest.raises(Conflict):
        await subscriptions.create(scope(), PUSH, hook(id="s-1"))


async def test_a_new_endpoint_must_be_confirmed_again(subscriptions: Subscriptions) -> None:
    made = (await subscriptions.create(scope(), PUSH, hook(id="s-1"))).subscription
    confirmed = await subscriptions.confirm(scope(), made)
    assert (made.is_confirmed, confirmed.is_confirmed, confirmed.version) == (False, True, 1)
    assert (await subscriptions.update(scope(), PUSH, hook(id="s-1", no_callback=True))).is_confirmed
    moved = await subscriptions.update(scope(), PUSH, hook(id="s-1", endpoint="https://example.com/new"))
    assert not moved.is_confirmed
    with pytest.raises(LostRace):
        await subscriptions.confirm(scope(), made)


async def test_an_aws_secret_is_kept_under_the_mask_and_replaced_at_once(
    subscriptions: Subscriptions, secrets: SubscriptionSecrets
) -> None:
    stored = (await subscriptions.create(scope(), COLLECTOR, queue(id="s-1"))).subscription
    assert b"first secret" not in (stored.sealed_secret or b"")
    for sent, active in ((MASK, "first secret"), ("", "first secret"), ("second", "second")):
        stored = await subscriptions.update(scope(), COLLECTOR, queue(id="s-1", secret=sent))
        assert secrets.active(stored) == (active,)


async def test_both_secrets_of_a_webhook_sign_for_a_day(
    subscriptions: Subscriptions, secrets: SubscriptionSecrets, clock: ManualClock
) -> None:
    made = await subscriptions.create(scope(), PUSH, hook(id="s-1", secret=""))
    assert secrets.active(made.subscription) == (made.generated_secret,)
    same = await subscriptions.update(scope(), PUSH, hook(id="s-1", secret=made.generated_secret))
    assert same.sealed_old_secret is None
    rotated = await subscriptions.update(scope(), PUSH, hook(id="s-1", secret="the next secret"))
    assert secrets.active(rotated) == ("the next secret", made.generated_secret)
    clock.advance(timedelta(hours=24))
    assert secrets.active(rotated) == ("the next secret",)


async def test_a_sealed_secret_does_not_open_for_another_subscription(
    subscriptions: Subscriptions, secrets: SubscriptionSecrets
) -> None:
    stored = (await subscriptions.create(scope(), COLLECTOR, queue(id="s-1"))).subscription
    for stolen in (replace(stored, id="s-2"), replace(stored, tenant_id=2), replace(stored, api=PUSH)):
        with pytest.raises(SealBroken):
            secrets.active(stolen)


async def test_a_failing_condition_is_noted_once_a_minute(
    subscriptions: Subscriptions, database: Database, clock: ManualClock
) -> None:
    stored: Subscription = (await subscriptions.create(scope(), COLLECTOR, queue(id="s-1"))).subscription
    for error, noted in (("first", "first"), ("second", "first"), ("third", "third")):
        await database.write_queue.run(
            partial(table.note_condition_error, key=stored.key, error=error, at_us=clock.now_us())
        )
        assert (await subscriptions.get(scope(), COLLECTOR, "s-1")).last_condition_error == noted
        clock.advance(timedelta(seconds=30))
    cleared = await subscriptions.update(scope(), COLLECTOR, queue(id="s-1", condition="true"))
    assert (cleared.last_condition_error, cleared.last_condition_error_at) == ("", None)


async def test_the_list_holds_active_subscriptions_oldest_first(subscriptions: Subscriptions) -> None:
    for name in ("c", "a", "b"):
        await subscriptions.create(scope(), COLLECTOR, queue(id=name, is_active=name != "a"))
    assert [each.id for each in await subscriptions.list_all(scope(), COLLECTOR)] == ["c", "b"]
