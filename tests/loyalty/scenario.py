"""A scenario with every kind of ledger command. Its ids are fixed: a replay resumes it."""

from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

from tests.support.loyalty_hub import ADA, PER_UNIT, SCOPE, Scheme
from tidings_server.loyalty.periods import Period
from tidings_server.loyalty.rules.economy import ExpiryKind, ExpiryPolicy
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database

ORDERS = 12
LIFE_DAYS = 30


def name(text: str) -> str:
    return str(uuid5(NAMESPACE_URL, text))


async def prepare(database: Database, clock: ManualClock) -> None:
    scheme = Scheme(database, clock)
    await scheme.rule(PER_UNIT, {"type": "EMIT_TOPIC", "topic": "customer.rewarded"})
    await scheme.economy(expiry=ExpiryPolicy(ExpiryKind.AGE, Period(days=LIFE_DAYS)))


async def play(database: Database, clock: ManualClock) -> None:
    """Play it: 12 orders of 10; 50 spent, 20 held and voided, 15 confirmed; one order reversed; the rest expires."""
    scheme = Scheme(database, clock)
    for number in range(ORDERS):
        fields = {"orderId": f"o-{number}", "orderStatus": "Open", "total": 10}
        await scheme.send(scheme.record("order", fields, eventId=name(f"order-{number}")))
    await scheme.run()
    for number in range(5):
        await redeem(scheme, f"spent-{number}", 10)
    await redeem(scheme, "void", 20, hold=True)
    await redeem(scheme, "kept", 15, hold=True)
    await scheme.run()
    await settled(scheme, "void", is_kept=False)
    await settled(scheme, "kept", is_kept=True)
    cancel = {"orderId": "o-0", "orderStatus": "Cancelled", "total": 10}
    await scheme.send(scheme.record("order", cancel, eventId=name("cancel")))
    await scheme.run()
    clock.advance(timedelta(days=LIFE_DAYS + 1))
    await scheme.expire()
    await scheme.run()


async def redeem(scheme: Scheme, text: str, quantity: int, *, hold: bool = False) -> None:
    fields = {"quantity": quantity, "hold": hold}
    record = scheme.record("redemption", fields, eventId=name(text))
    await scheme.redeem(quantity, hold=hold, record=record)


async def settled(scheme: Scheme, text: str, *, is_kept: bool) -> None:
    await (scheme.redemptions.confirm if is_kept else scheme.redemptions.void)(SCOPE, name(text))


async def check(scheme: Scheme) -> None:
    """Assert the result, however often the scenario was played: each effect once."""
    await scheme.check_ledger()
    account = await scheme.account(ADA)
    assert (account.balance, account.held, account.debt) == (0, 0, 10)
    assert account.lifetime_spend == 10 * (ORDERS - 1)
    moved: dict[tuple[int, int], int] = {}
    for line in await scheme.transfers():
        moved[line.debit, line.credit] = moved.get((line.debit, line.credit), 0) + line.points
    earned, reserved, released, spent, expired, owed = (1, 2), (2, 3), (3, 2), (3, 4), (2, 5), (7, 6)
    assert moved == {earned: 120, reserved: 85, released: 20, spent: 65, expired: 55, owed: 10}
    topics = {"points.earned": 12, "points.redeemed": 6, "points.expired": 1, "customer.rewarded": 12}
    for topic, times in topics.items():
        assert len(await scheme.events(topic)) == times, topic
