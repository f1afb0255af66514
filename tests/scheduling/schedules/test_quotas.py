"""Runs of a tenant at its quota wait, and are made up when there is room again."""

from datetime import timedelta

from tests.support.schedules import Scheduling
from tidings_server.identity.quotas import Quotas
from tidings_server.identity.store.quotas import Quota
from tidings_server.platform.clock import ManualClock
from tidings_server.scheduling.schedules.runs import WAITS_FOR_QUOTA
from tidings_server.storage.database import Database

MINUTE = timedelta(minutes=1)


async def test_a_run_of_a_tenant_in_debt_waits_for_it_to_be_paid(database: Database, clock: ManualClock) -> None:
    quotas = Quotas(database, defaults=Quota(events_per_second=1), clock=clock)
    scheduling = Scheduling(database, clock, quotas=quotas)
    key = await scheduling.start()
    quotas.charge(1, 90)
    await scheduling.pass_time(MINUTE)
    assert [state.partition(" ")[2] for state in await scheduling.states(key)] == ["WAITING"]
    assert [run.note for run in await scheduling.records(key)] == [WAITS_FOR_QUOTA]
    await scheduling.pass_time(MINUTE)
    assert "12:01 DONE" in await scheduling.states(key)
