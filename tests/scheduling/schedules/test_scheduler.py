"""The scheduler: one run each, misfires, overlap, failures, takeover."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.support.schedules import MINUTELY, NOW, TENANT, RecordingHandler, Scheduling
from tests.support.waiting import PATIENCE_S
from tidings_server.platform.clock import SystemClock, from_us, to_us
from tidings_server.platform.errors import InvalidInput, LostRace, Unavailable
from tidings_server.platform.pool_slots import RESERVED
from tidings_server.scheduling.schedules import schedule_store
from tidings_server.scheduling.schedules.misfires import GRACE_US
from tidings_server.scheduling.schedules.policy import CatchUp, Overlap, Policy
from tidings_server.scheduling.schedules.run_completion import CompletedRun
from tidings_server.scheduling.schedules.run_executor import LEASE_S, MAX_ATTEMPTS, RETRY_FIRST_S, RunExecutor
from tidings_server.scheduling.schedules.run_handler import LeasedRun, RunLease, RunOutcome, ScheduleKind
from tidings_server.scheduling.schedules.runs import WAITS_FOR_ANOTHER
from tidings_server.scheduling.schedules.timing import At, Cron
from tidings_server.scheduling.store import run_leases, runs, schedules
from tidings_server.storage.database import Database

MINUTE = timedelta(minutes=1)


async def test_a_schedule_fires_at_its_time_and_not_before(scheduling: Scheduling) -> None:
    key = await scheduling.start()
    await scheduling.pass_time(timedelta(seconds=59))
    assert await scheduling.states(key) == []
    await scheduling.pass_time(timedelta(seconds=1))
    assert await scheduling.states(key) == ["12:01 DONE"]
    await scheduling.pass_time(MINUTE)
    assert await scheduling.states(key) == ["12:01 DONE", "12:02 DONE"]


async def test_an_instant_fires_once(scheduling: Scheduling) -> None:
    key = await scheduling.start(At(to_us(NOW + MINUTE)))
    for _ in range(3):
        await scheduling.pass_time(MINUTE)
    assert await scheduling.states(key) == ["12:01 DONE"]


async def test_every_run_has_an_event_a_skipped_one_too(scheduling: Scheduling) -> None:
    scheduling.handler.do = lambda _run: RunOutcome(mailed=2, note="all well")
    await scheduling.start()
    await scheduling.start(kind=ScheduleKind.JOB)
    await scheduling.pass_time(2 * MINUTE)
    fired = await scheduling.event_attributes("schedule.fired")
    assert [(each["scheduledAt"][11:16], each["state"], each.get("note")) for each in fired] == [
        ("12:01", "SKIPPED", "missed"),
        ("12:02", "DONE", "all well"),
    ]
    assert fired[1]["scheduledEventId"] == "1/1"
    assert fired[1]["mailed"] == "2"
    sent = await scheduling.event_attributes("notification.sent")
    assert [(each["jobId"], each["state"]) for each in sent] == [("1/1", "SKIPPED"), ("1/1", "DONE")]


async def test_after_downtime_the_latest_misfire_is_executed(scheduling: Scheduling) -> None:
    key = await scheduling.start()
    await scheduling.pass_time(5 * MINUTE)
    assert await scheduling.states(key) == [*(f"12:0{minute} SKIPPED" for minute in range(1, 5)), "12:05 DONE"]


async def test_after_a_long_downtime_one_record_stands_for_all_that_were_missed(scheduling: Scheduling) -> None:
    key = await scheduling.start()
    await scheduling.pass_time(timedelta(days=20))
    assert await scheduling.states(key) == ["12:01 SKIPPED", "12:00 DONE"]
    [missed, latest] = await scheduling.records(key)
    assert missed.note == "missed, as was every one before 2026-03-22T12:00:00.000Z"
    assert from_us(latest.scheduled_at) == NOW + timedelta(days=20)


async def test_due_runs_of_a_tenant_are_taken_in_turn_with_anothers(scheduling: Scheduling) -> None:
    """The neighbour's run is the newest; the noisy tenant has hundreds that are due before it."""
    noisy, neighbour, now = await scheduling.start(None), await scheduling.start(None), to_us(NOW)
    due = [new_run(noisy, number, tenant=TENANT, at=now - 1_000 + number) for number in range(300)]
    due.append(new_run(neighbour, 0, tenant=TENANT + 1, at=now))
    await scheduling.database.write_queue.run(lambda conn: runs.add(conn, due))

    taken = await scheduling.database.write_queue.run(
        lambda conn: run_leases.take(conn, now=now, lease_until=now + 1, limit=20)
    )

    assert [run.schedule_key for run in taken].count(neighbour) == 1
    assert [run.cause_number for run in taken if run.schedule_key == noisy] == list(range(19))


