"""A backtest finds the effects that a rule would have had, from the events alone, and changes nothing."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from tests.loyalty.backtest_hub import ADA, BOB, SCOPE, BacktestHub
from tests.support.loyalty_hub import PER_UNIT
from tidings_server.loyalty.assessment.backtest import MAX_RUNNING, BacktestProgress, BacktestRange
from tidings_server.loyalty.assessment.backtest_sums import MAX_DAYS, TOP, MatchSums
from tidings_server.loyalty.store.tables import customer, loyalty_lot
from tidings_server.platform.clock import US_PER_DAY, ManualClock, rfc3339_ms, to_us
from tidings_server.platform.errors import InvalidInput, LimitExceeded, NotFound
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database
from tidings_server.storage.log.tables import event

STRANGER = Scope(2, "0190c5a6-0000-7000-8000-000000000002", "other", "key", "app")
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def hub(database_url: str) -> AsyncIterator[BacktestHub]:
    clock = ManualClock(START)
    database = await Database.open(database_url, clock=clock)
    yield BacktestHub(database, clock)
    await database.close()


def figures(found: BacktestProgress) -> tuple[int, int, int, int]:
    return found.assessed, found.matched, len(found.customers), found.points


async def test_a_backtest_of_an_empty_log_matches_nothing(hub: BacktestHub) -> None:
    assert figures(await hub.backtest()) == (0, 0, 0, 0)


async def test_events_of_the_kind_and_namespace_are_assessed_and_those_that_match_counted(hub: BacktestHub) -> None:
    large = await hub.store("order", {"total": 120})
    await hub.store("order", {"total": 80})
    await hub.store("order", {"total": 200}, by=BOB)
    await hub.store("order", {"total": 500}, name_space="Elsewhere")
    await hub.store("transaction", {"total": 500})
    await hub.store("order", {"total": 500}, scope=STRANGER)
    found = await hub.backtest(condition="event.order.total > 100.0", nameSpace={"equals": "Shop"})
    assert figures(found) == (3, 2, 2, 20)
    first = found.examples[0]
    assert (first.event_id, first.customer_id, first.points) == (large, ADA, 10)


async def test_points_per_unit_are_rounded_down_once_for_each_event(hub: BacktestHub) -> None:
    for total in (1.99, 1.99, 10.5):
        await hub.store("order", {"total": total})
    per_unit = [{"type": "POINTS_PER_UNIT", "points": 2}]
    assert (await hub.backtest(fulfilments=per_unit)).points == 3 + 3 + 21


async def test_the_range_bounds_the_events_and_the_dates_of_the_rule_do_not(hub: BacktestHub) -> None:
    for _ in range(4):
        await hub.store("order", {"total": 1})
        hub.clock.advance(timedelta(days=1))
    span = BacktestRange(to_us(START + timedelta(days=1)), to_us(START + timedelta(days=3)), examples=1)
    found = await hub.backtest(span, effectiveFrom="2030-01-01T00:00:00Z")
    assert figures(found) == (2, 2, 1, 20)
    assert [each.recorded_at for each in found.examples] == [span.start_us]


async def test_the_range_and_the_days_are_of_when_events_happened(hub: BacktestHub) -> None:
    """An import of last year's orders, stored today."""
    for day in (1, 2, 2, 3):
        await hub.store("order", {"total": 1}, createdAt=rfc3339_ms(to_us(START - timedelta(days=400 - day))))
    await hub.store("order", {"total": 1})
    span = BacktestRange(to_us(START - timedelta(days=399)), to_us(START - timedelta(days=397)), examples=1)
    for condition in ("", "counters.nth >= 1"):
        found = await hub.backtest(span, condition=condition)
        assert figures(found) == (3, 3, 1, 30)
        assert [each.events for _, each in found.sums.by_day()] == [1, 2]


async def test_spend_is_that_of_the_currency_of_each_event(hub: BacktestHub) -> None:
    for total, currency in ((9_000, "JPY"), (100, "EUR"), (500, "EUR"), (1, "EUR"), (1, "JPY")):
        await hub.store("order", {"orderId": f"o-{total}-{currency}", "total": total, "currencyCode": currency})
    assert (await hub.backtest(condition="customer.lifetime_spend >= 600.0")).matched == 2


async def test_counters_are_those_of_the_time_and_include_events_before_the_range(hub: BacktestHub) -> None:
    """Orders on five days; the range has the last two, of which the fifth is the fifth."""
    for _ in range(5):
        await hub.store("order", {"total": 10})
        await hub.store("transaction", {"total": 1})
        hub.clock.advance(timedelta(days=1))
    span = BacktestRange(start_us=to_us(START + timedelta(days=3)))
    assert figures(await hub.backtest(span, condition="counters.nth % 5 == 0")) == (2, 1, 1, 10)
    assert (await hub.backtest(span, condition="counters.within['2d'] == 2")).matched == 2
    crossed = "counters.lifetime_spend_before < 50.0 && counters.lifetime_spend >= 50.0"
    assert (await hub.backtest(span, condition=crossed)).matched == 1  # 44 + 10 = 54, with the transactions


