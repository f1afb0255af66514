"""Under any sequence of operations the ledger agrees with the model, and its invariants hold."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.loyalty.account_model import AccountModel
from tests.support.loyalty_hub import ADA, BOB, PER_UNIT, SCOPE, Scheme
from tests.support.postgres import Cluster
from tidings_server.loyalty.periods import Period
from tidings_server.loyalty.rules.economy import ExpiryKind, ExpiryPolicy
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.errors import InsufficientBalance, WrongState
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import EventRecord

LIFE_DAYS = 10
NewUrl = Callable[[], str]

customers = st.sampled_from([ADA, BOB])
orders = st.sampled_from(["o-1", "o-2", "o-3", "o-4"])
points = st.integers(0, 60)


class LedgerMachine(RuleBasedStateMachine):
    """Orders, redemptions, holds, cancellations, repeats, time and restarts, against the model."""

    new_url: NewUrl

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = ManualClock()
        self.url = type(self).new_url()
        self.day = 0
        self.models = {ADA: AccountModel(), BOB: AccountModel()}
        self.sent: list[EventRecord] = []
        self.waiting: list[tuple[str, str, int, int]] = []
        self.known: set[str] = set()
        self.do(self.open())

    def do(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(coroutine)

    async def open(self) -> None:
        self.scheme = Scheme(await Database.open(self.url, clock=self.clock), self.clock)

    def teardown(self) -> None:
        self.do(self.scheme.database.close())
        self.runner.close()

    @rule(by=customers, order=orders, total=points)
    def order(self, by: str, order: str, total: int) -> None:
        order = f"{order}-{by[:4]}"
        record = self.scheme.record("order", {"orderId": order, "orderStatus": "Open", "total": total}, by=by)
        self.send(record)
        self.waiting.append((by, order, total, self.day))

    @rule(by=customers, order=orders)
    def cancel(self, by: str, order: str) -> None:
        order = f"{order}-{by[:4]}"
        self.send(self.scheme.record("order", {"orderId": order, "orderStatus": "Cancelled", "total": 5}, by=by))
        self.waiting.append((by, order, -1, self.day))

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        self.do(self.scheme.send(data.draw(st.sampled_from(self.sent))))

    @rule()
    def run(self) -> None:
        self.settle()

    @rule(by=customers, quantity=st.integers(1, 80), is_hold=st.booleans(), reference=st.none() | orders)
    def redeem(self, by: str, quantity: int, is_hold: bool, reference: str | None) -> None:
        self.settle()
        reference = f"{reference}-{by[:4]}" if reference else ""
        record = self.scheme.redemption(quantity, hold=is_hold, reference=reference, by=by)
        model = self.models[by]
        can = model.redeem(record.event_id, quantity, self.day, is_hold=is_hold, reference=reference)
        call = self.scheme.redeem(quantity, hold=is_hold, reference=reference, record=record, by=by)
        if can:
            answer = self.do(call)
            self.known.add(by)
            assert answer.pending_balance == model.balance(self.day)
            again = self.do(self.scheme.redeem(quantity, record=record, by=by))
            assert (again.is_existing, again.starting_balance) == (True, answer.starting_balance)
        else:
            with pytest.raises(WrongState if model.orders.get(reference, 0) < 0 else InsufficientBalance):
                self.do(call)

    @precondition(lambda self: self.holds())
    @rule(data=st.data(), is_confirmed=st.booleans())
    def finish(self, data: st.DataObject, is_confirmed: bool) -> None:
        self.settle()
        by, name = data.draw(st.sampled_from(self.holds() or [(ADA, "")]))
        model, redemptions = self.models[by], self.scheme.redemptions
        if not name:
            return
        self.do(redemptions.confirm(SCOPE, name) if is_confirmed else redemptions.void(SCOPE, name))
        (model.confirm if is_confirmed else model.void)(name)
        with pytest.raises(WrongState):
            self.do(redemptions.void(SCOPE, name) if is_confirmed else redemptions.confirm(SCOPE, name))

    @rule(days=st.integers(1, 6))
    def pass_time(self, days: int) -> None:
        self.settle()
        self.day += days
        self.scheme.pass_time(timedelta(days=days))

    @rule()
    def expire(self) -> None:
        self.settle()
        self.do(self.scheme.expire())
        for model in self.models.values():
            model.expire(self.day)

    @rule()
    def restart(self) -> None:
        """A process that starts again finds what the last one has left."""
        self.do(self.scheme.database.close())
        self.do(self.open())

    @invariant()
    def has_what_the_model_has(self) -> None:
        if self.waiting:
            return
        for by in self.known:
            account, model = self.do(self.scheme.account(by)), self.models[by]
            has = account.balance, account.held, account.debt
            assert has == (model.balance(self.day), model.held, model.debt)

    @invariant()
    def books_are_right(self) -> None:
        self.do(self.scheme.check_ledger())

    def send(self, record: EventRecord) -> None:
        self.do(self.scheme.send(record))
        self.sent.append(record)

    def settle(self) -> None:
        """Everything takes effect, here and in the model."""
        self.do(self.scheme.run())
        for by, order, total, day in self.waiting:
            self.known.add(by)
            if total < 0:
                self.models[by].fall(order, day)
            else:
                self.models[by].stand(order, total, day, LIFE_DAYS)
        self.waiting.clear()

    def holds(self) -> list[tuple[str, str]]:
        """Redemptions that are held, by whom."""
        return [
            (by, name)
            for by, model in self.models.items()
            for name, redemption in model.redemptions.items()
            if redemption.state == "HELD"
        ]


async def prepare(url: str) -> None:
    """A database with one point a unit, which lives ten days."""
    database = await Database.open(url, clock=ManualClock())
    scheme = Scheme(database, ManualClock())
    await scheme.rule(PER_UNIT)
    await scheme.economy(expiry=ExpiryPolicy(ExpiryKind.AGE, Period(days=LIFE_DAYS)))
    await database.close()


def url_of(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path / 'tidings.db'}"


@contextmanager
def sqlite_copies() -> Iterator[NewUrl]:
    with tempfile.TemporaryDirectory() as directory:
        first = Path(directory) / "0"
        first.mkdir()
        asyncio.run(prepare(url_of(first)))
        numbers = iter(range(1, 1 << 30))
        yield lambda: url_of(Path(shutil.copytree(first, Path(directory) / str(next(numbers)))))


@contextmanager
def postgres_copies(cluster: Cluster) -> Iterator[NewUrl]:
    template = cluster.create()
    asyncio.run(prepare(cluster.url(template)))
    created: list[str] = []

    def new_url() -> str:
        created.append(cluster.create(template=template))
        return cluster.url(created[-1])

    yield new_url
    for name in [*created, template]:
        cluster.drop(name)


def drive(new_url: NewUrl, *, examples: int, steps: int) -> None:
    machine = type("Machine", (LedgerMachine,), {"new_url": staticmethod(new_url)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_ledger_agrees_with_the_model() -> None:
    with sqlite_copies() as new_url:
        drive(new_url, examples=20, steps=30)


@pytest.mark.postgresql
@pytest.mark.timeout(600)
def test_the_ledger_has_what_the_model_has_on_postgresql(postgres: Cluster) -> None:
    with postgres_copies(postgres) as new_url:
        drive(new_url, examples=8, steps=25)
