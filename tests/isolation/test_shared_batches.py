"""Every writer that gathers rows of several tenants stores all of them but the one that the database refuses."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.deliveries import TENANT, World, sending
from tests.support.events import record
from tests.support.loyalty_hub import ADA, BOB, PER_UNIT, Scheme
from tests.support.receiver import Receiver
from tests.support.refusals import refuse
from tests.support.schedules import NOW, Scheduling
from tidings_server.composition.payloads import DialectBodies, event_conditions
from tidings_server.delivery.dispatch.attempt_buffer import AttemptBuffer
from tidings_server.delivery.matching import SubscriptionMatcher
from tidings_server.delivery.message import Outcome, OutcomeKind
from tidings_server.delivery.replays import Replays
from tidings_server.delivery.retry_decision import AttemptResult
from tidings_server.delivery.store.tables import delivery
from tidings_server.identity.quotas import Quotas
from tidings_server.identity.store import tenants as tenant_rows
from tidings_server.identity.store.quotas import Quota
from tidings_server.identity.store.tables import tenant_usage
from tidings_server.identity.tenants import Tenants
from tidings_server.log.consumer import Plan
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.dead_letters import DeadLetters
from tidings_server.log.feed import LogFeed
from tidings_server.log.positions import Positions
from tidings_server.log.ranges import LogRanges
from tidings_server.log.search_projection import search_runner
from tidings_server.log.store.tables import search_event
from tidings_server.loyalty.periods import Period
from tidings_server.loyalty.rules.economy import ExpiryKind, ExpiryPolicy
from tidings_server.mail.message import MailMessage, OutgoingMail
from tidings_server.mail.transport.captured import CaptureTransport
from tidings_server.platform.clock import Ids, ManualClock
from tidings_server.platform.errors import InvalidInput
from tidings_server.platform.scope import Scope
from tidings_server.platform.sealing import Sealer
from tidings_server.privacy.api.event_bodies import PersonalEventBodies
from tidings_server.privacy.data_sources import data_sources
from tidings_server.privacy.erasures import Persons
from tidings_server.privacy.store.persons import DONE, RUNNING
from tidings_server.privacy.store.tables import erasure
from tidings_server.scheduling.schedules.run_completion import CompletedRun
from tidings_server.scheduling.schedules.run_handler import LeasedRun, RunOutcome
from tidings_server.scheduling.store.tables import schedule_run
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.log.tables import event as event_table
from tidings_server.workflow.scheduled_events import ScheduledEventPublisher
from tidings_server.workflow.store import scheduled_events
from tidings_server.workflow.store.scheduled_events import DueEvent

SURROGATE = "\ud800"
HUGE = 2**70
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


async def stored_events(database: Database) -> set[str]:
    async with database.read() as conn:
        return set((await conn.execute(select(event_table.c.event_id))).scalars())


@pytest.mark.parametrize("bad", [{"entity_id": SURROGATE}, {"occurred_at": HUGE}])
async def test_appends(database: Database, bad: dict[str, object]) -> None:
    records = [record(f"e-{number}", tenant_id=number) for number in range(5)]
    records[2] = records[2]._replace(**bad)  # type: ignore[arg-type]  # what no column holds
    answers = await asyncio.gather(*(database.write_queue.append([each]) for each in records), return_exceptions=True)
    assert [isinstance(answer, Exception) for answer in answers] == [False, False, True, False, False]
    assert await stored_events(database) == {"e-0", "e-1", "e-3", "e-4"}


async def test_transactions(database: Database) -> None:
    ran: list[int] = []

    def work(number: int) -> Callable[[AsyncConnection], Awaitable[None]]:
        async def transaction(conn: AsyncConnection) -> None:
            await conn.execute(select(event_table).where(event_table.c.seq == (HUGE if number == 2 else number)))
            ran.append(number)

        return transaction

    answers = await asyncio.gather(
        *(database.write_queue.run(work(number)) for number in range(5)), return_exceptions=True
    )
    assert [isinstance(answer, Exception) for answer in answers] == [False, False, True, False, False]
    assert {0, 1, 3, 4} == set(ran)


@pytest.mark.parametrize("is_bare_refused", [False, True])
async def test_outcomes_of_deliveries(database: Database, clock: ManualClock, is_bare_refused: bool) -> None:
    world = World(database, clock)
    leases = []
    for tenant in range(TENANT, TENANT + 5):
        to = await world.subscription(tenant_id=tenant)
        await world.queue(to, await world.events(tenant_id=tenant))
        leases += await world.leased(to)
    recorded: list[AttemptResult] = []
    async with sending(world) as sender:
        buffer = AttemptBuffer(sender.queue, clock, on_recorded=recorded.extend, on_leased=lambda _leases: None)
        results = [AttemptResult(lease, clock.now_us(), Outcome(OutcomeKind.DELIVERED, 200)) for lease in leases]
        results[2] = replace(results[2], outcome=Outcome(OutcomeKind.DELIVERED, 200, duration_s=float(HUGE)))
        if is_bare_refused:
            results[2] = replace(results[2], at=HUGE)
        buffer.add(results)
        await buffer.flush()
    states = [row.state for row in await world.rows()]
    assert states == ["SUCCEEDED"] * 2 + ["PENDING" if is_bare_refused else "SUCCEEDED"] + ["SUCCEEDED"] * 2
    assert len(await world.attempts()) == 4 + (not is_bare_refused)
    assert len(recorded) == 5


async def test_leases_of_an_unreadable_event(database: Database, clock: ManualClock, receiver: Receiver) -> None:
    """A row of the log that cannot be read as an event stops the load of a round."""
    world = World(database, clock)
    seqs = []
    for tenant in range(TENANT, TENANT + 3):
        to = await world.subscription(receiver.url(f"/{tenant}"), tenant_id=tenant)
        seqs += await world.events(tenant_id=tenant)
        await world.queue(to, seqs[-1:])

    async def spoil(conn: AsyncConnection) -> None:
        await conn.execute(update(event_table).where(event_table.c.seq == seqs[1]).values(api=99))

    await database.write_queue.run(spoil)
    database.log_cache.clear()
    async with sending(world) as sender:
        await sender.dispatcher.run_once()
    assert {request.path for request in receiver.requests} >= {f"/{TENANT}", f"/{TENANT + 2}"}
    assert [row.attempts for row in await world.rows()] == [1, 1, 1]


async def test_redemptions(database: Database, clock: ManualClock) -> None:
    scheme = Scheme(database, clock)
    await scheme.rule(PER_UNIT)
    await scheme.order(100, by=ADA)
    await scheme.order(100, by=BOB)
    calls = [
        asyncio.ensure_future(
            scheme.redemptions.redeem(scheme.redemption(10, by=by), customer_id=by, quantity=10, reference=reference)
        )
        for by, reference in ((ADA, "a"), (BOB, SURROGATE), (ADA, "c"), (BOB, "d"))
    ]
    while not all(call.done() for call in calls):
        await asyncio.sleep(0)
        await scheme.redemptions.run_once()
    assert [call.exception() is None for call in calls] == [True, False, True, True]
    assert (await scheme.balance(ADA), await scheme.balance(BOB)) == (80, 90)


async def test_expiry_of_points(database: Database, clock: ManualClock) -> None:
    scheme = Scheme(database, clock)
    await scheme.rule(PER_UNIT)
    await scheme.economy(expiry=ExpiryPolicy(ExpiryKind.AGE, Period(days=10)))
    await scheme.order(100, by=ADA)
    await scheme.order(40, by=BOB)
    scheme.pass_time(11 * DAY)
    await refuse(database, event_table.c.root_id, ADA)
    await scheme.expire()
    assert [event.customer_id for event in await scheme.decoded("points.expired")] == [BOB]


async def test_ends_of_runs(database: Database, clock: ManualClock) -> None:
    scheduling = Scheduling(database, clock)
    keys = [await scheduling.start() for _ in range(3)]

    def outcome(run: LeasedRun) -> RunOutcome:
        return RunOutcome(mailed=HUGE) if run.schedule_key == keys[1] else RunOutcome()

    scheduling.handler.do = outcome
    clock.advance(MINUTE)
    await scheduling.firer.run_once()
    runs = await scheduling.executor._take(10)
    completed = [CompletedRun(run, result) for run in runs if (result := await scheduling.executor._handle(run))]
    await scheduling.executor._completion._complete_batch(completed)
    assert [(await scheduling.states(key))[0][6:] for key in keys] == ["DONE", "FAILED", "DONE"]


def test_the_note_of_a_failed_run() -> None:
    """It is what an exception says."""
    assert RunOutcome(note=f"{SURROGATE}\0").note == "\ufffd\ufffd"


async def test_firing_of_schedules(database: Database, clock: ManualClock) -> None:
    scheduling = Scheduling(database, clock)
    keys = [await scheduling.start() for _ in range(3)]
    await refuse(database, schedule_run.c.schedule_key, keys[1])
    clock.advance(MINUTE)
    await scheduling.firer.run_once()
    assert [len(await scheduling.states(key)) for key in keys] == [1, 0, 1]
    assert await scheduling.firer.run_once() == 0, "the refused one is left for later"


async def test_scheduled_events(database: Database, clock: ManualClock) -> None:
    later = clock.now_us() + 60_000_000
    records = [record(f"e-{number}", tenant_id=number, entity_id=f"o-{number}") for number in range(4)]
    await database.write_queue.run(
        lambda conn: scheduled_events.add(conn, [DueEvent(each, later, 1) for each in records])
    )
    publisher = ScheduledEventPublisher(database, clock)
    await refuse(database, event_table.c.entity_id, "o-1")
    clock.advance(MINUTE)
    while await publisher.run_once():
        pass
    assert await stored_events(database) == {"e-0", "e-2", "e-3"}
    async with database.read() as conn:
        assert await scheduled_events.next_due(conn) == later + 60_000_000


async def test_replays(database: Database, clock: ManualClock) -> None:
    world = World(database, clock)
    positions = Positions(b"k" * 32)
    replays = Replays(
        database,
        SubscriptionMatcher(database, event_conditions(), DialectBodies()),
        LogRanges(database, positions, clock),
        clock=clock,
        ids=world.ids,
        on_queued=lambda: None,
    )
    subscriptions = []
    for tenant in range(TENANT, TENANT + 3):
        subscriptions.append(await world.subscription(tenant_id=tenant))
        await world.events(2, tenant_id=tenant)
        scope = Scope(tenant=tenant, tenant_id="", tenant_name="", actor="ann", app_id="shop")
        await replays.replay(scope, subscriptions[-1].id, start=positions.print(tenant, 0), end="")
    await refuse(database, delivery.c.subscription_key, subscriptions[1].key)
    while await replays.run_once():
        pass
    queued = [row.subscription_key for row in await world.rows()]
    assert [queued.count(each.key) for each in subscriptions] == [2, 0, 2]


async def test_erasures(database: Database, clock: ManualClock) -> None:
    tenants = Tenants(database, clock=clock, ids=Ids(clock))
    shop, other = [(await tenants.create(name)).id for name in ("shop", "other")]
    held = data_sources(database, PersonalEventBodies(), clock)
    persons = Persons(database, held, sealer=Sealer(b"k" * 32), clock=clock, ids=Ids(clock))
    first = await persons.erase(shop, customer_ids=["c-1"], contacts=[], erasure_id=None)
    clock.advance(MINUTE)
    second = await persons.erase(other, customer_ids=["c-2"], contacts=[], erasure_id=None)

    async def spoil(conn: AsyncConnection) -> None:
        await conn.execute(update(erasure).where(erasure.c.id == first.id).values(sealed=b"x"))

    await database.write_queue.run(spoil)
    while await persons.run_once():
        pass
    assert (await persons.get(shop, first.id)).state == RUNNING
    assert (await persons.get(other, second.id)).state == DONE


async def test_the_search_projection(database: Database, clock: ManualClock) -> None:
    await database.write_queue.append([record(f"e-{number}", tenant_id=number) for number in range(5)])
    await refuse(database, search_event.c.tenant_id, 2)
    runner = search_runner(database, clock)
    while await runner.run_once():
        pass
    async with database.read_search() as conn:
        found = set((await conn.execute(select(search_event.c.tenant_id))).scalars())
    assert found == {0, 1, 3, 4}


@dataclass
class Copies:
    """A consumer that writes each event's copy, and fails at one of them with a text that no database stores."""

    name = "copies"
    copied: set[str]

    def concerns(self, _event: StoredEvent) -> bool:
        return True

    def key(self, event: StoredEvent) -> str:
        return str(event.seq)

    async def plan(self, events: Sequence[StoredEvent]) -> Plan:
        if any(event.event_id == "e-2" for event in events):
            raise ValueError(f"{SURROGATE}\0 in {len(events)}")
        return Copy(self, events)


