"""Amounts of two currencies are never added: spend, levels, counters and economies are those of an event's currency."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.loyalty_hub import PER_UNIT, TEN, Scheme
from tidings_server.loyalty.rules.economy import EconomyLevel
from tidings_server.platform.clock import rfc3339_ms, to_us

GOLD = (EconomyLevel("gold", Decimal(500), Decimal(2)),)


async def order(scheme: Scheme, total: float, currency: str = "", order_id: str = "", **fields: Any) -> None:
    await scheme.process("order", {"orderId": order_id, "total": total, "currencyCode": currency, **fields})


async def spend(scheme: Scheme) -> dict[str, Decimal]:
    account = await scheme.account()
    assert all(each.annual == each.lifetime for each in account.spend)
    return {"": account.lifetime_spend} | {each.currency: each.lifetime for each in account.spend}


async def test_spend_is_kept_by_currency_whichever_comes_first(scheme: Scheme) -> None:
    for total, currency in ((9000, "JPY"), (100, "EUR"), (1000, "JPY"), (7, ""), (20.5, "EUR")):
        await order(scheme, total, currency)
    assert await spend(scheme) == {"": 7, "JPY": 10000, "EUR": Decimal("120.5")}


async def test_with_one_currency_all_is_one_sum(scheme: Scheme) -> None:
    await order(scheme, 100, "EUR")
    await scheme.process("transaction", {"total": 11})
    assert await spend(scheme) == {"": 111, "EUR": 100}


async def test_spend_without_a_currency_counts_in_each(scheme: Scheme) -> None:
    """As does what was spent before currencies were kept."""
    await scheme.rule(TEN, condition="counters.lifetime_spend > 500.0")
    await order(scheme, 400)
    await order(scheme, 90, "EUR")
    await order(scheme, 90, "SEK")
    assert (await scheme.account()).balance == 0
    await order(scheme, 11, "SEK")
    assert (await scheme.account()).balance == 10


async def test_a_level_is_reached_in_its_own_currency(scheme: Scheme) -> None:
    await scheme.economy("1", levels=GOLD)
    for total, currency, expected in ((9000, "JPY", 9000), (100, "EUR", 9100), (400, "EUR", 9500), (10, "EUR", 9520)):
        await order(scheme, total, currency)
        assert (await scheme.account()).balance == expected


async def test_each_currency_may_have_an_economy(scheme: Scheme, clock: Any) -> None:
    await scheme.economy("1", levels=GOLD)
    await scheme.economy("0.01", currency="JPY", effective_from_us=clock.now_us() - 1_000_000)
    for total, currency, expected in ((9000, "JPY", 90), (100, "EUR", 190), (10, "", 200), (1000, "JPY", 210)):
        await order(scheme, total, currency)
        assert (await scheme.account()).balance == expected


@pytest.mark.parametrize("condition", ["customer.lifetime_spend > 500.0", "customer.annual_spend > 500.0"])
async def test_conditions_see_the_spend_of_the_events_currency(scheme: Scheme, condition: str) -> None:
    await scheme.rule(TEN, condition=condition)
    await order(scheme, 9000, "JPY")
    await order(scheme, 400, "EUR")
    await order(scheme, 200, "EUR")
    assert (await scheme.account()).balance == 0
    await order(scheme, 1, "JPY")
    await order(scheme, 1, "EUR")
    assert (await scheme.account()).balance == 20


async def test_a_threshold_is_crossed_once_in_each_currency(scheme: Scheme) -> None:
    await scheme.rule(TEN, condition="counters.lifetime_value_before < 500.0 && counters.lifetime_value >= 500.0")
    for total, currency, expected in ((499, "EUR", 0), (499, "SEK", 0), (1, "SEK", 10), (1, "EUR", 20), (9, "EUR", 20)):
        await order(scheme, total, currency)
        assert (await scheme.account()).balance == expected


async def test_an_order_leaves_the_currency_that_it_was_in(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await order(scheme, 100, "EUR", "o-1")
    await order(scheme, 50, "EUR", "o-2")
    await order(scheme, 1100, "SEK", "o-1")
    assert await spend(scheme) == {"": 0, "EUR": 50, "SEK": 1100}
    await order(scheme, 1100, "SEK", "o-1", financialStatus="refunded")
    assert await spend(scheme) == {"": 50, "EUR": 50}
    assert (await scheme.account()).balance == 50


async def test_an_order_that_changes_its_currency_is_compared_in_the_new_one(scheme: Scheme) -> None:
    await scheme.economy("1", levels=GOLD)
    await scheme.rule(TEN, condition="counters.lifetime_spend_before >= 500.0")
    await order(scheme, 600, "SEK", "o-1")
    await order(scheme, 10, "EUR", "o-2")
    assert (await scheme.account()).balance == 610
    await order(scheme, 10, "SEK", "o-2")
    assert (await scheme.account()).balance == 600 + 20 + 10
    await order(scheme, 10, "EUR", "o-2")
    assert (await scheme.account()).balance == 610


async def test_years_are_those_of_each_currency(scheme: Scheme) -> None:
    """An import of last year's orders makes the customer older; both currencies count by its years."""
    await order(scheme, 100, "EUR")
    await order(scheme, 900, "JPY")
    for currency in ("EUR", "JPY"):
        body = {"orderId": "", "total": 5, "currencyCode": currency}
        created = scheme.clock.now().replace(year=scheme.clock.now().year - 1, month=1, day=1)
        await scheme.process("order", body, createdAt=created.isoformat().replace("+00:00", "Z"))
    found = {each.currency: (int(each.lifetime), int(each.annual)) for each in (await scheme.account()).spend}
    assert found == {"EUR": (105, 100), "JPY": (905, 900)}


async def test_a_customer_who_has_spent_for_years_has_the_spend_of_this_one(scheme: Scheme) -> None:
    """Days of earlier years are not read again, and a condition on an order of an earlier year has that year's."""
    await scheme.rule(TEN, condition="customer.annual_spend == 2.0")
    for days_ago in (1_200, 800, 790, 400, 30, 20):
        for currency in ("EUR", "JPY"):
            at = scheme.clock.now() - timedelta(days=days_ago)
            body = {"orderId": f"{days_ago}", "total": 1, "currencyCode": currency}
            await scheme.process("order", body, createdAt=rfc3339_ms(to_us(at)), name_space=currency)
    found = {each.currency: (int(each.lifetime), int(each.annual)) for each in (await scheme.account()).spend}
    assert found == {"EUR": (6, 2), "JPY": (6, 2)}
    before = await scheme.balance()
    late = rfc3339_ms(to_us(scheme.clock.now() - timedelta(days=780)))
    await scheme.process("order", {"orderId": "l", "total": 1, "currencyCode": "JPY"}, createdAt=late)
    assert await scheme.balance() == before + 10
