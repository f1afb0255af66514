"""Consumers: every event once, in order for each key, whatever fails."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.log.counting_consumer import WITHOUT_EFFECT, Counting, Effects, effects, make_tables
from tests.support.events import IDS, record
from tidings_server.identity.store import tenants
from tidings_server.log.consumer import Plan
from tidings_server.log.consumer_cursor import SETTLE_S
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.dead_letters import DeadLetters
from tidings_server.log.failed_events import RETRIES, pause_us
from tidings_server.log.feed import LogFeed
from tidings_server.log.store import consumers, failed_events
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.errors import LostRace, NotFound, Unavailable
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.shared_look import FRESH_S


def runner(database: Database, clock: ManualClock, consumer: Counting, *, start_at: int = 0) -> ConsumerRunner:
    return ConsumerRunner(consumer, feed=LogFeed(database), database=database, clock=clock, start_at=start_at)


async def append(database: Database, *names: str, topic: str = "order.created") -> None:
    """Events whose ids are `a1`, `b2`…: the letter is the entity, and so the key."""
    await database.write_queue.append([record(name, entity_id=name[0], topic=topic) for name in names])


async def run_out(runner: ConsumerRunner) -> None:
    while await runner.run_once():
        pass


async def effect_ids(database: Database) -> list[str]:
    return [event_id for _, _, event_id in await effects(database)]


async def stored(database: Database) -> int | None:
    """The stored cursor."""
    async with database.read() as conn:
        return await consumers.position(conn, "counting")


def later(clock: ManualClock, seconds: float) -> None:
    clock.advance(timedelta(seconds=seconds))


async def test_every_event_has_its_effect_once_and_in_order(database: Database, clock: ManualClock) -> None:
    await make_tables(database)
    await append(database, *(f"a{number}" for number in range(600)))

    first = runner(database, clock, Counting())
    await run_out(first)
    await append(database, "b1")
    await run_out(runner(database, clock, Counting()))  # a new process goes on where the other was

    assert [number for number, _, _ in await effects(database)] == list(range(1, 602))


async def test_a_new_consumer_starts_at_the_given_position(database: Database, clock: ManualClock) -> None:
    await make_tables(database)
    await append(database, "a1", "a2", "a3")

    await run_out(runner(database, clock, Counting(), start_at=2))
    await run_out(runner(database, clock, Counting("another")))

    assert await effect_ids(database) == ["a3", "a1", "a2", "a3"]


async def test_a_plan_may_take_fewer_events_than_it_was_given(database: Database, clock: ManualClock) -> None:
    await make_tables(database)
    await append(database, *["a1", "b1", "a2", "b2", "a3"])

    await run_out(runner(database, clock, Counting(most=2)))

    assert await effect_ids(database) == ["a1", "b1", "a2", "b2", "a3"]


@pytest.mark.parametrize("where", ["failing", "failing_plans"])
async def test_a_failing_event_blocks_its_key_only(database: Database, clock: ManualClock, where: str) -> None:
    await make_tables(database)
    fault: dict[str, Any] = {where: {"a2"}}
    consumer = Counting(**fault)
    running = runner(database, clock, consumer)
    await append(database, *["a1", "b1", "a2", "b2", "a3", "b3"])
    await run_out(running)
    await append(database, *["a4", "b4"])
    await run_out(running)

    assert await effect_ids(database) == ["a1", "b1", "b2", "b3", "b4"]
    assert running.position == 8

    getattr(consumer, where).clear()
    await run_out(running)
    assert len(await effect_ids(database)) == 5  # not due yet
    later(clock, 1)
    await run_out(running)
    assert (await effect_ids(database))[5:] == ["a2", "a3", "a4"]
    await append(database, "a5")
    await run_out(running)
    assert (await effect_ids(database))[-1] == "a5"


async def test_large_events_that_are_due_together_are_all_retried(database: Database, clock: ManualClock) -> None:
    names = [f"{letter}1" for letter in "abc"]
    await make_tables(database)
    consumer = Counting(failing_plans=set(names))
    running = runner(database, clock, consumer)
    await database.write_queue.append([record(name, entity_id=name, body=bytes(log.PAGE_BYTES)) for name in names])
    await run_out(running)
    consumer.failing_plans.clear()
    later(clock, pause_us(0) / 1_000_000)
    await run_out(running)
    assert sorted(await effect_ids(database)) == names


async def test_the_last_retry_makes_a_dead_letter_and_frees_its_key(database: Database, clock: ManualClock) -> None:
    await make_tables(database)
    consumer = Counting(failing={"a1"})
    running = runner(database, clock, consumer)
    letters = DeadLetters(database, clock, tenants.tenant_ids)
    await append(database, "a1", "a2")
    for attempts in range(RETRIES + 1):
        assert await letters.page(after=0, limit=10) == []
        await run_out(running)
        later(clock, pause_us(attempts) / 1_000_000)
    await run_out(running)

    assert await effect_ids(database) == ["a2"]
    [kept] = await letters.page(after=0, limit=10)
    assert (kept.event_id, kept.key, kept.consumer) == ("a1", "a", "counting")
    assert kept.attempts == RETRIES + 1
    assert kept.error == "ValueError: no effect for a1"

    consumer.failing.clear()
    await letters.retry(kept.id)
    later(clock, FRESH_S + 1)  # until then a process of several may go by its last look
    await run_out(running)
    assert await effect_ids(database) == ["a2", "a1"]
    with pytest.raises(NotFound):
        await letters.retry(kept.id)


async def test_events_without_effect_are_passed_and_the_cursor_comes_after(
    database: Database, clock: ManualClock
) -> None:
    await make_tables(database)
    running = runner(database, clock, Counting())
    await append(database, "a1")
    await run_out(running)
    await append(database, "n2", "n3", topic=WITHOUT_EFFECT)
    await running.run_once()
    assert (running.position, await stored(database)) == (3, 1)
    await running.run_once()
    assert await stored(database) == 3  # there was nothing more to wait for

    await append(database, "n4", topic=WITHOUT_EFFECT)
    await running.run_once()
    await append(database, "n5", topic=WITHOUT_EFFECT)
    later(clock, SETTLE_S)
    await running.run_once()
    assert await stored(database) == 5  # it had waited long enough

    await append(database, "n6", topic=WITHOUT_EFFECT)
    await running.run_once()
    await append(database, "a7")
    await running.run_once()
    assert await stored(database) == 7
    assert await effect_ids(database) == ["a1", "a7"]


async def test_passed_events_are_planned_again_when_a_plan_is_outdated(database: Database, clock: ManualClock) -> None:
    class Guarded(Effects):
        async def apply(self, conn: AsyncConnection) -> None:
            if self.is_empty and not consumer.has_changed:
                consumer.has_changed = True
                raise LostRace
            await super().apply(conn)

    class Changing(Counting):
        has_changed = False

        async def plan(self, events: Sequence[StoredEvent]) -> Plan:
            seen.append([event.event_id for event in events])
            return Guarded(events, set())

    seen: list[list[str]] = []
    consumer = Changing()
    await make_tables(database)
    running = runner(database, clock, consumer)
    await append(database, "n1", topic=WITHOUT_EFFECT)
    await running.run_once()
    await append(database, "a2")
    await run_out(running)
    assert seen == [["n1"], ["a2"], ["n1", "a2"]]
    assert await effect_ids(database) == ["a2"]


async def test_events_that_do_not_concern_a_consumer_are_passed_without_a_plan(
    database: Database, clock: ManualClock
) -> None:
    class Choosy(Counting):
        def concerns(self, event: StoredEvent) -> bool:
            return event.topic != WITHOUT_EFFECT

        async def plan(self, events: Sequence[StoredEvent]) -> Plan:
            seen.append([event.event_id for event in events])
            return await super().plan(events)

    seen: list[list[str]] = []
    await make_tables(database)
    running = runner(database, clock, Choosy(failing={"a2"}, most=2))
    await append(database, "n1", "n2", topic=WITHOUT_EFFECT)
    await running.run_once()
    assert seen == []
    assert running.position == 2
    await append(database, "a1", "b1")
    await append(database, "a3", topic=WITHOUT_EFFECT)
    await append(database, "a2", "b2")
    await append(database, "a4", topic=WITHOUT_EFFECT)
    await run_out(running)
    assert all(event_id in {"a1", "b1", "a2", "b2"} for events in seen for event_id in events)
    assert sorted(await effect_ids(database)) == ["a1", "b1", "b2"]
    assert await stored(database) == database.heads[0].seq == 8
    async with database.read() as conn:
        waiting = await failed_events.due(conn, "counting", now=failed_events.BEHIND, limit=10)
    assert [failed.seq for failed in waiting] == [6]


async def test_a_failed_event_that_concerns_the_consumer_no_more_is_let_go(
    database: Database, clock: ManualClock
) -> None:
    """An earlier version may have kept one that has no effect."""

    class Choosy(Counting):
        def concerns(self, event: StoredEvent) -> bool:
            return event.topic != WITHOUT_EFFECT

    await make_tables(database)
    await append(database, "a1", topic=WITHOUT_EFFECT)
    await run_out(runner(database, clock, Counting(failing_plans={"a1"})))
    clock.advance(timedelta(minutes=5))
    await run_out(runner(database, clock, Choosy(failing_plans={"a1"})))
    async with database.read() as conn:
        assert not await failed_events.has_queued(conn, "counting")


async def test_pauses_grow_to_five_minutes() -> None:
    assert [pause_us(tries) // 1_000_000 for tries in range(8)] == [1, 4, 16, 64, 256, 300, 300, 300]


async def test_a_transient_failure_is_charged_to_no_event(database: Database, clock: ManualClock) -> None:
    class Refused(Counting):
        async def plan(self, _events: Sequence[StoredEvent]) -> Plan:
            raise Unavailable

    await make_tables(database)
    await append(database, "a1", "b1")
    with pytest.raises(Unavailable):
        await runner(database, clock, Refused()).run_once()

    await run_out(runner(database, clock, Counting()))
    assert await effect_ids(database) == ["a1", "b1"]


async def test_a_plan_that_lost_a_race_is_planned_again(database: Database, clock: ManualClock) -> None:
    class Late(Counting):
        planned = 0

        async def plan(self, events: Sequence[StoredEvent]) -> Plan:
            self.planned += 1
            if self.planned < 3:
                raise LostRace
            return await super().plan(events)

    await make_tables(database)
    await append(database, "a1")
    await run_out(runner(database, clock, Late()))

    assert await effect_ids(database) == ["a1"]


async def test_two_processes_running_one_consumer_have_one_effect(database: Database, clock: ManualClock) -> None:
    await make_tables(database)
    await append(database, *(f"a{number}" for number in range(100)))
    consumer = Counting(most=7)
    runners = [runner(database, clock, consumer) for _ in range(3)]

    while any(await asyncio.gather(*(one.run_once() for one in runners))):
        pass

    assert [number for number, _, _ in await effects(database)] == list(range(1, 101))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    keys=st.lists(st.sampled_from("abc"), min_size=1, max_size=15),
    data=st.data(),
)
async def test_under_any_failures_each_event_takes_effect_once_and_in_its_keys_order(
    database: Database, clock: ManualClock, keys: list[str], data: st.DataObject
) -> None:
    """Events fail for some tries and then do not; none so often that it becomes a dead letter."""
    await make_tables(database)
    example = IDS.uuid7()
    names = [f"{key}{example}-{number}" for number, key in enumerate(keys)]
    failing = data.draw(st.sets(st.sampled_from(names)))
    consumer = Counting(failing=set(failing), most=data.draw(st.integers(1, 5)))
    running = runner(database, clock, consumer)
    for name in names:
        await append(database, name)
        if data.draw(st.booleans()):
            await run_out(running)
    await run_out(running)
    for name in data.draw(st.permutations(sorted(failing))):
        later(clock, data.draw(st.integers(0, 3)))
        await run_out(running)
        consumer.failing.discard(name)
    later(clock, 600)
    await run_out(running)

    had = [name for name in await effect_ids(database) if example in name]
    assert sorted(had) == sorted(names)
    for key in "abc":
        assert [name for name in had if name[0] == key] == [name for name in names if name[0] == key]
