"""Random lives of orders: whatever order their events come in, the end is what the last state earns by itself."""

import asyncio
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.support.loyalty_hub import PER_UNIT, TEN, Scheme
from tidings_server.loyalty.periods import Period
from tidings_server.loyalty.rules.economy import EconomyLevel, ExpiryKind, ExpiryPolicy
from tidings_server.loyalty.store.counter_tables import loyalty_counter, loyalty_daily_counter
from tidings_server.loyalty.store.tables import customer, loyalty_order
from tidings_server.platform.clock import ManualClock, rfc3339_ms, to_us
from tidings_server.storage.database import Database

STATES = [("Pending", ""), ("Processing", "paid"), ("Completed", "paid"), ("Completed", "PARTIALLY_REFUNDED")]
STATES += [("CANCELED", ""), ("Completed", "refunded"), ("voided", "voided"), ("Re-opened", "paid")]


class Told(NamedTuple):
    """One event of an order, some days ago."""

    order: int
    days_ago: int
    total: int
    state: tuple[str, str]
    currency: str


class Scene:
    """One database for all lives, each of a customer of its own."""

    def __init__(self, url: str) -> None:
        self.runner = asyncio.Runner()
        self.clock = ManualClock()
        self.lives = 0
        self.scheme = self.runner.run(self.open(url))

    async def open(self, url: str) -> Scheme:
        scheme = Scheme(await Database.open(url, clock=self.clock), self.clock)
        half = to_us(self.clock.now() - timedelta(days=400))
        await scheme.rule(PER_UNIT)
        await scheme.rule(TEN, condition="event.order.total > 50.0")
        await scheme.rule({**PER_UNIT, "points": 3}, effectiveTo=rfc3339_ms(half))
        await scheme.rule({**TEN, "points": 7}, condition="counters.within['1y'] >= 1 && counters.nth >= 1")
        await scheme.rule(
            {"type": "ADD_TO_SEGMENT", "segment": "paid"}, condition="event.order.financial_status == 'paid'"
        )
        await scheme.economy("2", effective_to_us=half)
        levels = (EconomyLevel("gold", Decimal(100), Decimal(3)),)
        expiry = ExpiryPolicy(ExpiryKind.AGE, Period(years=5))
        await scheme.economy("1", levels=levels, expiry=expiry, effective_from_us=half)
        return scheme

    def close(self) -> None:
        self.runner.run(self.scheme.check_ledger())
        self.runner.run(self.scheme.database.close())
        self.runner.close()

    def live(self, life: list[Told], *, at_once: bool) -> dict[str, Any]:
        """The end of a life in this order: processed event by event, or in one batch."""
        self.lives += 1
        return self.runner.run(self._live(life, str(uuid5(NAMESPACE_URL, str(self.lives))), at_once=at_once))

    async def _live(self, life: list[Told], by: str, *, at_once: bool) -> dict[str, Any]:
        scheme = self.scheme
        for told in life:
            order_status, financial_status = told.state
            fields = {"orderId": f"o-{told.order}", "total": told.total}
            fields |= {"orderStatus": order_status, "financialStatus": financial_status, "currencyCode": told.currency}
            created_at = rfc3339_ms(to_us(self.clock.now() - timedelta(days=told.days_ago)))
            await scheme.send(scheme.record("order", fields, by=by, createdAt=created_at))
            if not at_once:
                await scheme.run()
        await scheme.run()
        return await self._end(by)

    async def _end(self, by: str) -> dict[str, Any]:
        account = await self.scheme.account(by)
        async with self.scheme.database.read() as conn:
            row = (await conn.execute(select(customer).where(customer.c.id == by))).one()
            orders = select(loyalty_order).where(loyalty_order.c.customer_key == row.key)
            counters = select(loyalty_counter).where(loyalty_counter.c.customer_key == row.key)
            days = select(loyalty_daily_counter).where(loyalty_daily_counter.c.customer_key == row.key)
            by_day = {each.day: (each.events, each.value) for each in await conn.execute(days) if each.events}
            counted = [(each.events, each.value) for each in await conn.execute(counters)]
            for each in await conn.execute(counters):
                if each.last_day_events:
                    by_day[each.last_day] = (each.last_day_events, each.last_day_value)
            told = {
                each.order_id: (each.placed_at, each.stated_at, each.is_standing, each.spend)
                for each in await conn.execute(orders)
            }
        return {
            "points": account.balance - account.debt,
            "spend": (account.lifetime_spend, account.annual_spend, account.spend),
            "segments": account.segments,
            "created_at": row.created_at,
            "last_activity_at": row.last_activity_at,
            "orders": told,
            "counted": [each for each in counted if each[0]],
            "days": by_day,
        }


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with tempfile.TemporaryDirectory() as directory:
        scene = Scene(f"sqlite+aiosqlite:///{Path(directory) / 'tidings.db'}")
        yield scene
        scene.close()


@st.composite
def lives(draw: st.DrawFn, orders: int = 1) -> list[Told]:
    days = draw(st.lists(st.integers(0, 900), min_size=1, max_size=5 * orders, unique=True))
    states, totals, currencies = st.sampled_from(STATES), st.integers(0, 150), st.sampled_from(("", "EUR", "JPY"))
    told = st.builds(Told, st.integers(1, orders), st.just(0), totals, states, currencies)
    return [draw(told)._replace(days_ago=day) for day in sorted(days, reverse=True)]


def check(scene: Scene, life: list[Told], data: st.DataObject) -> None:
    expected = scene.live(life, at_once=False)
    arrival = data.draw(st.permutations(life))
    assert scene.live(arrival, at_once=data.draw(st.booleans())) == expected
    doubled = data.draw(st.permutations(life + life))
    assert {**scene.live(doubled, at_once=True), "orders": None} == {**expected, "orders": None}


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(life=lives(), data=st.data())
def test_the_end_is_the_same_in_whatever_order_the_events_come(
    scene: Scene, life: list[Told], data: st.DataObject
) -> None:
    check(scene, life, data)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(life=lives())
def test_an_order_has_what_its_last_state_earns(scene: Scene, life: list[Told]) -> None:
    last = life[-1]._replace(days_ago=life[0].days_ago)
    end, alone = scene.live(life, at_once=True), scene.live([last], at_once=True)
    assert (end["points"], end["spend"], end["segments"]) == (alone["points"], alone["spend"], alone["segments"])
    assert (end["counted"], end["days"]) == (alone["counted"], alone["days"])
