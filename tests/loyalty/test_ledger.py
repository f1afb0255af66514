"""Effects of events on points: earned, spent, held, expired, reversed. The arithmetic is visible."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from tests.support.loyalty_hub import ADA, BOB, PER_UNIT, SCOPE, Scheme
from tidings_server.loyalty.ledger.queries import LedgerEntryType
from tidings_server.loyalty.ledger.redemptions import BATCH
from tidings_server.loyalty.ledger.reversals import Reversal
from tidings_server.loyalty.periods import Period
from tidings_server.loyalty.rules.economy import EconomyLevel, ExpiryKind, ExpiryPolicy
from tidings_server.loyalty.rules.lifecycle import RuleStatus
from tidings_server.loyalty.store.tables import customer
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.errors import AccountLocked, InsufficientBalance, NotFound, WrongState

DAY = timedelta(days=1)


async def test_an_order_earns_the_points_of_its_rules_once(scheme: Scheme) -> None:
    flat = await scheme.rule()
    per_unit = await scheme.rule(PER_UNIT)
    record = scheme.record("order", {"orderId": "o-1", "total": 99.99})
    await scheme.send(record)
    await scheme.run()
    await scheme.send(record)
    await scheme.run()
    assert await scheme.balance() == 10 + 99
    [earned] = await scheme.decoded("points.earned")
    assert (earned.points.quantity, earned.points.source_event_id) == (109, record.event_id)
    assert dict(earned.points.by_rule) == {flat.id: 10, per_unit.id: 99}


async def test_two_redemptions_at_once_cannot_both_pass(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await scheme.order(100)
    answer = await scheme.redeem(60)
    assert (answer.starting_balance, answer.pending_balance, answer.is_existing) == (100, 40, False)
    with pytest.raises(InsufficientBalance):
        await scheme.redeem(60)
    assert await scheme.balance() == 40
    await scheme.run()
    account = await scheme.account()
    assert (account.balance, account.held) == (40, 0)
    [redeemed] = await scheme.decoded("points.redeemed")
    assert (redeemed.points.quantity, redeemed.points.balance) == (60, 40)


async def test_a_repeated_redemption_has_the_first_result_and_spends_nothing(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await scheme.order(100)
    record = scheme.redemption(30)
    first = await scheme.spend(30, record=record)
    await scheme.order(5)
    again = await scheme.spend(30, record=record)
    assert (first.is_existing, again.is_existing) == (False, True)
    assert (again.starting_balance, again.pending_balance) == (100, 70)
    assert await scheme.balance() == 75


async def test_an_unknown_customer_has_too_few_points_and_nothing_is_stored(scheme: Scheme) -> None:
    with pytest.raises(InsufficientBalance, match="has 0 points, 1 were asked for"):
        await scheme.redeem(1, by=BOB)
    assert await scheme.events("redemption.created") == []
    with pytest.raises(NotFound):
        await scheme.account(BOB)


async def test_a_redemption_waits_for_the_customers_earlier_events(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await scheme.send(scheme.record("order", {"orderId": "o-1", "total": 50}))
    record = scheme.redemption(50)
    call = asyncio.ensure_future(scheme.redemptions.redeem(record, customer_id=ADA, quantity=50))
    await asyncio.sleep(0)
    await scheme.redemptions.run_once()
    assert not call.done()
    assert scheme.read_your_writes.has_waiters.is_set()
    await scheme.run()
    await scheme.redemptions.run_once()
    assert (await call).starting_balance == 50
    assert not scheme.read_your_writes.has_waiters.is_set()


async def test_a_tenants_redemptions_that_wait_do_not_hold_up_anothers(scheme: Scheme) -> None:
    await scheme.send(scheme.record("order", {"orderId": "o-1", "total": 50}))
    redeem = scheme.redemptions.redeem
    noisy = [
        asyncio.ensure_future(redeem(scheme.redemption(50), customer_id=ADA, quantity=50)) for _ in range(2 * BATCH)
    ]
    record = scheme.redemption(1, by=BOB, scope=replace(SCOPE, tenant=SCOPE.tenant + 1))
    neighbour = asyncio.ensure_future(redeem(record, customer_id=BOB, quantity=1))
    await asyncio.sleep(0)
    await scheme.redemptions.run_once()
    await asyncio.sleep(0)
    assert neighbour.done()
    assert not any(call.done() for call in noisy)
    with pytest.raises(InsufficientBalance):
        await neighbour
    for call in noisy:
        call.cancel()
    await asyncio.gather(*noisy, return_exceptions=True)


async def test_a_locked_account_redeems_nothing(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await scheme.order(100)
    await scheme.database.write_queue.run(lambda conn: conn.execute(update(customer).values(is_locked=True)))
    with pytest.raises(AccountLocked):
        await scheme.redeem(1)


async def test_a_hold_waits_until_it_is_confirmed_or_void(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await scheme.order(100)
    kept, dropped = await scheme.spend(30, hold=True), await scheme.spend(20, hold=True)
    assert ((await scheme.account()).balance, (await scheme.account()).held) == (50, 50)
    assert (await scheme.redemptions.confirm(SCOPE, kept.event_id)).state == "CONFIRMED"
    voided = await scheme.redemptions.void(SCOPE, dropped.event_id)
    assert (voided.state, voided.balance) == ("VOIDED", 70)
    assert (await scheme.redemptions.void(SCOPE, dropped.event_id)).state == "VOIDED"
    with pytest.raises(WrongState):
        await scheme.redemptions.void(SCOPE, kept.event_id)
    with pytest.raises(WrongState):
        await scheme.redemptions.confirm(SCOPE, dropped.event_id)
    with pytest.raises(NotFound):
        await scheme.redemptions.confirm(SCOPE, "nobody's")
    assert ((await scheme.account()).balance, (await scheme.account()).held) == (70, 0)


async def test_points_that_expire_first_are_spent_first(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await scheme.economy(expiry=ExpiryPolicy(ExpiryKind.AGE, Period(days=10)))
    await scheme.order(100)
    scheme.pass_time(5 * DAY)
    await scheme.order(40)
    await scheme.spend(70)
    scheme.pass_time(5 * DAY)
    assert await scheme.balance() == 40
    await scheme.expire()
    [expired] = await scheme.decoded("points.expired")
    assert (expired.points.quantity, expired.points.balance) == (30, 40)
    scheme.pass_time(5 * DAY)
    await scheme.expire()
    assert [event.points.quantity for event in await scheme.decoded("points.expired")] == [30, 40]
    assert (await scheme.account()).balance == 0


async def test_due_points_cannot_be_spent_before_the_expiry_worker_runs(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await scheme.economy(expiry=ExpiryPolicy(ExpiryKind.AGE, Period(days=10)))
    await scheme.order(100)
    scheme.pass_time(10 * DAY)
    with pytest.raises(InsufficientBalance):
        await scheme.redeem(1)


async def test_activity_of_the_customer_postpones_the_expiry_by_inactivity(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await scheme.economy(expiry=ExpiryPolicy(ExpiryKind.INACTIVITY, Period(days=10)))
    await scheme.order(100)
    scheme.pass_time(9 * DAY)
    await scheme.spend(10)
    scheme.pass_time(9 * DAY)
    await scheme.expire()
    assert await scheme.balance() == 90
    scheme.pass_time(DAY)
    await scheme.order(1)
    await scheme.expire()
    assert await scheme.balance() == 1


async def test_points_that_start_later_are_pending(scheme: Scheme) -> None:
    await scheme.economy("1", start_after_days=14)
    await scheme.order(100)
    account = await scheme.account()
    assert (account.balance, account.pending_balance) == (0, 100)
    with pytest.raises(InsufficientBalance):
        await scheme.redeem(1)
    scheme.pass_time(14 * DAY)
    assert await scheme.balance() == 100


async def test_base_points_follow_the_level_of_annual_spend(scheme: Scheme) -> None:
    await scheme.economy("1", levels=(EconomyLevel("gold", Decimal(1000), Decimal("1.5")),))
    await scheme.order(999.5)
    await scheme.order(100)
    await scheme.order(101)
    assert await scheme.balance() == 999 + 100 + 151
    account = await scheme.account()
    assert (account.lifetime_spend, account.annual_spend) == (Decimal("1200.5"), Decimal("1200.5"))
    scheme.pass_time(365 * DAY)
    assert (await scheme.account()).annual_spend == 0
    await scheme.order(10)
    assert await scheme.balance() == 999 + 100 + 151 + 10
    assert (await scheme.account()).annual_spend == 10


async def test_the_latest_of_several_economies_is_in_effect(scheme: Scheme, clock: ManualClock) -> None:
    await scheme.economy("1")
    await scheme.economy("3", effective_from_us=clock.now_us() - 10)
    await scheme.economy("2", effective_from_us=clock.now_us() - 20)
    await scheme.economy("5", effective_from_us=clock.now_us() + 1_000_000)
    await scheme.order(10)
    assert await scheme.balance() == 30


async def test_a_reversal_takes_back_available_points_and_the_rest_is_debt(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await scheme.order(100, order_id="o-1")
    await scheme.spend(70)
    await scheme.order(100, order_id="o-1", status="Cancelled")
    account = await scheme.account()
    assert (account.balance, account.debt, account.lifetime_spend) == (0, 70, Decimal(0))
    await scheme.order(50)
    account = await scheme.account()
    assert (account.balance, account.debt) == (0, 20)
    await scheme.order(50)
    account = await scheme.account()
    assert (account.balance, account.debt) == (30, 0)


async def test_a_cancelled_order_is_taken_back_once_and_earns_again_when_it_is_reopened(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await scheme.order(100, order_id="o-1")
    await scheme.order(40, order_id="o-2")
    for status in ("Cancelled", "returned", "Cancelled"):
        await scheme.order(100, order_id="o-1", status=status)
    account = await scheme.account()
    assert (account.balance, account.debt, account.lifetime_spend) == (40, 0, Decimal(40))
    await scheme.order(100, order_id="o-1", status="Open")
    account = await scheme.account()
    assert (account.balance, account.debt, account.lifetime_spend) == (140, 0, Decimal(140))


async def test_redeemed_points_are_refunded_with_their_expiry(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await scheme.economy(expiry=ExpiryPolicy(ExpiryKind.AGE, Period(days=10)))
    await scheme.order(100)
    scheme.pass_time(DAY)
    await scheme.spend(60, reference="o-2")
    await scheme.order(20, order_id="o-2")
    await scheme.order(20, order_id="o-2", status="Returned")
    assert await scheme.balance() == 100
    scheme.pass_time(9 * DAY)
    assert await scheme.balance() == 0


async def test_points_returned_to_a_reversed_lot_pay_the_debt(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await scheme.order(100, order_id="o-1")
    await scheme.spend(60, reference="o-2")
    held = await scheme.spend(10, hold=True)
    await scheme.order(100, order_id="o-1", status="Cancelled")
    account = await scheme.account()
    assert (account.balance, account.debt, account.held) == (0, 70, 10)
    await scheme.redemptions.void(SCOPE, held.event_id)
    assert (await scheme.account()).debt == 60
    await scheme.order(0, order_id="o-2", status="Cancelled")
    account = await scheme.account()
    assert (account.balance, account.debt) == (0, 0)


async def test_a_repeated_reversal_has_the_first_result(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await scheme.order(100, order_id="o-1")
    await scheme.spend(70)

    async def reverse() -> Reversal:
        call = asyncio.ensure_future(scheme.reversals.reverse(SCOPE, "o-1"))
        while not call.done():
            await asyncio.sleep(0)
            await scheme.run()
        return await call

    first, again = await reverse(), await reverse()
    for reversal, is_existing in ((first, False), (again, True)):
        assert (reversal.points_taken, reversal.debt_incurred, reversal.points_returned) == (30, 70, 0)
        assert reversal.balance == 0
        assert reversal.is_existing is is_existing
    assert (await scheme.account()).debt == 70
    with pytest.raises(NotFound):
        await scheme.reversals.reverse(SCOPE, "nobody's")


async def test_a_statement_of_a_past_time_stays_what_it_was(scheme: Scheme, clock: ManualClock) -> None:
    await scheme.rule(PER_UNIT)
    await scheme.order(100, order_id="o-1")
    then = clock.now_us()
    scheme.pass_time(DAY)
    await scheme.spend(30)
    held = await scheme.spend(20, hold=True)
    later = clock.now_us()
    scheme.pass_time(DAY)
    await scheme.redemptions.void(SCOPE, held.event_id)
    await scheme.order(100, order_id="o-1", status="Cancelled")
    statement = await scheme.ledger.statement(SCOPE, ADA, then)
    assert (statement.balance, statement.held, statement.debt, [lot.points for lot in statement.lots]) == (
        100,
        0,
        0,
        [100],
    )
    statement = await scheme.ledger.statement(SCOPE, ADA, later)
    assert (statement.balance, statement.held, statement.debt, [lot.points for lot in statement.lots]) == (
        50,
        20,
        0,
        [70],
    )
    statement = await scheme.ledger.statement(SCOPE, ADA, clock.now_us())
    assert (statement.balance, statement.held, statement.debt, statement.lots) == (0, 0, 30, ())


async def test_the_ledger_lists_every_transfer_the_newest_first(scheme: Scheme) -> None:
    rule = await scheme.rule(PER_UNIT)
    await scheme.order(100, order_id="o-1")
    await scheme.spend(30)
    await scheme.order(100, order_id="o-1", status="Cancelled")
    entries = await scheme.ledger.history(SCOPE, ADA)
    assert [(entry.type, entry.points, entry.change, entry.balance) for entry in reversed(entries)] == [
        (LedgerEntryType.EARNED, 100, 100, 100),
        (LedgerEntryType.RESERVED, 30, -30, 70),
        (LedgerEntryType.REDEEMED, 30, 0, 70),
        (LedgerEntryType.REVERSED, 70, -70, 0),
        (LedgerEntryType.DEBT_INCURRED, 30, 0, 0),
    ]
    assert {(entry.rule_id, entry.order_id) for entry in entries} == {(rule.id, "o-1")}
    [newest, *_] = await scheme.ledger.history(SCOPE, ADA, limit=1)
    assert newest == entries[0]
    assert await scheme.ledger.history(SCOPE, ADA, before=newest.key) == entries[1:]


async def test_the_first_event_creates_a_customer_and_customers_are_separate(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT)
    await scheme.send(
        *(
            scheme.record("order", {"orderId": f"o-{number}", "total": 10}, by=by)
            for number, by in enumerate([ADA, BOB, ADA])
        )
    )
    await scheme.run()
    assert (await scheme.balance(ADA), await scheme.balance(BOB)) == (20, 10)


async def test_more_points_than_an_account_can_hold_are_a_failure(scheme: Scheme) -> None:
    await scheme.rule({"type": "POINTS_PER_UNIT", "points": 1_000_000}, status=RuleStatus.ACTIVE)
    await scheme.order(10_000)
    assert await scheme.balance() == 0
    [failure] = await scheme.failures.list(SCOPE)
    assert "more than 2,147,483,647 points" in failure.reason