async def test_a_reversed_order_is_subtracted_from_the_spend(hub: BacktestHub) -> None:
    await hub.store("order", {"orderId": "o-1", "total": 100})
    await hub.store("order", {"orderId": "o-1", "total": 100, "orderStatus": "Returned"})
    await hub.store("order", {"orderId": "o-2", "total": 5})
    assert figures(await hub.backtest(condition="customer.lifetime_spend > 0.0")) == (2, 0, 0, 0)
    assert figures(await hub.backtest()) == (2, 1, 1, 10)


async def test_an_order_counts_once_as_what_it_stands_at(hub: BacktestHub) -> None:
    for total in (100, 100, 60):
        await hub.store("order", {"orderId": "o-1", "total": total})
    found = await hub.backtest(fulfilments=[PER_UNIT])
    assert (found.matched, found.points, len(found.examples)) == (1, 60, 1)


async def test_more_events_than_one_chunk_are_all_assessed(hub: BacktestHub) -> None:
    records = [hub.record("action", {"count": at % 7}, by=BOB if at % 2 else ADA) for at in range(1_203)]
    for part in (records[:700], records[700:]):
        await hub.database.write_queue.append(part)
    found = await hub.backtest(assesses="ACTION", condition="event.action.count == 3")
    assert figures(found) == (1_203, 172, 2, 1_720)
    assert len(found.examples) == 10


async def test_it_changes_nothing(hub: BacktestHub) -> None:
    await hub.store("order", {"total": 120})
    await hub.backtest(condition="counters.nth == 1 && customer.balance == 0")
    async with hub.database.read() as conn:
        counted = [
            (await conn.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (event, customer, loyalty_lot)
        ]
    assert counted == [1, 0, 0]


async def test_an_unknown_rule_and_a_bad_range_are_refused(hub: BacktestHub) -> None:
    with pytest.raises(NotFound):
        await anext(hub.backtests.run(SCOPE, "nobody's", BacktestRange()))
    with pytest.raises(InvalidInput, match="must be after from"):
        await hub.backtest(BacktestRange(start_us=5, end_us=5))


async def test_the_number_of_concurrent_backtests_is_limited(hub: BacktestHub) -> None:
    await hub.store("order", {"total": 1})
    await hub.backtest()
    [rule] = await hub.rules.list(SCOPE)
    running = [hub.backtests.run(SCOPE, rule.id, BacktestRange()) for _ in range(MAX_RUNNING + 1)]
    for each in running[:MAX_RUNNING]:
        await anext(each)
    with pytest.raises(LimitExceeded):
        await anext(running[-1])
    for each in running:
        await each.aclose()
    assert (await hub.backtest()).matched == 1


async def test_days_and_customers_are_summed_over_all_matches_and_not_over_the_examples(hub: BacktestHub) -> None:
    for day in range(3):
        for _ in range(day + 1):
            await hub.store("order", {"total": 1})
        await hub.store("order", {"total": 1}, by=BOB)
        hub.clock.advance(timedelta(days=1))
    found = await hub.backtest(BacktestRange(examples=1))
    first = to_us(START) // US_PER_DAY
    assert [(day - first, each.points, each.events) for day, each in found.sums.by_day()] == [
        (0, 20, 2),
        (1, 30, 3),
        (2, 40, 4),
    ]
    assert [(name, each.points, each.events) for name, each in found.sums.top()] == [(ADA, 60, 6), (BOB, 30, 3)]


async def test_an_order_counts_once_on_the_day_of_the_event_that_it_stands_at(hub: BacktestHub) -> None:
    order = {"orderId": "o-1", "total": 100}
    await hub.store("order", order)
    hub.clock.advance(timedelta(days=1))
    await hub.store("order", {**order, "total": 60})
    per_unit = [{"type": "POINTS_PER_UNIT", "points": 1}]
    found = await hub.backtest(fulfilments=per_unit)
    first = to_us(START) // US_PER_DAY
    assert [(day - first, each.points) for day, each in found.sums.by_day()] == [(1, 60)]
    assert found.points == 60
    await hub.store("order", {**order, "total": 60, "orderStatus": "Cancelled"})
    found = await hub.backtest(fulfilments=per_unit)
    assert (found.points, found.sums.by_day(), found.sums.top()) == (0, [], [])


def test_sums_hold_a_bounded_number_of_days_and_name_the_top_alone() -> None:
    sums = MatchSums()
    for number in range(MAX_DAYS + 10):
        sums.add(f"c-{number % 100}", number, 1 + number % 100)
    assert len(sums.by_day()) == MAX_DAYS
    assert sum(each.events for _, each in sums.by_day()) == MAX_DAYS + 10
    assert [name for name, _ in sums.top()] == [f"c-{number}" for number in range(99, 99 - TOP, -1)]
