"""Events that workflows send count for their tenant: at the bound its runs fail with a reason, others' go on."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.support.hub import Hub
from tests.support.workflows import ruleset, step
from tidings_server.identity.quotas import Quotas
from tidings_server.identity.store.quotas import Quota
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.errors import LimitExceeded
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api

RATE = Quota(events_per_second=1)
OTHER = Scope(2, "t-2", "other", "bob", "shop", retailer_id="1")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def database(database_url: str, clock: ManualClock) -> AsyncIterator[Database]:
    opened = await Database.open(database_url, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
def quotas(database: Database, clock: ManualClock) -> Quotas:
    return Quotas(database, defaults=RATE, clock=clock)


@pytest.fixture
def hub(database: Database, clock: ManualClock, quotas: Quotas) -> Hub:
    return Hub(database, clock, quotas)


async def test_a_cascade_is_cut_with_a_reason_and_its_tenants_calls_wait(hub: Hub, quotas: Quotas) -> None:
    """Two events from each: without a quota the tree has over 4,000 events."""
    await hub.put(ruleset("Grow", step("SendEvent", eventName="Grow"), step("SendEvent", eventName="Grow")))
    await hub.submit("Grow")
    assert await hub.count(name="Grow") < 30
    assert quotas.shortage(1) == "quota: this tenant may store 1 events a second"
    statuses = {event.seq: (await hub.outcome(event.seq)).status for event in await hub.events(name="Grow")}
    assert set(statuses.values()) == {"SUCCESS", "FAILED"}
    failed = next(seq for seq, status in statuses.items() if status == "FAILED")
    values = [str(each.value) for audit in await hub.audits(failed) for each in audit.attributes]
    assert "quota: this tenant may store 1 events a second" in values
    with pytest.raises(LimitExceeded):
        quotas.take(1, 1)


async def test_a_run_that_sends_nothing_does_not_fail_for_it(hub: Hub, quotas: Quotas) -> None:
    await hub.put(ruleset("CREATE", step("ChangeState", status="CREATED")))
    quotas.charge(1, 1_000)
    assert quotas.shortage(1)
    await hub.submit("CREATE")
    assert await hub.status() == "CREATED"


async def test_another_tenants_runs_are_not_affected(hub: Hub, quotas: Quotas) -> None:
    await hub.put(ruleset("Go", step("SendEvent", eventName="Went")), scope=OTHER)
    quotas.charge(1, 1_000)
    await hub.submit("Go", tenant_id=2)
    assert await hub.count(name="Went", tenant_id=2) == 1


async def test_scheduled_events_wait_until_the_debt_is_paid_and_are_not_lost(hub: Hub, quotas: Quotas) -> None:
    await hub.put(ruleset("CREATE", step("ScheduleEvent", eventName="Later", delay="PT1S")))
    await hub.submit("CREATE")
    quotas.charge(1, 100)
    await hub.pass_time(timedelta(seconds=10))
    assert await hub.names() == ["CREATE"]
    await hub.pass_time(timedelta(seconds=100))
    assert await hub.names() == ["CREATE", "Later"]


async def test_events_of_the_server_are_charged_when_the_log_is_read(
    hub: Hub, quotas: Quotas, database: Database
) -> None:
    """Whatever stored it: these stand for mails, runs of schedules and what loyalty derives."""
    derived = [hub.event("Derived")._replace(hops=1, api=Api.LOYALTY) for _ in range(200)]
    await database.write_queue.append(derived)
    while await quotas.run_once():
        continue
    assert 1 in quotas.exhausted()
    assert quotas.shortage(1)


@pytest.mark.parametrize(("api", "kind"), [(Api.COLLECTOR, "ENTITY_EVENT"), (Api.LOYALTY, "ORDER")])
async def test_events_that_a_receiver_posts_back_are_not_charged_twice(
    hub: Hub, quotas: Quotas, database: Database, api: Api, kind: str
) -> None:
    """They were charged as they came, and have hops because their receiver hands on the trace context."""
    sent = [hub.event("Sent")._replace(hops=1, api=api, type=kind) for _ in range(200)]
    await database.write_queue.append(sent)
    while await quotas.run_once():
        continue
    assert not quotas.exhausted()


async def test_debt_has_a_bound(quotas: Quotas, clock: ManualClock) -> None:
    quotas.charge(1, 1_000_000)
    clock.advance(timedelta(seconds=602))
    quotas.take(1, 1)


async def test_without_a_quota_nothing_is_charged(database: Database, clock: ManualClock) -> None:
    free = Quotas(database, defaults=Quota(0, 0, 0), clock=clock)
    free.charge(1, 1_000_000)
    free.take(1, 1_000)
    assert free.shortage(1) is None
    assert not free.exhausted()
