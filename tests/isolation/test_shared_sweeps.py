"""Every worker that takes or deletes rows of several tenants goes on past the one that the database refuses."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.deliveries import TENANT, World
from tests.support.events import record
from tests.support.refusals import refuse, refuse_deletion
from tests.support.schedules import NOW, Scheduling
from tests.support.shards import projections
from tidings_server.composition.payloads import DialectBodies, event_conditions
from tidings_server.composition.retention import retention_ports
from tidings_server.delivery.confirmations import Confirmations
from tidings_server.delivery.matching import SubscriptionMatcher
from tidings_server.delivery.message import Outcome, OutcomeKind
from tidings_server.delivery.replays import MAX_FAILURES, Replays
from tidings_server.delivery.store.confirmations import PingSchedule
from tidings_server.delivery.store.retention import DeliveryRetention
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.store.tables import delivery, subscription
from tidings_server.delivery.subscription_secrets import SubscriptionSecrets
from tidings_server.delivery.subscriptions import Subscriptions
from tidings_server.identity.store.tables import tenant
from tidings_server.identity.tenant_deletion import TenantDeletion
from tidings_server.identity.tenants import Tenants
from tidings_server.log.positions import Positions
from tidings_server.log.ranges import LogRanges
from tidings_server.log.retention import Retention
from tidings_server.log.search_projection import search_runner
from tidings_server.log.store.tables import search_event
from tidings_server.platform.clock import Ids, ManualClock
from tidings_server.platform.scope import Scope
from tidings_server.platform.sealing import Sealer
from tidings_server.rpc.middleware.idempotency import IdempotencyKeys
from tidings_server.rpc.store.idempotency import IdempotencyKey
from tidings_server.rpc.store.tables import idempotency
from tidings_server.scheduling.schedules.run_retention import RunRetention
from tidings_server.scheduling.store.tables import schedule_run
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api
from tidings_server.storage.log.tables import event as event_table
from tidings_server.workflow.search_projection import RecordProjection

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    return World(database, clock)


async def column(database: Database, which: "Column[Any]") -> list[Any]:
    """All values of a column, in order."""
    async with database.read() as conn:
        return list((await conn.execute(select(which).order_by(which))).scalars())


async def test_retention_of_events(database: Database, clock: ManualClock) -> None:
    await database.write_queue.append([record(f"e-{number}", tenant_id=number) for number in range(1, 6)])
    search, workflows = search_runner(database, clock), RecordProjection(database, clock)
    for runner in (search, workflows.runner):
        while await runner.run_once():
            pass
    clock.advance(2 * DAY)
    await refuse_deletion(database, event_table.c.tenant_id, 3)
    retention = Retention(database, retention_ports(*projections(database, clock, search, workflows)), clock, days=1)
    assert await retention.run_once() == 4
    assert await column(database, event_table.c.tenant_id) == [3]
    assert await retention.run_once() == 0, "the refused one holds nobody up"


async def test_retention_of_runs(database: Database, clock: ManualClock) -> None:
    scheduling = Scheduling(database, clock)
    await scheduling.start()
    for number in range(3):
        await scheduling.pass_time(MINUTE)
        assert number + 1 == len(await column(database, schedule_run.c.key))
    [first, *_] = await column(database, schedule_run.c.key)
    clock.advance(3 * DAY)
    await refuse_deletion(database, schedule_run.c.key, first)
    runs = RunRetention(database, clock, days=1)
    while await runs.run_once():
        pass
    assert await column(database, schedule_run.c.key) == [first]


async def test_taking_runs(database: Database, clock: ManualClock) -> None:
    scheduling = Scheduling(database, clock)
    keys = [await scheduling.start() for _ in range(3)]
    clock.advance(MINUTE)
    await scheduling.firer.run_once()
    await refuse(database, schedule_run.c.schedule_key, keys[1])
    assert await scheduling.executor.run_once() == 2
    states = [(await scheduling.states(key))[0][6:] for key in keys]
    assert states == ["DONE", "WAITING", "DONE"]
    assert await scheduling.executor.run_once() == 0


async def test_sweeping_idempotency_keys(database: Database, clock: ManualClock) -> None:
    keys = IdempotencyKeys(database, sealer=Sealer(b"k" * 32), clock=clock, ids=Ids(clock))
    for number in range(1, 6):
        await keys.reserve(IdempotencyKey(number, "/a.B/C", "once"), b"h" * 32)
    clock.advance(2 * DAY)
    await refuse_deletion(database, idempotency.c.tenant_id, 3)
    await keys.run_once()
    assert await column(database, idempotency.c.tenant_id) == [3]
    assert await keys.run_once() == 0


class Answering:
    """Endpoints that confirm."""

    def __init__(self) -> None:
        self.pinged: list[int] = []

    async def ping(self, subscription: Subscription) -> Outcome:
        self.pinged.append(subscription.tenant_id)
        return Outcome(OutcomeKind.DELIVERED, 204)


async def test_confirmations(database: Database, clock: ManualClock, world: World) -> None:
    made = [
        await world.subscription(tenant_id=number, api=Api.PUSH, is_confirmed=False)
        for number in range(TENANT, TENANT + 3)
    ]
    await refuse(database, subscription.c.key, made[1].key)
    endpoints, ids = Answering(), Ids(clock)
    secrets = SubscriptionSecrets(Sealer(b"k" * 32), clock)
    rhythm = PingSchedule(first_us=1_000_000, cap_us=60_000_000, for_us=600_000_000)
    nothing: Any = None  # no subscription is made here
    use_cases = Subscriptions(database, backlog=nothing, conditions=nothing, secrets=secrets, clock=clock, ids=ids)
    confirmations = Confirmations(database, use_cases, pings=endpoints, clock=clock, rhythm=rhythm)
    assert await confirmations.run_once() == 2
    assert endpoints.pinged == [TENANT, TENANT + 2]


@pytest.fixture
def replays(world: World, clock: ManualClock) -> Replays:
    return Replays(
        world.database,
        SubscriptionMatcher(world.database, event_conditions(), DialectBodies()),
        LogRanges(world.database, Positions(b"k" * 32), clock),
        clock=clock,
        ids=world.ids,
        on_queued=lambda: None,
    )


async def test_a_replay_that_cannot_go_on_fails_and_holds_back_nothing(
    database: Database, clock: ManualClock, world: World, replays: Replays
) -> None:
    to = await world.subscription()
    await world.events(2)
    scope = Scope(tenant=TENANT, tenant_id="", tenant_name="", actor="ann", app_id="shop")
    start = Positions(b"k" * 32).print(TENANT, 0)
    await replays.replay(scope, to.id, start=start, end="")
    await refuse(database, delivery.c.subscription_key, to.key)
    for failures in range(1, MAX_FAILURES + 1):
        assert not await replays.run_once()
        [stored] = await replays.requested(scope, to.id)
        assert stored.failures == failures
        clock.advance(2 * MINUTE)
    assert (stored.state, stored.reason) == ("FAILED", "could not go on: IntegrityError")
    assert stored.finished_at is not None
    async with database.read() as conn:
        assert await DeliveryRetention().floor(conn, 0) is None


@pytest.mark.parametrize("kept", [event_table.c.tenant_id, tenant.c.number], ids=lambda kept: str(kept.table.name))
async def test_deletion_of_tenants(database: Database, clock: ManualClock, kept: "Column[int]") -> None:
    tenants = Tenants(database, clock=clock, ids=Ids(clock))
    leaving = [await tenants.create(name) for name in ("first", "second", "third")]
    for each in leaving:
        await tenants.delete(each.id)
    for each in leaving:
        await database.write_queue.append([record(f"e-{each.number}", tenant_id=each.number)])
    await refuse_deletion(database, kept, leaving[1].number)
    deletion = TenantDeletion(database, clock)
    for _ in range(3):
        await deletion.run_once()
    assert await column(database, tenant.c.name) == ["second"]


async def test_consumers_beside_an_event_of_an_unknown_api(database: Database, clock: ManualClock) -> None:
    """As after a step back from a newer version: all that follow the log read on."""
    await database.write_queue.append([record(f"e-{number}", tenant_id=number) for number in range(1, 4)])

    async def spoil(conn: AsyncConnection) -> None:
        await conn.execute(update(event_table).where(event_table.c.tenant_id == 2).values(api=99))

    await database.write_queue.run(spoil)
    database.log_cache.clear()
    runner = search_runner(database, clock)
    while await runner.run_once():
        pass
    async with database.read_search() as conn:
        found = set((await conn.execute(select(search_event.c.tenant_id))).scalars())
    assert {1, 3} <= found
