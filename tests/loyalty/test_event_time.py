"""The time of an event is its `createdAt`: spend, levels, expiry, campaigns and counters go by it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.loyalty_hub import ADA, PER_UNIT, SCOPE, TEN, Scheme
from tidings_server.loyalty.periods import Period
from tidings_server.loyalty.rules.economy import EconomyLevel, ExpiryKind, ExpiryPolicy
from tidings_server.platform.clock import rfc3339_ms, to_us
from tidings_server.platform.errors import InvalidInput

DAY = timedelta(days=1)


def ago(scheme: Scheme, days: float) -> str:
    return rfc3339_ms(to_us(scheme.clock.now() - days * DAY))


async def spend(scheme: Scheme, total: float, days: float, **other: Any) -> None:
    await scheme.process("transaction", {"total": total}, createdAt=ago(scheme, days), **other)


async def test_a_time_in_the_future_is_refused_beyond_five_minutes_and_is_now_within(scheme: Scheme) -> None:
    for field in ("createdAt", "updatedAt"):
        with pytest.raises(InvalidInput, match="up to five minutes later"):
            scheme.record("order", {"total": 1}, **dict[str, Any]({field: ago(scheme, -400 / 86_400)}))
    await scheme.rule(TEN, effectiveFrom=ago(scheme, -100 / 86_400))
    await scheme.process("order", {"total": 1}, createdAt=ago(scheme, -200 / 86_400))
    assert await scheme.balance() == 0


async def test_an_import_of_the_past_gets_the_levels_and_campaigns_of_its_time(scheme: Scheme) -> None:
    """Three years of spend: 150, then 60 and 60, then 10; a level from 100 a year on; a campaign in the first year."""
    await scheme.economy("1", levels=(EconomyLevel("gold", Decimal(100), Decimal(2)),))
    await scheme.rule(TEN, assesses="TRANSACTION", effectiveFrom=ago(scheme, 1_000), effectiveTo=ago(scheme, 900))
    for total, days in ((150, 950), (10, 940), (60, 500), (60, 490), (10, 20)):
        await spend(scheme, total, days)
    account = await scheme.account()
    assert account.balance == (150 + 10) + (20 + 10) + 60 + 60 + 10
    assert (account.lifetime_spend, account.annual_spend) == (Decimal(290), Decimal(10))


@pytest.mark.parametrize("days", [[950, 500, 400, 20], [20, 400, 500, 950], [400, 20, 950, 500]])
async def test_the_years_of_spend_are_the_same_in_whatever_order_events_come(scheme: Scheme, days: list[int]) -> None:
    for each in days:
        await spend(scheme, 1 if each == 20 else 100, each)
    account = await scheme.account()
    assert (account.lifetime_spend, account.annual_spend) == (Decimal(301), Decimal(1))
    late = await scheme.rule(TEN, assesses="TRANSACTION", condition="customer.annual_spend == 200.0")
    await spend(scheme, 5, 450)
    assert late.id
    assert await scheme.balance() == 10


async def test_imported_points_that_are_over_expire_at_once(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT, assesses="TRANSACTION")
    await scheme.economy(expiry=ExpiryPolicy(ExpiryKind.AGE, Period(days=100)))
    await spend(scheme, 70, 101)
    await spend(scheme, 30, 99)
    await scheme.expire()
    assert await scheme.balance() == 30


async def test_activity_of_the_past_keeps_points_only_if_it_came_in_time(scheme: Scheme) -> None:
    """One batch or several make no difference: what was due before an activity is over."""
    await scheme.rule(PER_UNIT, assesses="TRANSACTION")
    await scheme.economy(expiry=ExpiryPolicy(ExpiryKind.INACTIVITY, Period(days=100)))
    times = (300, 250, 100, 50)
    await scheme.send(*(scheme.record("transaction", {"total": 10}, createdAt=ago(scheme, days)) for days in times))
    await scheme.run()
    await scheme.expire()
    assert await scheme.balance() == 20


async def test_counts_of_a_period_end_with_the_event(scheme: Scheme) -> None:
    await scheme.rule(TEN, assesses="TRANSACTION", condition="counters.within['10d'] == 2")
    for days in (1, 30, 25):
        await spend(scheme, 1, days)
    assert await scheme.balance() == 10


async def test_a_hold_that_nobody_ends_is_void_after_thirty_days(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await scheme.order(100)
    held = await scheme.spend(60, hold=True)
    scheme.pass_time(30 * DAY)
    assert await scheme.expiry.release_holds() == 0
    scheme.pass_time(timedelta(seconds=1))
    assert await scheme.expiry.release_holds() == 1
    assert (await scheme.redemptions.get(SCOPE, held.event_id)).state == "VOIDED"
    account = await scheme.account(ADA)
    assert (account.balance, account.held) == (100, 0)