@dataclass
class Copy:
    """The plan of a few copies."""

    consumer: Copies
    events: Sequence[StoredEvent]
    is_empty = False

    @property
    def covered(self) -> int:
        return len(self.events)

    async def apply(self, _conn: AsyncConnection) -> None:
        self.consumer.copied |= {event.event_id for event in self.events}


async def test_a_consumer_whose_error_cannot_be_stored(database: Database, clock: ManualClock) -> None:
    await database.write_queue.append([record(f"e-{number}", tenant_id=number) for number in range(50)])
    copies = Copies(set())
    runner = ConsumerRunner(copies, feed=LogFeed(database), database=database, clock=clock)
    for _ in range(12):
        while await runner.run_once():
            pass
        clock.advance(timedelta(minutes=6))
    assert copies.copied == {f"e-{number}" for number in range(50)} - {"e-2"}
    [letter] = await DeadLetters(database, clock, tenant_rows.tenant_ids).page(after=0, limit=10)
    assert letter.error == "ValueError: \ufffd\ufffd in 1"


async def test_usage_of_tenants(database: Database, clock: ManualClock) -> None:
    await database.write_queue.append([record(f"e-{number}", tenant_id=number) for number in range(1, 4)])
    await refuse(database, tenant_usage.c.tenant_id, 2)
    quotas = Quotas(database, defaults=Quota(None, None, None), clock=clock)
    while await quotas.run_once():
        pass
    async with database.read() as conn:
        counted = set((await conn.execute(select(tenant_usage.c.tenant_id))).scalars())
    assert counted == {1, 3}


async def test_captured_mail() -> None:
    """Of the mails of one subscription, one that cannot be stored expires, and the others are kept."""
    kept: list[str] = []

    async def store(_tenant: int, mails: Sequence[OutgoingMail]) -> None:
        if any(SURROGATE in mail.mail.subject for mail in mails):
            raise InvalidInput("A value cannot be stored.")
        kept.extend(mail.id for mail in mails)

    subjects = ("a", SURROGATE, "c", "d")
    mails = [
        OutgoingMail(str(number), MailMessage(to="ada@example.com", subject=subject, text=""))
        for number, subject in enumerate(subjects)
    ]
    outcomes = await CaptureTransport(store).send(1, mails)
    assert [outcome.kind is OutcomeKind.DELIVERED for outcome in outcomes] == [True, False, True, True]
    assert kept == ["0", "2", "3"]
