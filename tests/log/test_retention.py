"""Forgetting old events."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, Table, func, insert, literal, select, update
from sqlalchemy.event import listen, remove
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.log.counting_consumer import Counting, make_tables
from tests.support.deliveries import World
from tests.support.events import record
from tests.support.shards import projections
from tidings_server.composition.retention import retention_ports
from tidings_server.delivery.store.tables import delivery, delivery_attempt, replay
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.log.positions import Positions
from tidings_server.log.retention import BOUNDS, Retention
from tidings_server.log.search import Search, SearchQuery
from tidings_server.log.search_projection import search_runner
from tidings_server.log.store.tables import search_event
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.workflow.search_projection import RecordProjection

DAYS = 30
TENANT = 7


@pytest.fixture
def projection(database: Database, clock: ManualClock) -> ConsumerRunner:
    return search_runner(database, clock)


@pytest.fixture
def records(database: Database, clock: ManualClock) -> RecordProjection:
    return RecordProjection(database, clock)


@pytest.fixture
def retention(
    database: Database, clock: ManualClock, projection: ConsumerRunner, records: RecordProjection
) -> Retention:
    return Retention(database, retention_ports(*projections(database, clock, projection, records)), clock, days=DAYS)


async def project(*projections: ConsumerRunner | RecordProjection) -> None:
    for projection in projections:
        runner = projection.runner if isinstance(projection, RecordProjection) else projection
        while await runner.run_once():
            pass


async def left(database: Database) -> list[int]:
    async with database.read() as conn:
        return [event.seq for event in await events.page(conn, after=0, limit=10_000)]


async def count(database: Database, table: Table) -> int:
    async with database.read() as conn, database.read_search() as search_conn:
        reader = search_conn if table is search_event else conn
        return int((await reader.execute(select(func.count()).select_from(table))).scalar_one())


async def old_events(database: Database, clock: ManualClock, number: int, **changes: Any) -> None:
    """Events that have just become too old, and a new one."""
    await database.write_queue.append([record(tenant_id=TENANT, **changes) for _ in range(number)])
    clock.advance(timedelta(days=DAYS, seconds=1))
    await database.write_queue.append([record(tenant_id=TENANT)])


async def test_only_expired_events_are_removed(
    database: Database,
    clock: ManualClock,
    retention: Retention,
    projection: ConsumerRunner,
    records: RecordProjection,
) -> None:
    old = BOUNDS[database.dialect].events * 2 + 7
    await old_events(database, clock, old)
    await project(projection, records)

    assert await retention.run_once() == old
    assert await left(database) == [old + 1]
    assert await count(database, search_event) == 1
    [found] = (await Search(database, projection, Positions(b"k")).find(TENANT, SearchQuery())).events
    assert found.seq == old + 1
    assert await retention.run_once() == 0


async def test_events_are_removed_where_another_process_fills_the_search(
    database: Database, clock: ManualClock, projection: ConsumerRunner, records: RecordProjection
) -> None:
    """The runners of who does the housekeeping have never run."""
    await old_events(database, clock, 3)
    await project(projection, records)
    never_run = search_runner(database, clock), RecordProjection(database, clock)
    ports = retention_ports(*projections(database, clock, *never_run))
    assert await Retention(database, ports, clock, days=DAYS).run_once() == 3


async def test_numbers_go_on_after_all_events_are_removed(
    database: Database,
    clock: ManualClock,
    retention: Retention,
    projection: ConsumerRunner,
    records: RecordProjection,
) -> None:
    await database.write_queue.append([record("a"), record("b")])
    clock.advance(timedelta(days=DAYS, seconds=1))
    await project(projection, records)
    await retention.run_once()

    [again] = await database.write_queue.append([record("a")])

    assert (again.seq, again.existing) == (3, None)


async def test_no_event_is_removed_before_every_consumer_has_passed_it(
    database: Database,
    clock: ManualClock,
    retention: Retention,
    projection: ConsumerRunner,
    records: RecordProjection,
) -> None:
    await make_tables(database)
    await old_events(database, clock, 10)
    await project(projection, records)
    runner = ConsumerRunner(Counting(most=4), feed=LogFeed(database), database=database, clock=clock)

    await runner.run_once()
    assert await retention.run_once() == 4
    await runner.run_once()
    assert await retention.run_once() == 4
    assert await left(database) == [9, 10, 11]


async def test_no_event_is_removed_before_it_is_projected(
    database: Database, clock: ManualClock, retention: Retention
) -> None:
    await old_events(database, clock, 10)

    assert await retention.run_once() == 0


async def test_an_event_that_waits_for_a_retry_is_kept(
    database: Database,
    clock: ManualClock,
    retention: Retention,
    projection: ConsumerRunner,
    records: RecordProjection,
) -> None:
    await make_tables(database)
    await database.write_queue.append([record(name, entity_id=name[0]) for name in ("a1", "b1", "a2")])
    consumer = Counting(failing={"a1"})
    runner = ConsumerRunner(consumer, feed=LogFeed(database), database=database, clock=clock)
    await runner.run_once()
    clock.advance(timedelta(days=DAYS, seconds=1))
    await project(projection, records)

    assert await retention.run_once() == 1
    assert await left(database) == [1, 3]
    consumer.failing.clear()
    while await runner.run_once():
        pass
    assert await retention.run_once() == 2


async def test_deliveries_go_with_their_events_but_what_is_pending_keeps_its_event(
    database: Database,
    clock: ManualClock,
    retention: Retention,
    projection: ConsumerRunner,
    records: RecordProjection,
) -> None:
    world = World(database, clock)
    subscription = await world.subscription(tenant_id=TENANT)
    await old_events(database, clock, 3)
    await world.queue(subscription, [1, 2, 3])
    await project(projection, records)

    async def end(conn: Any) -> None:
        await conn.execute(update(delivery).where(delivery.c.seq != 2).values(state="SUCCEEDED"))
        [first] = (await conn.execute(select(delivery.c.id).where(delivery.c.seq == 1))).scalars()
        await conn.execute(
            insert(delivery_attempt).values(
                delivery_id=first, number=1, at=1, outcome="DELIVERED", error_type="", answer="", duration_us=1
            )
        )

    await database.write_queue.run(end)

    assert await retention.run_once() == 2
    assert await left(database) == [2, 4]
    assert await count(database, delivery) == 1
    assert await count(database, delivery_attempt) == 0


async def test_more_deliveries_than_a_transaction_removes_go_with_their_events(
    database: Database,
    clock: ManualClock,
    retention: Retention,
    projection: ConsumerRunner,
    records: RecordProjection,
) -> None:
    world = World(database, clock)
    subscription = await world.subscription(tenant_id=TENANT)
    old = BOUNDS[database.dialect].dependents * 2 + 1
    await old_events(database, clock, old)
    await world.queue(subscription, list(range(1, old + 2)))
    await project(projection, records)

    async def end(conn: AsyncConnection) -> None:
        await conn.execute(update(delivery).where(delivery.c.seq <= old).values(state="SUCCEEDED"))
        given = {"number": 1, "at": 1, "outcome": "DELIVERED", "error_type": "", "answer": "", "duration_us": 1}
        ids = select(delivery.c.id, *(literal(value) for value in given.values())).where(delivery.c.seq <= old)
        await conn.execute(insert(delivery_attempt).from_select(["delivery_id", *given], ids))

    await database.write_queue.run(end)

    assert await retention.run_once() == old
    assert await count(database, delivery) == 1
    assert await count(database, delivery_attempt) == 0


async def test_events_of_many_tenants_take_no_more_statements_than_those_of_one(
    database: Database,
    clock: ManualClock,
    retention: Retention,
    projection: ConsumerRunner,
    records: RecordProjection,
) -> None:
    taken = []
    for tenants in (1, 40):
        await database.write_queue.append([record(tenant_id=TENANT + number % tenants) for number in range(40)])
        clock.advance(timedelta(days=DAYS, seconds=1))
        await project(projection, records)
        with counted_statements() as statements:
            assert await retention.run_once() == 40
        taken.append(len(statements))
    assert taken[0] == taken[1]


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """The statements of this process that write; those of one call with many rows are one."""
    statements: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        statements.extend([statement] if statement.startswith(("DELETE", "UPDATE")) else [])

    listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        remove(Engine, "before_cursor_execute", note)


async def test_no_event_is_removed_that_a_replay_still_needs(
    database: Database,
    clock: ManualClock,
    retention: Retention,
    projection: ConsumerRunner,
    records: RecordProjection,
) -> None:
    world = World(database, clock)
    subscription = await world.subscription(tenant_id=TENANT)
    await old_events(database, clock, 10)
    await project(projection, records)
    values = {"id": "r", "tenant_id": TENANT, "subscription_key": subscription.key, "is_start": False, "created_at": 1}
    await database.write_queue.run(
        lambda conn: conn.execute(insert(replay).values(**values, position=6, to_seq=9, finished_at=None))
    )

    assert await retention.run_once() == 6
    await database.write_queue.run(lambda conn: conn.execute(update(replay).values(finished_at=2)))
    assert await retention.run_once() == 4


async def test_without_days_everything_is_kept(
    database: Database, clock: ManualClock, projection: ConsumerRunner, records: RecordProjection
) -> None:
    await old_events(database, clock, 3)
    await project(projection, records)
    await Retention(database, retention_ports(*projections(database, clock, projection, records)), clock, days=0).run()

    assert await left(database) == [1, 2, 3, 4]
