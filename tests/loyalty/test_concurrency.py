"""Callers, consumer and expiry concurrently, on PostgreSQL in two processes: no point is spent or earned twice."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.support.loyalty_hub import ADA, BOB, PER_UNIT, SCOPE, Scheme
from tests.support.waiting import PATIENCE_S
from tidings_server.log.store.tables import failed_event
from tidings_server.loyalty.periods import Period
from tidings_server.loyalty.rules.economy import ExpiryKind, ExpiryPolicy
from tidings_server.loyalty.store.tables import loyalty_lot, loyalty_order, loyalty_redemption
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.errors import InsufficientBalance, WrongState
from tidings_server.storage.database import Database

CLIENTS = 8
ACTS = 25


@asynccontextmanager
async def processes(url: str, clock: ManualClock) -> AsyncIterator[list[Scheme]]:
    """As many as the database allows, each with its workers running."""
    async with AsyncExitStack() as stack:
        schemes = []
        for _ in range(2 if url.startswith("postgresql") else 1):
            database = await Database.open(url, clock=clock)
            stack.push_async_callback(database.close)
            schemes.append(Scheme(database, clock))
        await schemes[0].rule(PER_UNIT)
        await schemes[0].economy(expiry=ExpiryPolicy(ExpiryKind.AGE, Period(days=3)))
        workers = [
            asyncio.ensure_future(worker)
            for scheme in schemes
            for worker in (scheme.runner.run(), scheme.redemptions.run(), expiring(scheme))
        ]
        yield schemes
        for worker in workers:
            worker.cancel()
        outcomes = await asyncio.gather(*workers, return_exceptions=True)
        assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes), outcomes


async def expiring(scheme: Scheme) -> None:
    while True:
        await scheme.expiry.run_once()
        await asyncio.sleep(0.005)


class Client:
    """Runs random operations with a random generator of its own."""

    def __init__(self, scheme: Scheme, clock: ManualClock, number: int) -> None:
        self.scheme = scheme
        self.clock = clock
        self.dice = random.Random(number)
        self.number = number
        self.redeemed = 0
        self.orders: list[str] = []
        self.held: list[str] = []

    async def act(self) -> None:
        for _ in range(ACTS):
            doing = self.dice.choice([self.order, self.order, self.redeem, self.redeem, self.redeem, self.other])
            await doing()

    async def order(self) -> None:
        self.orders.append(f"o-{self.number}-{len(self.orders)}")
        fields = {"orderId": self.orders[-1], "orderStatus": "Open", "total": self.dice.randint(1, 30)}
        record = self.scheme.record("order", fields, by=self.dice.choice([ADA, ADA, BOB]))
        await asyncio.gather(self.scheme.send(record), self.scheme.send(record))

    async def redeem(self) -> None:
        by, quantity, hold = self.dice.choice([ADA, ADA, BOB]), self.dice.randint(1, 25), self.dice.random() < 0.3
        record = self.scheme.redemption(quantity, hold=hold, by=by)
        calls = [
            self.scheme.redemptions.redeem(record, customer_id=by, quantity=quantity, is_hold=hold) for _ in range(2)
        ]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        good = [answer for answer in answers if not isinstance(answer, BaseException)]
        assert all(isinstance(answer, InsufficientBalance) for answer in answers if answer not in good), answers
        if good:
            assert sorted(answer.is_existing for answer in good) in ([False], [False, True])
            self.redeemed += 1
            self.held += [record.event_id] * hold

    async def other(self) -> None:
        if self.held and self.dice.random() < 0.5:
            name = self.held.pop()
            finish = self.dice.choice([self.scheme.redemptions.confirm, self.scheme.redemptions.void])
            await asyncio.gather(finish(SCOPE, name), finish(SCOPE, name))
            both = self.scheme.redemptions
            contrary = both.void if finish == both.confirm else both.confirm
            with pytest.raises(WrongState):
                await contrary(SCOPE, name)
        elif self.orders:
            fields = {"orderId": self.dice.choice(self.orders), "orderStatus": "Cancelled", "total": 1}
            for by in (ADA, BOB):
                await self.scheme.send(self.scheme.record("order", fields, by=by))
        else:
            self.clock.advance(timedelta(days=1))


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_interleaving_spends_or_earns_a_point_twice(database_url: str, seed: int) -> None:
    clock = ManualClock()
    async with processes(database_url, clock) as schemes:
        clients = [Client(schemes[number % len(schemes)], clock, seed * 100 + number) for number in range(CLIENTS)]
        await asyncio.gather(*(client.act() for client in clients))
        for by in (ADA, BOB):
            assert await schemes[0].read_your_writes.wait(1, by, timeout_s=PATIENCE_S)
        clock.advance(timedelta(days=2))
    database = await Database.open(database_url, clock=clock)
    scheme = Scheme(database, clock)
    await scheme.run()
    await scheme.expire()
    await scheme.run()
    await scheme.check_ledger()
    async with database.read() as conn:
        counted = (await conn.execute(select(func.count()).select_from(loyalty_redemption))).scalar_one()
        reversals = (
            await conn.execute(select(func.count()).where(loyalty_order.c.is_standing.is_(False)))
        ).scalar_one()
        set_back = (await conn.execute(select(func.count()).select_from(failed_event))).scalar_one()
        lots = (await conn.execute(select(func.count()).select_from(loyalty_lot))).scalar_one()
    assert counted == sum(client.redeemed for client in clients) > 0
    assert reversals > 0
    assert set_back == 0
    assert 0 < lots <= sum(len(client.orders) for client in clients)
    await database.close()
