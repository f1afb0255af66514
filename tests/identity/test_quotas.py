"""Quotas of a tenant: a rate with a burst, subscriptions, storage as it is counted."""

from datetime import timedelta

import pytest

from tests.support.events import record
from tests.support.installation import Installation
from tidings_server.identity.quotas import BURST_S, Quotas
from tidings_server.identity.store import quotas as table
from tidings_server.identity.store.quotas import ROW_BYTES, Quota, Usage
from tidings_server.identity.store.retention import UsageRetention
from tidings_server.identity.tenant_quotas import TenantQuotas
from tidings_server.log.store import retention
from tidings_server.platform.errors import InvalidInput, LimitExceeded, NotFound

NONE = Quota(0, 0, 0)


def counting(installation: Installation, defaults: Quota = NONE) -> Quotas:
    return Quotas(installation.database, defaults=defaults, clock=installation.clock)


@pytest.fixture
def operators(installation: Installation) -> TenantQuotas:
    return TenantQuotas(installation.database, installation.tenants)


async def caught_up(quotas: Quotas) -> Quotas:
    while await quotas.run_once():
        continue
    return quotas


async def test_a_rate_admits_its_number_and_answers_a_retry_after(installation: Installation) -> None:
    quotas = counting(installation, Quota(2, 0, 0))
    for _ in range(int(2 * BURST_S)):
        quotas.take(1, 1)
    with pytest.raises(LimitExceeded) as refused:
        quotas.take(1, 1)
    assert refused.value.retry_after_s == pytest.approx(0.5)
    quotas.take(2, 1)
    installation.clock.advance(timedelta(seconds=0.5))
    quotas.take(1, 1)
    with pytest.raises(LimitExceeded):
        quotas.take(1, 1)


async def test_a_batch_counts_as_its_events_and_one_that_is_too_large_waits_for_all(
    installation: Installation,
) -> None:
    quotas = counting(installation, Quota(1, 0, 0))
    quotas.take(1, 1_000)
    with pytest.raises(LimitExceeded) as refused:
        quotas.take(1, 1)
    assert refused.value.retry_after_s == pytest.approx(1_000 - BURST_S + 1)


async def test_a_change_of_configuration_counts_as_an_event(
    installation: Installation,
) -> None:
    quotas = counting(installation, Quota(1, 0, 0))
    for _ in range(int(BURST_S)):
        quotas.take_change(1)
    with pytest.raises(LimitExceeded):
        quotas.take_change(1)
    with pytest.raises(LimitExceeded):
        quotas.take(1, 1)


async def test_of_several_events_as_many_are_admitted_as_there_is_room_for(installation: Installation) -> None:
    quotas = counting(installation, Quota(2, 0, 0))
    assert quotas.take_upto(1, 15) == (15, None)
    taken, error = quotas.take_upto(1, 15)
    assert taken == 5
    assert error is not None
    assert error.retry_after_s == pytest.approx(0.5)
    assert quotas.take_upto(1, 1)[0] == 0
    assert quotas.take_upto(2, 1) == (1, None)
    installation.clock.advance(timedelta(seconds=0.5))
    assert quotas.take_upto(1, 2)[0] == 1


async def test_storage_is_counted_and_full_is_full_until_retention_has_passed(
    installation: Installation, operators: TenantQuotas
) -> None:
    database = installation.database
    quotas = await caught_up(counting(installation))
    await operators.put("demo", Quota(storage_bytes=2 * (ROW_BYTES + 10)))
    await database.write_queue.append([record(body=b"x" * 10), record(body=b"y" * 10), record(body=b"z", tenant_id=2)])
    await caught_up(quotas)
    assert (await operators.get("demo")).used == Usage(2, 2 * (ROW_BYTES + 10))
    with pytest.raises(LimitExceeded, match="bytes of events"):
        quotas.take(1, 1)
    quotas.take(2, 1)
    await database.write_queue.run(lambda conn: retention.remove_events(conn, [UsageRetention()], after=0, upto=1))
    await caught_up(quotas)
    assert (await operators.get("demo")).used == Usage(1, ROW_BYTES + 10)
    quotas.take(1, 1)


async def test_usage_falls_by_what_goes_of_each_tenant_and_by_nothing_that_stays(
    installation: Installation, operators: TenantQuotas
) -> None:
    database = installation.database
    bodies = {1: [b"a" * 10, b"b" * 20], 2: [b"c" * 30, b"d" * 40], 3: [b"e" * 50]}
    await database.write_queue.append([record(body=body, tenant_id=each) for each in bodies for body in bodies[each]])
    await caught_up(counting(installation))
    going = [1, 3, 4]
    await database.write_queue.run(
        lambda conn: retention.remove_events(conn, [UsageRetention()], after=0, upto=5, only=going)
    )
    async with database.read() as conn:
        used = await table.usage(conn)
    assert used == {1: Usage(1, ROW_BYTES + 20), 2: Usage(0, 0), 3: Usage(1, ROW_BYTES + 50)}
    assert (await operators.get("demo")).used == used[1]


async def test_two_processes_count_every_event_once(installation: Installation, operators: TenantQuotas) -> None:
    first, second = counting(installation), counting(installation)
    await installation.database.write_queue.append([record() for _ in range(10)])
    await caught_up(first)
    await caught_up(second)
    await installation.database.write_queue.append([record() for _ in range(5)])
    await caught_up(second)
    await caught_up(first)
    assert (await operators.get("demo")).used.events == 15


async def test_a_tenants_own_quota_goes_before_the_default(installation: Installation, operators: TenantQuotas) -> None:
    quotas = counting(installation, Quota(1, 5, 0))
    await operators.put("demo", Quota(events_per_second=0, subscriptions=7))
    await caught_up(quotas)
    assert (quotas.subscriptions(1), quotas.subscriptions(2)) == (7, 5)
    for _ in range(100):
        quotas.take(1, 1)
    await operators.put("demo", Quota())
    await caught_up(quotas)
    assert quotas.subscriptions(1) == 5


@pytest.mark.parametrize("quota", [Quota(-1), Quota(subscriptions=2**31), Quota(storage_bytes=2**60)])
async def test_a_bad_quota_is_refused(operators: TenantQuotas, quota: Quota) -> None:
    with pytest.raises(InvalidInput):
        await operators.put("demo", quota)


async def test_an_unknown_tenant_has_no_quota(operators: TenantQuotas) -> None:
    with pytest.raises(NotFound):
        await operators.get("nosuch")


async def test_an_uncounted_tenant_has_no_position(installation: Installation) -> None:
    async with installation.database.read() as conn:
        assert await table.position(conn, 0) is None
