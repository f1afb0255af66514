"""Lists of the push dialect as the database gives them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import insert

from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.store.tables import delivery, delivery_attempt
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.errors import InvalidInput
from tidings_server.push.store import deliveries as push_deliveries
from tidings_server.push.store import listings, pages
from tidings_server.push.store.deliveries import DeliveryScope, ListedDelivery
from tidings_server.push.store.filters import Comparison, Operator, Ordering
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.storage.log.records import Api, EventRecord

SECOND_US = 1_000_000
ALL = DeliveryScope(tenant_id=1)
T0 = 1_767_225_600 * SECOND_US  # 2026-01-01T00:00:00Z


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(database_url, clock=ManualClock())
    yield opened
    await opened.close()


async def add_subscription(database: Database, number: int, **other: Any) -> Subscription:
    """A subscription with the id `00…0<number>`, created `number` seconds after T0."""
    at = T0 + number * SECOND_US
    who = {"created_at": at, "created_by": "ann", "updated_at": at, "updated_by": "bob"}
    is_on = {"is_active": True, "is_confirmed": False, "on_create": False, "on_change": False, "on_delete": False}
    values: dict[str, Any] = {
        "id": f"{number:032x}",
        "tenant_id": 1,
        "api": Api.PUSH,
        "version": 1,
        **who,
        **is_on,
        "topics": ("order.*",),
        "sites": (),
        "condition": "",
        "app_id": "shop",
        "no_callback": False,
        "after_seq": 0,
        "destination": "WEBHOOK",
        "endpoint": f"https://x.test/{number}",
        "region": "",
        "access_key": "",
        "content_type": "application/json",
        "ordered": False,
        "ordered_max_wait_s": 3600,
        "max_concurrency": 32,
        "max_per_second": 0,
        "inactive_reason": "",
        "last_condition_error": "",
        "extra": {},
        "request_hash": b"",
        **other,
    }
    return await database.write_queue.run(lambda conn: table.add(conn, values))


async def add_event(database: Database, number: int, **other: Any) -> int:
    """The position of an event with the id `0…0-<number>`."""
    blank = dict.fromkeys(EventRecord._fields)
    values = {"tenant_id": 1, "api": Api.COLLECTOR, "topic": "order.created", "entity_id": f"O-{number}", "hops": 0}
    event_id = f"00000000-0000-0000-0000-{number:012}"
    stamp = {"event_id": event_id, "occurred_at": T0, "recorded_at": T0, "body_hash": b"", "body": b""}
    record = EventRecord(**{**blank, **values, **stamp, **other})

    async def transaction(conn: Any) -> int:
        [seq] = await events.append_in(conn, [record])
        return int(seq)

    return await database.write_queue.run(transaction)


async def add_delivery(database: Database, subscription: Subscription, seq: int, **other: Any) -> int:
    values: dict[str, Any] = {
        "tenant_id": subscription.tenant_id,
        "subscription_key": subscription.key,
        "seq": seq,
        "replay_id": "",
        "state": "PENDING",
        "priority": 0,
        "attempts": 0,
        "tries": 0,
        "due_at": T0,
        "lease_until": 0,
        "created_at": T0 + seq,
        "updated_at": T0 + seq,
        "reason": "",
        **other,
    }

    async def transaction(conn: Any) -> int:
        return int((await conn.execute(insert(delivery).values(values).returning(delivery.c.id))).scalar_one())

    return await database.write_queue.run(transaction)


async def add_attempt(database: Database, delivery_id: int, number: int, **other: Any) -> None:
    values: dict[str, Any] = {
        "delivery_id": delivery_id,
        "number": number,
        "at": T0 + number * SECOND_US,
        "outcome": "RETRY",
        "status": 500,
        "error_type": "http_status",
        "answer": "no",
        "duration_us": 5,
        **other,
    }
    await database.write_queue.run(lambda conn: conn.execute(insert(delivery_attempt).values(values)))


async def listed(database: Database, **other: Any) -> pages.OffsetPage[Subscription]:
    options: dict[str, Any] = {"site_id": None, "comparisons": (), "orderings": (), "offset": 0, "limit": 20, **other}
    async with database.read() as conn:
        return await listings.subscriptions(conn, 1, **options)


async def numbers(database: Database, **other: Any) -> list[int]:
    return [int(subscription.id, 16) for subscription in (await listed(database, **other)).items]


async def deliveries(
    database: Database,
    wanted: DeliveryScope = ALL,
    *,
    offset: int = 0,
    limit: int = 20,
    **other: Any,
) -> pages.OffsetPage[ListedDelivery]:
    options: dict[str, Any] = {"comparisons": (), "orderings": (), **other}
    async with database.read() as conn:
        return await push_deliveries.deliveries(conn, wanted, offset=offset, limit=limit, **options)


async def ids(database: Database, wanted: DeliveryScope = ALL, **other: Any) -> list[int]:
    return [row.id for row in (await deliveries(database, wanted, **other)).items]


async def test_a_tenants_push_subscriptions_are_listed_and_no_others(database: Database) -> None:
    await add_subscription(database, 1)
    await add_subscription(database, 2, tenant_id=2)
    await add_subscription(database, 3, api=Api.COLLECTOR)
    await add_subscription(database, 4, deleted_at=T0)
    await add_subscription(database, 5, is_active=False)
    assert await numbers(database) == [1, 5]


async def test_pages_put_together_are_the_whole_list(database: Database) -> None:
    for number in range(1, 8):
        await add_subscription(database, number, endpoint=f"https://x.test/{number % 2}")
    by_endpoint = [Ordering("endpoint", descending=True)]
    whole = await numbers(database, orderings=by_endpoint)
    assert whole == [1, 3, 5, 7, 2, 4, 6]
    assert [
        number
        for offset in (0, 3, 6)
        for number in await numbers(database, orderings=by_endpoint, offset=offset, limit=3)
    ] == whole
    page = await listed(database, offset=7)
    assert (list(page.items), page.total, page.is_lower_bound) == ([], 7, False)


@pytest.mark.parametrize(
    ("field", "operator", "value", "found"),
    [
        ("topics", "eq", "ORDER.opened", [2]),
        ("topics", "sw", "order", [1, 2]),
        ("isActive", "eq", "false", [3]),
        ("confirmed", "eq", "false", [1, 2, 3]),
        ("id", "eq", "00000000-0000-0000-0000-000000000003", [3]),
        ("endpoint", "cont", "x.test/2", [2]),
        ("createDate", "gt", "2026-01-01T00:00:01Z", [2, 3]),
        ("apiVersion", "eq", "1", [1, 2, 3]),
        ("notificationDeliveryType", "eq", "HTTP", [1, 2, 3]),
        ("notificationDeliveryType", "ne", "http", []),
        ("subscribingTenants.isActive", "eq", "true", [1, 2]),
        ("subscribingTenants.isActive", "ne", "True", [3]),
        ("subscribingTenants.tenantId", "eq", "1", [1, 2, 3]),
        ("subscribingTenants.subscribingSites.siteId", "eq", "7", [3]),
        ("updateBy", "eq", "Bob", [1, 2, 3]),
    ],
)
async def test_subscriptions_are_filtered(
    database: Database, field: str, operator: str, value: str, found: list[int]
) -> None:
    on, off = {"isTenantActive": True}, {"isTenantActive": False}
    await add_subscription(database, 1, extra=on)
    await add_subscription(database, 2, topics=("cart.created", "order.opened"), extra=on)
    await add_subscription(database, 3, topics=("*",), sites=(6, 7), is_active=False, extra=off)
    assert await numbers(database, comparisons=[Comparison(field, Operator(operator), value)]) == found


@pytest.mark.parametrize("field", ["apiVersion", "subscribingTenants.tenantId", "isActive", "id"])
async def test_every_single_valued_field_sorts(database: Database, field: str) -> None:
    for number in (1, 2):
        await add_subscription(database, number)
    assert await numbers(database, orderings=[Ordering(field)]) == [1, 2]


async def test_a_site_sees_the_subscriptions_that_get_its_events(database: Database) -> None:
    await add_subscription(database, 1)
    await add_subscription(database, 2, sites=(7,))
    await add_subscription(database, 3, sites=(8,))
    await add_subscription(database, 4, sites=(-1,))
    assert await numbers(database, site_id=7) == [1, 2]


async def test_totals_are_counted_up_to_a_bound(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MAX_TOTAL", 2)
    monkeypatch.setattr(pages, "MAX_OFFSET", 3)
    for number in range(1, 3):
        await add_subscription(database, number)
    exact = await listed(database, offset=1_000_000)
    assert (list(exact.items), exact.total, exact.is_lower_bound) == ([], 2, False)
    await add_subscription(database, 3)
    bound = await listed(database, offset=2)
    assert ([int(each.id, 16) for each in bound.items], bound.total, bound.is_lower_bound) == ([3], 2, True)
    with pytest.raises(InvalidInput) as caught:
        await listed(database, offset=4)
    assert caught.value.violations[0].field == "startIndex"


async def test_deliveries_of_a_subscription_come_newest_event_first(database: Database) -> None:
    one, other = await add_subscription(database, 1), await add_subscription(database, 2)
    seqs = [await add_event(database, number) for number in (1, 2, 3)]
    first, second, third = [await add_delivery(database, one, seq) for seq in seqs]
    elsewhere = await add_delivery(database, other, seqs[0])
    replayed = await add_delivery(database, one, seqs[1], replay_id="r")
    assert await ids(database, DeliveryScope(1, one.key)) == [third, replayed, second, first]
    assert await ids(database) == [replayed, elsewhere, third, second, first]


async def test_deliveries_of_other_tenants_and_apis_are_not_listed(database: Database) -> None:
    seq = await add_event(database, 1)
    await add_delivery(database, await add_subscription(database, 1, tenant_id=2), seq)
    await add_delivery(database, await add_subscription(database, 2, api=Api.COLLECTOR), seq)
    assert await ids(database) == []


@pytest.mark.parametrize(
    ("field", "operator", "value", "found"),
    [
        ("deliveryStatus", "eq", "failed", [1]),
        ("deliveryStatus", "ne", "Pending", [1, 2, 3]),
        ("eventSummary.eventId", "eq", "00000000000000000000000000000002", [2]),
        ("eventSummary.topic", "sw", "cart.", [3]),
        ("eventSummary.entityId", "eq", "o-1", [1]),
        ("eventSummary.siteId", "eq", "9", [3]),
        ("lastExecutionDate", "eq", "2026-01-01T00:00:02Z", [1]),
        ("nextExecutionDate", "ge", "2026-01-01", [0, 1]),
        ("id", "lt", "0", []),
    ],
)
async def test_deliveries_are_filtered(
    database: Database, field: str, operator: str, value: str, found: list[int]
) -> None:
    made = await four_deliveries(database)
    assert await ids(database, comparisons=[Comparison(field, Operator(operator), value)]) == [
        made[index] for index in reversed(found)
    ]


async def four_deliveries(database: Database) -> list[int]:
    """One that waits, one that failed twice, one that was sent, one that expired (another topic and site)."""
    subscription = await add_subscription(database, 1)
    seqs = [await add_event(database, number) for number in range(3)]
    seqs.append(await add_event(database, 3, topic="cart.created", site_id=9))
    states: list[dict[str, Any]] = [{}, {"tries": 2}, {"state": "SUCCEEDED"}, {"state": "EXPIRED"}]
    made = [await add_delivery(database, subscription, seq, **state) for seq, state in zip(seqs, states, strict=True)]
    for number in (1, 2):
        await add_attempt(database, made[1], number)
    return made


async def test_deliveries_of_one_sites_events_are_listed(database: Database) -> None:
    made = await four_deliveries(database)
    assert await ids(database, DeliveryScope(1, None, 9)) == [made[3]]


async def test_deliveries_are_sorted(database: Database) -> None:
    made = await four_deliveries(database)
    assert await ids(database, orderings=[Ordering("createDate")]) == made
    assert await ids(database, orderings=[Ordering("deliveryStatus")]) == [made[3], made[1], made[0], made[2]]


async def test_a_list_that_is_not_scanned_whole_has_a_lower_bound(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await four_deliveries(database)
    page = await deliveries(database)
    assert (page.total, page.is_lower_bound) == (4, False)
    monkeypatch.setattr(push_deliveries, "MAX_SCANNED", 3)
    page = await deliveries(database)
    assert ([row.id for row in page.items], page.total, page.is_lower_bound) == (made[:0:-1], 3, True)


async def test_a_delivery_shows_its_newest_attempts_oldest_first(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_deliveries, "LISTED_ATTEMPTS", 2)
    subscription = await add_subscription(database, 1)
    delivery_id = await add_delivery(database, subscription, await add_event(database, 1), tries=3)
    for number in (1, 2, 3):
        await add_attempt(database, delivery_id, number)
    [row] = (await deliveries(database)).items
    assert [attempt.at for attempt in row.attempts] == [T0 + 2 * SECOND_US, T0 + 3 * SECOND_US]
    assert (row.last_attempt_at, row.next_attempt_at, row.status) == (T0 + 3 * SECOND_US, T0, "Failed")
    async with database.read() as conn:
        shown = await push_deliveries.delivery_of(
            conn, DeliveryScope(1), subscription_id=subscription.id, delivery_id=delivery_id
        )
        assert shown is not None
        assert len(shown.attempts) == 3
        for tenant_id, subscription_id in ((2, subscription.id), (1, "f" * 32)):
            assert not await push_deliveries.delivery_of(
                conn, DeliveryScope(tenant_id), subscription_id=subscription_id, delivery_id=delivery_id
            )
