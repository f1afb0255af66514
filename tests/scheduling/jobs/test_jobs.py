"""The life of a notification job, and the schedule that goes with it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from tidings_server.platform.clock import Ids, ManualClock, from_us
from tidings_server.platform.errors import Conflict, InvalidInput, LimitExceeded, NotFound, VersionMismatch
from tidings_server.platform.scope import Scope
from tidings_server.scheduling.jobs.jobs import JobDraft, Jobs
from tidings_server.scheduling.store.jobs import StoredJob
from tidings_server.scheduling.store.tables import schedule
from tidings_server.storage.database import Database

SCOPE = Scope(1, "t-1", "demo", "ada", "shop")
OTHER = Scope(2, "t-2", "other", "eve", "shop")
DRAFT = JobDraft(id="j", notification="REMINDER", is_scheduled=True, schedule="0 9 * * *", request_hash=b"1" * 32)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 28, 12, tzinfo=UTC))


@pytest.fixture
async def jobs(database_url: str, clock: ManualClock) -> AsyncIterator[Jobs]:
    database = await Database.open(database_url, clock=clock)
    yield Jobs(database, clock, Ids(clock), max_per_tenant=3)
    await database.close()


async def fires(jobs: Jobs) -> list[str]:
    """When each schedule fires next."""
    async with jobs._database.read() as conn:
        times = (await conn.execute(select(schedule.c.next_at).order_by(schedule.c.key))).scalars()
    return [f"{from_us(at):%d %H:%M}" if at else "never" for at in times]


async def made(jobs: Jobs, **changes: Any) -> StoredJob:
    stored, _ = await jobs.create(SCOPE, replace(DRAFT, **changes))
    return stored


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "29 09:00"),
        ({"schedule_expression": "0 30 10 * * *"}, "29 10:30"),
        ({"schedule": "", "schedule_expression": "0 8 * * *"}, "29 08:00"),
        ({"time_zone": "Europe/Berlin"}, "29 07:00"),
        ({"is_active": False}, "never"),
        ({"is_scheduled": False}, "never"),
        ({"is_scheduled": False, "schedule": ""}, "never"),
    ],
)
async def test_a_job_fires_on_its_schedule(jobs: Jobs, changes: dict[str, Any], expected: str) -> None:
    stored = await made(jobs, **changes)
    assert await fires(jobs) == [expected]
    assert [f"{from_us(at):%d %H:%M}" for at in jobs.next_runs(stored)][:1] == [expected] * (expected != "never")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"schedule": "0 10 * * *"}, "29 10:00"),
        ({"is_active": False}, "never"),
        ({"template_id": "d-2", "number_of_items": 3}, "29 09:00"),
    ],
)
async def test_a_change_of_timing_moves_the_schedule(jobs: Jobs, changes: dict[str, Any], expected: str) -> None:
    stored = await made(jobs)
    changed = await jobs.update(SCOPE, "j", changes)
    assert (changed.version, changed.schedule_key) == (2, stored.schedule_key)
    assert await fires(jobs) == [expected]
    again = await jobs.update(SCOPE, "j", {"is_active": True, "schedule": "0 9 * * *"})
    assert (again.version, await fires(jobs)) == (3, ["29 09:00"])


async def test_a_deleted_job_can_be_looked_at_and_nothing_else(jobs: Jobs) -> None:
    await made(jobs)
    await jobs.delete(SCOPE, "j")
    await jobs.delete(SCOPE, "j")
    assert await fires(jobs) == ["never"]
    stored = await jobs.get(SCOPE, "j")
    assert stored.deleted_at is not None
    assert (jobs.next_runs(stored), await jobs.list_live(SCOPE)) == ([], [])
    for call in (jobs.update(SCOPE, "j", {}), jobs.existing(SCOPE, "j")):
        with pytest.raises(NotFound):
            await call
    with pytest.raises(Conflict):
        await made(jobs)


async def test_a_repeat_is_known_by_its_body(jobs: Jobs) -> None:
    stored, was_there = await jobs.create(SCOPE, DRAFT)
    assert await jobs.create(SCOPE, DRAFT) == (stored, True)
    assert not was_there
    with pytest.raises(Conflict):
        await made(jobs, request_hash=b"2" * 32)
    assert len(await fires(jobs)) == 1


async def test_a_bad_change_changes_nothing(jobs: Jobs) -> None:
    stored = await made(jobs)
    for changes in ({"schedule": "nope"}, {"schedule": ""}, {"time_zone": "Nowhere"}):
        with pytest.raises(InvalidInput):
            await jobs.update(SCOPE, "j", changes)
    with pytest.raises(VersionMismatch):
        await jobs.update(SCOPE, "j", {"is_active": False}, if_match=frozenset({7}))
    with pytest.raises(VersionMismatch):
        await jobs.delete(SCOPE, "j", if_match=frozenset({7}))
    assert await jobs.get(SCOPE, "j") == stored


async def test_tenants_do_not_see_each_others_jobs(jobs: Jobs) -> None:
    await made(jobs)
    theirs, _ = await jobs.create(OTHER, DRAFT)
    assert [each.tenant_id for each in await jobs.list_live(OTHER)] == [theirs.tenant_id] == [2]
    await made(jobs, id="mine")
    for call in (jobs.get(OTHER, "mine"), jobs.update(OTHER, "mine", {}), jobs.delete(OTHER, "mine")):
        with pytest.raises(NotFound):
            await call


async def test_a_tenant_has_so_many_jobs(jobs: Jobs) -> None:
    for number in range(3):
        await made(jobs, id=f"j{number}")
    with pytest.raises(LimitExceeded):
        await made(jobs, id="one more")
    assert len(await fires(jobs)) == 3