async def test_schedules_that_are_due_fire_in_turn_by_tenant(scheduling: Scheduling) -> None:
    def new(tenant: int, at: int) -> schedules.Schedule:
        return schedules.Schedule(0, tenant, ScheduleKind.EVENT, "1/1", None, "LATEST", 0, "SKIP", 0, at)

    now = to_us(NOW)
    for each in [*(new(TENANT, now - 1_000 + number) for number in range(30)), new(TENANT + 1, now)]:
        await scheduling.database.write_queue.run(partial(schedules.add, new=each))
    async with scheduling.database.read() as conn:
        due = await schedules.due(conn, now=now, limit=10)
    assert [each.tenant_id for each in due].count(TENANT + 1) == 1
    assert [each.next_at for each in due if each.tenant_id == TENANT] == [now - 1_000 + number for number in range(9)]


async def test_long_runs_of_a_tenant_leave_some_places_to_others(database: Database) -> None:
    scheduling, slots = Scheduling(database, clock := SystemClock()), 16
    handler, now = HangingHandler(), clock.now_us()
    executor = RunExecutor(database, dict.fromkeys(ScheduleKind, handler), clock, max_concurrency=slots)
    noisy, neighbour = await scheduling.start(None), await scheduling.start(None)
    due = [new_run(noisy, number, tenant=TENANT, at=now - 1_000 + number) for number in range(3 * slots)]
    await database.write_queue.run(lambda conn: runs.add(conn, due))
    working = asyncio.create_task(executor.run())
    async with asyncio.timeout(PATIENCE_S):
        await handler.all_hanging(slots - slots // RESERVED)
        theirs = [new_run(neighbour, 0, tenant=TENANT + 1, at=now)]
        await database.write_queue.run(lambda conn: runs.add(conn, theirs))
        await handler.others.wait()
    assert handler.hanging < slots
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


class HangingHandler:
    """Handler whose runs of one tenant never end."""

    def __init__(self) -> None:
        self.hanging = 0
        self.others, self._news = asyncio.Event(), asyncio.Event()

    async def all_hanging(self, number: int) -> None:
        while self.hanging < number:
            self._news.clear()
            await self._news.wait()

    async def handle(self, run: LeasedRun, _lease: RunLease) -> RunOutcome:
        if run.tenant == TENANT:
            self.hanging += 1
            self._news.set()
            await asyncio.Event().wait()
        self.others.set()
        return RunOutcome()


def new_run(schedule_key: int, number: int, *, tenant: int, at: int) -> runs.NewRun:
    values: dict[str, Any] = dict.fromkeys(runs.NewRun._fields)
    values |= {"id": f"{schedule_key}/{number}", "tenant_id": tenant, "schedule_key": schedule_key, "cause": "EVENT"}
    values |= {"cause_number": number, "scheduled_at": at, "due_at": at, "state": "WAITING"}
    values |= {"attempts": 0, "mailed": 0, "note": "", "hops": 0}
    return runs.NewRun(**values)


async def test_no_misfire_is_executed_with_catch_up_none(scheduling: Scheduling) -> None:
    hourly = Cron("0 * * * *")
    key = await scheduling.start(hourly, catch_up=CatchUp.NONE)
    await scheduling.pass_time(timedelta(hours=2, minutes=30))
    assert await scheduling.states(key) == ["13:00 SKIPPED", "14:00 SKIPPED"]
    await scheduling.pass_time(timedelta(minutes=30, microseconds=GRACE_US))
    assert await scheduling.states(key) == ["13:00 SKIPPED", "14:00 SKIPPED", "15:00 DONE"]


async def test_no_misfire_beyond_the_window_is_executed(scheduling: Scheduling) -> None:
    daily = Cron("0 0 * * *")
    key = await scheduling.start(daily, window_s=3_600)
    await scheduling.pass_time(timedelta(hours=14))
    assert await scheduling.states(key) == ["00:00 SKIPPED"]


async def test_all_misfires_within_the_window_are_executed_in_order(scheduling: Scheduling) -> None:
    key = await scheduling.start(catch_up=CatchUp.ALL, window_s=3 * 3_600)
    await scheduling.pass_time(timedelta(hours=5))
    states = await scheduling.states(key)
    assert len(states) == 100
    assert not any("SKIPPED" in state for state in states)
    times = [run.scheduled_at for run in scheduling.handler.runs]
    assert times == sorted(times)
    assert [from_us(times[0]), from_us(times[-1])] == [NOW + timedelta(hours=2), NOW + timedelta(hours=5)]
    assert len(times) == 3 * 60 + 1


async def test_a_run_that_is_due_while_an_earlier_one_is_not_over_is_skipped(scheduling: Scheduling) -> None:
    key = await scheduling.start()
    scheduling.clock.advance(MINUTE)  # type: ignore[attr-defined]  # a ManualClock
    await scheduling.firer.run_once()
    await scheduling.pass_time(MINUTE)
    assert await scheduling.states(key) == ["12:01 DONE", "12:02 SKIPPED"]
    [_, skipped] = await scheduling.records(key)
    assert skipped.note == "an earlier run was not over"


async def test_runs_that_queue_go_one_after_the_other(scheduling: Scheduling) -> None:
    key = await scheduling.start(overlap=Overlap.QUEUE)
    for _ in range(3):
        scheduling.clock.advance(MINUTE)  # type: ignore[attr-defined]  # a ManualClock
        await scheduling.firer.run_once()
    assert await scheduling.executor.run_once() == 1
    assert await scheduling.states(key) == ["12:01 DONE", "12:02 WAITING", "12:03 WAITING"]
    await scheduling.settle()
    assert await scheduling.states(key) == ["12:01 DONE", "12:02 DONE", "12:03 DONE"]


async def test_jitter_delays_the_start_and_not_the_next_fire_time(scheduling: Scheduling) -> None:
    key = await scheduling.start(jitter_s=30)
    start = Policy(jitter_s=30).start_of(key, to_us(NOW + MINUTE)) - to_us(NOW + MINUTE)
    assert 0 < start <= 30_000_000
    await scheduling.pass_time(MINUTE)
    assert await scheduling.states(key) == ["12:01 WAITING"]
    await scheduling.pass_time(timedelta(microseconds=start))
    assert await scheduling.states(key) == ["12:01 DONE"]


async def test_a_changed_schedule_starts_anew_and_a_stopped_one_stops(scheduling: Scheduling) -> None:
    key = await scheduling.start()
    later = Cron("30 12 * * *")
    now = to_us(NOW)
    await scheduling.database.write_queue.run(
        lambda conn: schedule_store.change(conn, key, timing=later, policy=Policy(), now_us=now)
    )
    await scheduling.pass_time(timedelta(minutes=30))
    assert await scheduling.states(key) == ["12:30 DONE"]
    await scheduling.database.write_queue.run(
        lambda conn: schedule_store.change(conn, key, timing=None, policy=Policy(), now_us=now)
    )
    await scheduling.pass_time(timedelta(days=2))
    assert await scheduling.states(key) == ["12:30 DONE"]


async def test_a_run_by_hand_comes_at_once_and_the_same_request_is_the_same_run(scheduling: Scheduling) -> None:
    key = await scheduling.start(None)
    first = await scheduling.runs.run_now(1, key, reserved_id="r-1")
    again = await scheduling.runs.run_now(1, key, reserved_id="r-1")
    other = await scheduling.runs.run_now(1, key)
    await scheduling.settle()
    assert first == again
    assert first.id != other.id
    assert [(run.cause, run.state) for run in await scheduling.records(key)] == 2 * [("MANUAL", "DONE")]


async def test_pages_of_runs_follow_each_other(scheduling: Scheduling) -> None:
    key = await scheduling.start()
    await scheduling.pass_time(5 * MINUTE)
    first = await scheduling.runs.page(TENANT, key, limit=3)
    rest = await scheduling.runs.page(TENANT, key, before=first.next, limit=3)
    assert rest.next is None
    assert [run.key for run in [*first.runs, *rest.runs]] == [
        run.key for run in (await scheduling.runs.page(TENANT, key)).runs
    ]


async def test_a_failed_run_is_retried_and_finally_failed(scheduling: Scheduling) -> None:
    tries = 0

    def fail(_run: LeasedRun) -> RunOutcome:
        nonlocal tries
        tries += 1
        raise ValueError("no such thing")

    scheduling.handler.do = fail
    key = await scheduling.start(At(to_us(NOW + MINUTE)))
    for _ in range(6):
        await scheduling.pass_time(timedelta(minutes=5))
    assert tries == MAX_ATTEMPTS
    [run] = await scheduling.records(key)
    reason = f"attempt {MAX_ATTEMPTS} of {MAX_ATTEMPTS} failed: an internal error (ValueError)"
    assert (run.state, run.note, run.attempts) == ("FAILED", reason, MAX_ATTEMPTS)
    [event] = await scheduling.event_attributes("schedule.fired")
    assert event["state"] == "FAILED"


async def test_a_run_that_waits_after_a_failure_has_the_reason_and_the_time(scheduling: Scheduling) -> None:
    def refuse(_run: LeasedRun) -> RunOutcome:
        raise InvalidInput.of("to", "is no address")

    scheduling.handler.do = refuse
    key = await scheduling.start(At(to_us(NOW + MINUTE)))
    await scheduling.pass_time(MINUTE)
    [run] = await scheduling.records(key)
    reason = f"attempt 1 of {MAX_ATTEMPTS} failed: to: is no address"
    assert (run.state, run.note) == ("WAITING", reason)
    assert run.next_attempt_at == to_us(NOW + MINUTE) + RETRY_FIRST_S * 1_000_000


async def test_a_run_behind_another_one_has_that_as_its_reason(scheduling: Scheduling) -> None:
    key = await scheduling.start(None)
    for reserved in ("first", "second"):
        await scheduling.runs.run_now(TENANT, key, reserved_id=reserved)
    first, second = await scheduling.records(key)
    assert (first.note, second.note, second.next_attempt_at) == ("", WAITS_FOR_ANOTHER, None)


async def test_a_result_that_cannot_be_stored_fails_its_own_run_only(scheduling: Scheduling) -> None:
    first, second = await scheduling.start(), await scheduling.start()

    def clash(run: LeasedRun) -> RunOutcome:
        mailing = scheduling.mailing(run)
        if run.schedule_key == second:
            return mailing
        taken = [
            record._replace(event_id="taken", body_hash=bytes([kind])) for kind in (1, 2) for record in mailing.records
        ]
        return RunOutcome(mailed=2, records=taken)

    scheduling.handler.do = clash
    scheduling.clock.advance(MINUTE)  # type: ignore[attr-defined]  # a ManualClock
    await scheduling.firer.run_once()
    runs = await scheduling.executor._take(2)
    results = [(run, await scheduling.executor._handle(run)) for run in runs]
    completed = [CompletedRun(run, result) for run, result in results if result]
    await scheduling.executor._completion._complete_batch(completed)
    assert [*await scheduling.states(first), *await scheduling.states(second)] == ["12:01 FAILED", "12:01 DONE"]
    [run] = await scheduling.records(first)
    assert run.note == "could not be stored: Conflict"
    assert len(await scheduling.mailed()) == 1


async def test_a_run_that_could_not_be_written_is_taken_again(scheduling: Scheduling) -> None:
    def refuse(run: LeasedRun) -> RunOutcome:
        if run.attempts == 1:
            raise Unavailable
        return RunOutcome()

    scheduling.handler.do = refuse
    key = await scheduling.start(At(to_us(NOW + MINUTE)))
    await scheduling.pass_time(MINUTE)
    assert await scheduling.states(key) == ["12:01 RUNNING"]
    await scheduling.pass_time(timedelta(seconds=LEASE_S + 1))
    assert await scheduling.states(key) == ["12:01 DONE"]


async def test_the_only_process_takes_over_interrupted_runs_at_once(scheduling: Scheduling) -> None:
    key = await scheduling.start()
    scheduling.clock.advance(MINUTE)  # type: ignore[attr-defined]  # a ManualClock
    await scheduling.firer.run_once()
    assert len(await scheduling.executor._take(1)) == 1
    restarted = Scheduling(scheduling.database, scheduling.clock)
    await restarted.executor.recover()
    await restarted.settle()
    is_alone = scheduling.database.dialect == "sqlite"
    assert await scheduling.states(key) == ["12:01 DONE" if is_alone else "12:01 RUNNING"]


async def test_a_process_that_has_lost_its_lease_writes_nothing(scheduling: Scheduling) -> None:
    other = Scheduling(scheduling.database, scheduling.clock)
    lost: list[bool] = []

    class Slow(RecordingHandler):
        async def handle(self, run: LeasedRun, lease: RunLease) -> RunOutcome:
            self.runs.append(run)
            scheduling.clock.advance(timedelta(seconds=LEASE_S + 1))  # type: ignore[attr-defined]  # a ManualClock
            await other.settle()
            with pytest.raises(LostRace):
                await lease.commit(_never)
            lost.append(True)
            return RunOutcome(mailed=99)

    async def _never(_conn: object) -> None:
        raise AssertionError

    scheduling.executor = type(scheduling.executor)(scheduling.database, {ScheduleKind.EVENT: Slow()}, scheduling.clock)
    key = await scheduling.start(At(to_us(NOW + MINUTE)))
    await scheduling.pass_time(MINUTE)
    [run] = await scheduling.records(key)
    assert lost
    assert (run.state, run.mailed, run.attempts) == ("DONE", 0, 2)
    assert len(await scheduling.event_attributes("schedule.fired")) == 1


async def test_many_schedulers_at_once_make_one_run_of_each_fire_time(scheduling: Scheduling) -> None:
    others = [scheduling, *(Scheduling(scheduling.database, scheduling.clock) for _ in range(3))]
    keys = [await scheduling.start() for _ in range(20)]
    for _ in range(3):
        scheduling.clock.advance(MINUTE)  # type: ignore[attr-defined]  # a ManualClock
        await asyncio.gather(*(each.settle() for each in others))
    for key in keys:
        assert await scheduling.states(key) == ["12:01 DONE", "12:02 DONE", "12:03 DONE"]
    runs = [run.id for each in others for run in each.handler.runs]
    assert len(runs) == len(set(runs)) == 60
    assert len(await scheduling.event_attributes("schedule.fired")) == 60


async def test_a_schedule_that_cannot_be_read_any_more_stops_alone(scheduling: Scheduling) -> None:
    gone, good = await scheduling.start(), await scheduling.start()
    timing = '{"cron": "* * * * *", "zone": "Mars/Phobos"}'
    await scheduling.database.write_queue.run(lambda conn: schedules.change(conn, gone, {"timing": timing}))
    await scheduling.pass_time(MINUTE)
    await scheduling.pass_time(MINUTE)
    assert await scheduling.states(gone) == ["12:01 FAILED"]
    assert "Mars/Phobos" in (await scheduling.records(gone))[0].note
    assert await scheduling.states(good) == ["12:01 DONE", "12:02 DONE"]
    assert [fired["state"] for fired in await scheduling.event_attributes("schedule.fired")].count("FAILED") == 1


async def test_schedules_that_rest_are_not_read(scheduling: Scheduling) -> None:
    resting = At(to_us(NOW + timedelta(days=300)))
    await asyncio.gather(*(scheduling.start(resting) for _ in range(50)))
    due = await scheduling.start(MINUTELY)
    scheduling.clock.advance(MINUTE)  # type: ignore[attr-defined]  # a ManualClock
    assert await scheduling.firer.run_once() == 1
    assert await scheduling.executor.run_once() == 1
    assert await scheduling.states(due) == ["12:01 DONE"]
