"""A subscription created while events are stored and routed cuts the log exactly: backlog, then live routing."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest
from google.protobuf import descriptor_pool
from sqlalchemy import select

from tests.delivery.test_matching import Bodies
from tests.delivery.test_subscriptions import COLLECTOR, POSITIONS, event, queue, scope
from tests.support.waiting import PATIENCE_S
from tidings.collector.v1.events_pb2 import Event
from tidings_server.delivery.matching import Snapshot, SubscriptionMatcher
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.tables import replay
from tidings_server.delivery.subscription_secrets import SubscriptionSecrets
from tidings_server.delivery.subscriptions import Subscriptions
from tidings_server.expressions.conditions import Conditions
from tidings_server.log.ranges import LogRanges
from tidings_server.platform.clock import Ids, SystemClock
from tidings_server.platform.errors import LostRace
from tidings_server.platform.sealing import Sealer
from tidings_server.platform.turns import Turn
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log

EVENTS = 600
SUBSCRIPTIONS = 12
CONDITIONS = Conditions(descriptor_pool.Default(), Event.DESCRIPTOR.full_name)


@pytest.fixture
async def databases(database_url: str) -> AsyncIterator[list[Database]]:
    """One process's database or, on PostgreSQL, those of three processes over the same log."""
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(3 if database_url.startswith("postgresql") else 1):
            opened.append(await Database.open(database_url, clock=SystemClock()))
            stack.push_async_callback(opened[-1].close)
        yield opened


async def test_no_event_is_missed_and_none_comes_twice(databases: list[Database]) -> None:
    storing, making, routing = databases if len(databases) == 3 else databases * 3
    router = Router(routing)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(store(storing))
        tasks.create_task(make(making))
        tasks.create_task(router.run())
    expected = set(range(1, EVENTS + 1))
    backlogs = await backlog(making)
    assert len(backlogs) == SUBSCRIPTIONS
    cuts = {max(numbers, default=0) for numbers in backlogs.values()}
    assert any(0 < cut < EVENTS for cut in cuts)
    for name, numbers in backlogs.items():
        routed = router.routed.get(name, [])
        assert sorted(numbers + routed) == sorted(expected), name


async def store(database: Database) -> None:
    for number in range(EVENTS):
        await database.write_queue.append([event(number)])


async def make(database: Database) -> None:
    clock = SystemClock()
    subscriptions = Subscriptions(
        database,
        backlog=LogRanges(database, POSITIONS, clock),
        conditions=CONDITIONS,
        secrets=SubscriptionSecrets(Sealer(b"k" * 32), clock),
        clock=clock,
        ids=Ids(clock),
    )
    for number in range(SUBSCRIPTIONS):
        draft = queue(id=f"s-{number}", start_from="2020-01-01T00:00:00Z")
        await database.heads[0].wait(number * EVENTS // SUBSCRIPTIONS, PATIENCE_S)
        await subscriptions.create(scope(), COLLECTOR, draft)


async def backlog(database: Database) -> Mapping[str, list[int]]:
    async with database.read() as conn:
        stored = await table.page(conn, 1)
        asked = {row.subscription_key: row for row in await conn.execute(select(replay))}
    spans = {each.id: asked.get(each.key) for each in stored}
    return {
        name: list(range(row.position + 1, row.to_seq + 1)) if row is not None else [] for name, row in spans.items()
    }


class Router:
    """The router's order of steps, without deliveries: snapshot, transaction, comparison."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._audiences = SubscriptionMatcher(database, CONDITIONS, Bodies())
        self.routed: dict[str, list[int]] = {}

    async def run(self) -> None:
        position = 0
        while position < EVENTS:
            async with self._database.read() as conn:
                events = await log.page(conn, after=position, limit=7)
            if not events:
                await asyncio.sleep(0.001)
                continue
            snapshot = await self._audiences.snapshot([1])
            matched = [(each, (await self._audiences.match(snapshot, each, Turn())).subscriptions) for each in events]

            async def transaction(conn: Any, snapshot: Snapshot = snapshot, upto: int = events[-1].seq) -> None:
                await snapshot.stopped_since(conn, (), upto=upto)

            with suppress(LostRace):
                await self._database.write_queue.run(transaction)
                position = events[-1].seq
                for each, audience in matched:
                    for subscription in audience:
                        self.routed.setdefault(subscription.id, []).append(each.seq)
