"""An order is one, however many events tell of it: each later event books the difference, in whatever order."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.loyalty_hub import ADA, BOB, PER_UNIT, SCOPE, TEN, Scheme
from tidings_server.catalogue.order_states import stands_at_nothing
from tidings_server.loyalty.ledger.reversals import Reversal
from tidings_server.loyalty.periods import Period
from tidings_server.loyalty.rules.economy import EconomyLevel, ExpiryKind, ExpiryPolicy
from tidings_server.loyalty.rules.lifecycle import RuleStatus
from tidings_server.platform.clock import rfc3339_ms, to_us
from tidings_server.platform.errors import Conflict, WrongState

DAY = timedelta(days=1)


async def tell(
    scheme: Scheme, total: float = 100, order_id: str = "o-1", *, days_ago: int | None = None, **order: Any
) -> str:
    """One event of an order; further fields of the order by their names."""
    other: dict[str, Any] = {name: order.pop(name) for name in ("by", "name_space", "updatedAt") if name in order}
    if days_ago is not None:
        other["createdAt"] = rfc3339_ms(to_us(scheme.clock.now() - days_ago * DAY))
    return await scheme.process("order", {"orderId": order_id, "total": total, **order}, **other)


async def points(scheme: Scheme, by: str = ADA) -> int:
    account = await scheme.account(by)
    return account.balance - account.debt


@pytest.mark.parametrize(
    "status",
    [
        *("Cancelled", "CANCELED", "canceled", "Refunded", "REFUNDED", "voided", "Void", "Returned", "fully_refunded"),
        *("Fully Returned", "totally-refunded", "charged back", "ChargeBack", "payment_failed", "DECLINED", "expired"),
    ],
)
def test_states_that_leave_nothing_are_known_in_any_spelling_in_both_fields(status: str) -> None:
    assert stands_at_nothing(status, "paid")
    assert stands_at_nothing("Completed", status)


@pytest.mark.parametrize(
    "status",
    [
        *("", "Pending", "processing", "On-Hold", "Completed", "closed", "PARTIALLY_REFUNDED", "partiallyRefunded"),
        *("partially refunded", "Partial Refund", "partially_returned", "partially_paid", "shipped", "disputed"),
    ],
)
def test_all_other_states_leave_the_total(status: str) -> None:
    assert not stands_at_nothing(status, "paid")
    assert not stands_at_nothing("Completed", status)


async def test_each_event_books_the_difference(scheme: Scheme) -> None:
    """The table of docs/loyalty-orders.md."""
    await scheme.rule(PER_UNIT)
    life: list[tuple[float, dict[str, Any], int, float]] = [
        (100, {"orderStatus": "Pending"}, 100, 100),
        (100, {"orderStatus": "Processing"}, 100, 100),
        (60, {"orderStatus": "Processing"}, 60, 60),
        (45, {"financialStatus": "partially_refunded"}, 45, 45),
        (45, {"orderStatus": "Cancelled"}, 0, 0),
        (45, {"orderStatus": "CANCELED", "financialStatus": "refunded"}, 0, 0),
        (60, {"orderStatus": "Processing"}, 60, 60),
        (80, {"orderStatus": "Completed"}, 80, 80),
    ]
    for total, states, expected, spend in life:
        await tell(scheme, total, **states)
        account = await scheme.account()
        assert (account.balance, account.debt, account.lifetime_spend) == (expected, 0, Decimal(spend)), states
        assert account.annual_spend == Decimal(spend)
    earned = [event.points.quantity for event in await scheme.decoded("points.earned")]
    assert earned == [100, 60, 20]


async def test_a_partial_refund_takes_its_part_where_the_total_stays(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await scheme.rule({**PER_UNIT, "base": "REWARDS_ELIGIBLE_TOTAL"})
    await scheme.rule(TEN, condition="event.order.total > 80.0")
    await tell(scheme, 100, rewardsEligibleTotal=50)
    assert await points(scheme) == 100 + 50 + 10
    await tell(scheme, 100, rewardsEligibleTotal=50, refundedTotal=30, financialStatus="PARTIALLY_REFUNDED")
    assert await points(scheme) == 70 + 35
    assert (await scheme.account()).lifetime_spend == 70
    await tell(scheme, 100, refundedTotal=130)
    assert (await points(scheme), (await scheme.account()).lifetime_spend) == (0, Decimal(0))


async def test_an_order_id_names_one_order_in_each_namespace_and_of_each_customer(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    for name_space, by, total in (("Web", ADA, 100), ("Till", ADA, 50), ("Web", BOB, 7), ("Web", ADA, 90)):
        await tell(scheme, total, name_space=name_space, by=by)
    assert (await points(scheme), await points(scheme, BOB)) == (140, 7)


async def test_orders_without_an_id_stand_by_themselves(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    for status in ("Open", "Open", "Cancelled"):
        await tell(scheme, 10, "", orderStatus=status)
    assert await points(scheme) == 20


async def test_late_and_doubled_events_change_nothing_that_is_newer(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await tell(scheme, 60, days_ago=2, orderStatus="Completed")
    await tell(scheme, 100, days_ago=5, orderStatus="Pending")
    await tell(scheme, 0, days_ago=3, orderStatus="Cancelled")
    assert await points(scheme) == 60
    await tell(scheme, 55, days_ago=2, orderStatus="Completed")  # of equal times the later one counts
    assert await points(scheme) == 55


async def test_updated_at_decides_before_created_at(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    now = scheme.clock.now()
    newer, older = (rfc3339_ms(to_us(now - days * DAY)) for days in (1, 2))
    await tell(scheme, 60, days_ago=9, updatedAt=newer)
    await tell(scheme, 100, days_ago=9, updatedAt=older)
    assert await points(scheme) == 60


async def test_the_fifth_order_stays_the_fifth(scheme: Scheme) -> None:
    await scheme.rule(TEN, condition="counters.nth == 2")
    for order_id in ("o-1", "o-2", "o-3"):
        await tell(scheme, 5, order_id, orderStatus="Pending")
    for order_id in ("o-3", "o-1", "o-2"):
        await tell(scheme, 5, order_id, orderStatus="Completed")
    assert await points(scheme) == 10
    await tell(scheme, 5, "o-2", orderStatus="Cancelled")
    assert await points(scheme) == 0


async def test_a_cancelled_order_is_not_counted(scheme: Scheme) -> None:
    await scheme.rule(
        TEN, condition="counters.nth == 2 && counters.within['30d'] == 2 && counters.lifetime_value == 8.0"
    )
    await tell(scheme, 5, "o-1")
    await tell(scheme, 5, "o-1", orderStatus="Cancelled")
    await tell(scheme, 3, "o-2")
    assert await points(scheme) == 0
    await tell(scheme, 5, "o-3")
    assert await points(scheme) == 10


async def test_the_level_of_an_order_stays_that_of_its_time(scheme: Scheme) -> None:
    await scheme.economy("1", levels=(EconomyLevel("gold", Decimal(100), Decimal(2)),))
    await tell(scheme, 90, "o-1")
    await tell(scheme, 90, "o-2")
    await tell(scheme, 10, "o-3")
    assert await points(scheme) == 90 + 90 + 20
    await tell(scheme, 80, "o-1", orderStatus="Completed")
    assert await points(scheme) == 80 + 90 + 20


async def test_the_rules_are_those_of_the_first_event(scheme: Scheme) -> None:
    first = await scheme.rule(PER_UNIT)
    await tell(scheme, 100)
    scheme.pass_time(DAY)
    await scheme.rule(TEN)
    await scheme.economy("5")
    await scheme.rules.transition(SCOPE, first.id, RuleStatus.INACTIVE)
    await tell(scheme, 100, orderStatus="Completed")
    assert await points(scheme) == 100
    await tell(scheme, 60, orderStatus="Completed")
    assert await points(scheme) == 60
    await tell(scheme, 60, "o-2")
    assert await points(scheme) == 60 + 10 + 300


async def test_a_rule_that_reads_the_state_earns_when_the_state_comes(scheme: Scheme) -> None:
    await scheme.rule(
        TEN, {"type": "EMIT_TOPIC", "topic": "customer.paid"}, condition="event.order.financial_status == 'paid'"
    )
    for status, expected in (("pending", 0), ("paid", 10), ("paid", 10), ("disputed", 0), ("paid", 10)):
        await tell(scheme, 100, financialStatus=status)
        assert await points(scheme) == expected
    assert len(await scheme.events("customer.paid")) == 1


async def test_what_has_left_the_house_is_neither_repeated_nor_taken_back(scheme: Scheme) -> None:
    await scheme.rule({"type": "EMIT_TOPIC", "topic": "customer.welcomed"})
    for status in ("Pending", "Completed", "Cancelled", "Open", "Refunded"):
        await tell(scheme, 100, orderStatus=status)
    assert len(await scheme.events("customer.welcomed")) == 1


async def test_segments_go_with_the_last_order_that_gives_them(scheme: Scheme) -> None:
    await scheme.rule({"type": "ADD_TO_SEGMENT", "segment": "big"}, condition="event.order.total >= 100.0")
    await tell(scheme, 100, "o-1")
    await tell(scheme, 200, "o-2")
    assert (await scheme.account()).segments == ("big",)
    await tell(scheme, 50, "o-2")
    assert (await scheme.account()).segments == ("big",)
    await tell(scheme, 100, "o-1", orderStatus="Cancelled")
    assert (await scheme.account()).segments == ()
    await tell(scheme, 100, "o-1", orderStatus="Open")
    assert (await scheme.account()).segments == ("big",)


async def test_a_segment_that_an_action_gave_stays(scheme: Scheme) -> None:
    await scheme.rule({"type": "ADD_TO_SEGMENT", "segment": "fans"})
    await scheme.rule({"type": "ADD_TO_SEGMENT", "segment": "fans"}, assesses="ACTION")
    await scheme.action()
    await tell(scheme, 100)
    await tell(scheme, 100, orderStatus="Cancelled")
    assert (await scheme.account()).segments == ("fans",)


async def test_points_expire_by_the_time_of_the_order_however_late_it_is_edited(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await scheme.economy(expiry=ExpiryPolicy(ExpiryKind.AGE, Period(days=10)))
    await tell(scheme, 100)
    scheme.pass_time(6 * DAY)
    await tell(scheme, 150)
    assert await points(scheme) == 150
    scheme.pass_time(4 * DAY)
    await scheme.expire()
    assert await points(scheme) == 0


async def test_an_event_that_makes_the_order_older_moves_its_points_and_its_campaign(scheme: Scheme) -> None:
    day = to_us(scheme.clock.now() - 8 * DAY)
    until = rfc3339_ms(day)
    await scheme.rule(TEN, effectiveTo=until)
    await scheme.rule(PER_UNIT)
    await scheme.economy(expiry=ExpiryPolicy(ExpiryKind.AGE, Period(days=10)))
    await tell(scheme, 50, days_ago=1, orderStatus="Completed")
    assert await points(scheme) == 50
    await tell(scheme, 100, days_ago=9, orderStatus="Pending")
    assert await points(scheme) == 60
    scheme.pass_time(DAY)
    await scheme.expire()
    assert await points(scheme) == 0


async def test_spent_points_of_a_refund_become_a_debt_in_part(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await tell(scheme, 100)
    await scheme.spend(70)
    await tell(scheme, 60)
    account = await scheme.account()
    assert (account.balance, account.debt) == (0, 10)
    await tell(scheme, 60, orderStatus="Returned")
    account = await scheme.account()
    assert (account.balance, account.debt) == (0, 70)
    await tell(scheme, 100, orderStatus="Open")
    account = await scheme.account()
    assert (account.balance, account.debt) == (30, 0)


async def test_nothing_is_redeemed_for_an_order_that_stands_at_nothing(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await tell(scheme, 100, "o-1")
    await tell(scheme, 100, "o-2", orderStatus="Refunded")
    with pytest.raises(WrongState, match="cancelled or refunded"):
        await scheme.redeem(10, reference="o-2")
    await tell(scheme, 100, "o-2", orderStatus="Open")
    assert (await scheme.redeem(10, reference="o-2")).pending_balance == 190


async def test_redeemed_points_come_back_with_the_last_order_of_that_id(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await tell(scheme, 100, name_space="Web")
    await tell(scheme, 100, name_space="Till")
    await scheme.spend(50, reference="o-1")
    await tell(scheme, 100, name_space="Web", orderStatus="Cancelled")
    assert await points(scheme) == 50
    await tell(scheme, 100, name_space="Till", orderStatus="Cancelled")
    account = await scheme.account()
    assert (account.balance, account.debt) == (0, 0)


async def reverse(scheme: Scheme, order_id: str, **names: str) -> Reversal:
    call = asyncio.ensure_future(scheme.reversals.reverse(SCOPE, order_id, **names))
    while not call.done():
        await asyncio.sleep(0)
        await scheme.run()
    return await call


async def test_a_reversal_by_the_call_is_for_good(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await tell(scheme, 100)
    assert (await reverse(scheme, "o-1")).points_taken == 100
    await tell(scheme, 100, orderStatus="Completed")
    assert await points(scheme) == 0
    again = await reverse(scheme, "o-1")
    assert (again.is_existing, again.points_taken) == (True, 100)


async def test_a_reversed_order_is_not_counted(scheme: Scheme) -> None:
    await scheme.rule(TEN, condition="counters.nth == 2 && counters.lifetime_value == 8.0")
    await tell(scheme, 5, "o-1")
    await reverse(scheme, "o-1")
    await tell(scheme, 3, "o-2")
    assert await points(scheme) == 0
    await tell(scheme, 5, "o-3")
    assert await points(scheme) == 10


async def test_a_reversal_of_one_of_several_orders_names_it(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    for name_space, by in (("Web", ADA), ("Till", ADA), ("Web", BOB)):
        await tell(scheme, 100, name_space=name_space, by=by)
    for names in ({}, {"customer_id": ADA}, {"name_space": "Web"}):
        with pytest.raises(Conflict, match="name the customerId and the nameSpace"):
            await reverse(scheme, "o-1", **names)
    assert (await reverse(scheme, "o-1", customer_id=BOB.upper())).customer_id == BOB
    assert (await reverse(scheme, "o-1", customer_id=ADA, name_space="Till")).points_taken == 100
    assert (await points(scheme), await points(scheme, BOB)) == (100, 0)


async def test_points_that_are_taken_back_and_that_come_back_are_events(scheme: Scheme) -> None:
    by_unit, ten = await scheme.rule(PER_UNIT), await scheme.rule(TEN, condition="event.order.total > 50.0")
    await tell(scheme, 100)
    await scheme.redeem(30, reference="o-1")
    for total, status in ((40, "partially_refunded"), (40, "refunded")):
        cause = await tell(scheme, total, financialStatus=status)
    first, second = await scheme.decoded("points.reversed")
    assert (first.points.quantity, dict(first.points.by_rule)) == (70, {by_unit.id: 60, ten.id: 10})
    assert (second.points.quantity, dict(second.points.by_rule)) == (40, {by_unit.id: 40})
    assert first.customer_id == ADA
    assert second.points.source_event_id == cause
    [returned] = await scheme.decoded("points.returned")
    assert returned.points.quantity == 30
    await scheme.check_ledger()
