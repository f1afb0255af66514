"""A loyalty scheme over a database: rules, events, the consumer, and the resulting accounts."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

from google.protobuf import descriptor_pool
from google.protobuf.json_format import ParseDict
from sqlalchemy import func, select

from tidings.loyalty.v1 import events_pb2 as pb
from tidings.loyalty.v1 import rules_pb2
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.events import EventLog
from tidings_server.log.feed import LogFeed
from tidings_server.loyalty.api import event_messages, rule_messages
from tidings_server.loyalty.api.event_codec import ProtobufEventCodec
from tidings_server.loyalty.api.event_messages import ACTION, BASKET, ORDER, REDEMPTION, TRANSACTION, EventBlock
from tidings_server.loyalty.assessment.assessor import Assessor
from tidings_server.loyalty.assessment.baskets import BasketResult, Baskets
from tidings_server.loyalty.consumer import LoyaltyConsumer
from tidings_server.loyalty.fulfilment.failures import FulfilmentFailures
from tidings_server.loyalty.ledger.expiry_worker import ExpiryWorker
from tidings_server.loyalty.ledger.queries import AccountSummary, Ledger
from tidings_server.loyalty.ledger.redemption_batch import RedemptionResult
from tidings_server.loyalty.ledger.redemptions import Redemptions
from tidings_server.loyalty.ledger.reversals import Reversals
from tidings_server.loyalty.read_your_writes import ReadYourWrites
from tidings_server.loyalty.rules.condition_language import ConditionLanguage
from tidings_server.loyalty.rules.economy import Economy, EconomyDraft
from tidings_server.loyalty.rules.lifecycle import RuleStatus
from tidings_server.loyalty.rules.rule import LoyaltyRule
from tidings_server.loyalty.rules.rules import Economies, LoyaltyRules
from tidings_server.loyalty.store.lots import Transfer
from tidings_server.loyalty.store.tables import customer, loyalty_lot, loyalty_transfer
from tidings_server.platform.clock import Clock, Ids, ManualClock
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import EventRecord, StoredEvent
from tidings_server.storage.log.tables import event as event_table

SCOPE = Scope(1, "0190c5a6-0000-7000-8000-000000000001", "demo", "key", "app")
ADA = "c4ca4238-a0b9-4382-8dcc-509a6f75849b"
BOB = "c81e728d-9d4c-4f63-af06-7f89cc14862c"
LANGUAGE = ConditionLanguage(descriptor_pool.Default())
BLOCKS: dict[str, EventBlock] = {block.name: block for block in (ACTION, BASKET, ORDER, TRANSACTION, REDEMPTION)}
TEN = {"type": "POINTS_FLAT", "points": 10}
PER_UNIT = {"type": "POINTS_PER_UNIT", "points": 1}


MOVES = {
    "points.earned": 1,
    "points.redeemed": -1,
    "points.expired": -1,
    "points.reversed": -1,
    "points.returned": 1,
}
"""Topics of points, and what they do to a balance."""


class Scheme:
    """The loyalty of one process. `process` stores an event and runs the consumer; `send` only stores."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self.ids = ids = Ids(clock)
        self.codec = ProtobufEventCodec()
        events = EventLog(database)
        assessor = Assessor(LANGUAGE, self.codec)
        self.rules = LoyaltyRules(database, LANGUAGE, clock=clock, ids=ids)
        self.economies = Economies(database, clock=clock, ids=ids)
        self.read_your_writes = ReadYourWrites(database)
        self.ledger = Ledger(database, clock=clock)
        self.runner = ConsumerRunner(
            LoyaltyConsumer(database, self.codec, assessor, clock=clock, ids=ids),
            feed=LogFeed(database),
            database=database,
            clock=clock,
            on_commit=self.read_your_writes.notify,
            is_waited_for=self.read_your_writes.has_waiters,
        )
        self.read_your_writes.use_runner(self.runner)
        self.redemptions = Redemptions(database, self.codec, self.read_your_writes, clock=clock, ids=ids)
        self.baskets = Baskets(
            database, events, self.codec, assessor=assessor, read_your_writes=self.read_your_writes, clock=clock
        )
        self.reversals = Reversals(
            database, events, self.codec, read_your_writes=self.read_your_writes, ledger=self.ledger, clock=clock
        )
        self.failures = FulfilmentFailures(database, self.codec, clock=clock, ids=ids)
        self.expiry = ExpiryWorker(database, self.codec, clock=clock, ids=ids)

    async def rule(
        self, *fulfilments: dict[str, Any], status: RuleStatus = RuleStatus.ACTIVE, **fields: Any
    ) -> LoyaltyRule:
        """A rule for orders in any namespace, unless fields say otherwise."""
        values = {"name": "r", "assesses": "ORDER", "fulfilments": list(fulfilments or [TEN]), **fields}
        created = await self.rules.create(SCOPE, rule_messages.load(ParseDict(values, rules_pb2.Rule())))
        return created if status is RuleStatus.CONFIGURE else await self.rules.transition(SCOPE, created.id, status)

    async def economy(self, per_unit: str = "0", **fields: Any) -> Economy:
        draft = EconomyDraft(name="e", points_per_unit=Decimal(per_unit), **fields)
        return await self.economies.transition(SCOPE, (await self.economies.create(SCOPE, draft)).id, RuleStatus.ACTIVE)

    def record(
        self,
        kind: str,
        fields: dict[str, Any],
        *,
        by: str = ADA,
        name_space: str = "Shop",
        scope: Scope = SCOPE,
        **other: Any,
    ) -> EventRecord:
        sent = {kind: fields, "eventId": self.ids.uuid7(), "customerId": by, "nameSpace": name_space, **other}
        return event_messages.load(ParseDict(sent, pb.NewEvent()), BLOCKS[kind], scope, now_us=self.clock.now_us())

    async def send(self, *records: EventRecord) -> None:
        await self.database.write_queue.append(list(records), first_wins=True)

    async def process(self, kind: str, fields: dict[str, Any], **other: Any) -> str:
        record = self.record(kind, fields, **other)
        await self.send(record)
        await self.run()
        return record.event_id

    async def order(self, total: float = 0.0, *, order_id: str = "", status: str = "Open", **other: Any) -> str:
        fields = {"orderId": order_id or self.ids.uuid7(), "orderStatus": status, "total": total}
        return await self.process("order", fields, **other)

    async def action(self, **other: Any) -> str:
        return await self.process("action", {"amount": 0}, **other)

    async def run(self) -> None:
        while await self.runner.run_once():
            pass

    def redemption(self, quantity: int, *, hold: bool = False, reference: str = "", **other: Any) -> EventRecord:
        return self.record("redemption", {"quantity": quantity, "externalReference": reference, "hold": hold}, **other)

    async def redeem(
        self,
        quantity: int,
        *,
        hold: bool = False,
        reference: str = "",
        record: EventRecord | None = None,
        by: str = ADA,
    ) -> RedemptionResult:
        """Redeem; the consumer does not run meanwhile."""
        record = record or self.redemption(quantity, hold=hold, reference=reference, by=by)
        call = asyncio.ensure_future(
            self.redemptions.redeem(record, customer_id=by, quantity=quantity, is_hold=hold, reference=reference)
        )
        while not call.done():
            await asyncio.sleep(0)
            await self.redemptions.run_once()
        return await call

    async def spend(self, quantity: int, **other: Any) -> RedemptionResult:
        """Redeem, then run the consumer."""
        answer = await self.redeem(quantity, **other)
        await self.run()
        return answer

    async def basket(self, fields: dict[str, Any] | None = None, **other: Any) -> BasketResult:
        return await self.baskets.assess(self.record("basket", {"basketTotal": 100, **(fields or {})}, **other))

    async def account(self, by: str = ADA) -> AccountSummary:
        return await self.ledger.account(SCOPE, by)

    async def balance(self, by: str = ADA) -> int:
        return (await self.account(by)).balance

    def pass_time(self, delta: timedelta) -> None:
        assert isinstance(self.clock, ManualClock)
        self.clock.advance(delta)

    async def expire(self) -> None:
        while await self.expiry.run_once():
            pass

    async def events(self, topic: str) -> list[StoredEvent]:
        """Events of the log with this topic, in order (at most 1,000)."""
        return await self.events_where(topic=topic)

    async def events_where(self, **columns: Any) -> list[StoredEvent]:
        """Events of the log with these values of columns."""
        async with self.database.read() as conn:
            matches = [event_table.c[name] == value for name, value in columns.items()]
            seqs = (await conn.execute(select(event_table.c.seq).where(*matches))).scalars()
            return await log.at(conn, list(seqs))

    async def decoded(self, topic: str) -> list[pb.Event]:
        """The messages of these events."""
        return [pb.Event.FromString(event.body) for event in await self.events(topic)]

    async def transfers(self) -> list[Transfer]:
        columns = [loyalty_transfer.c[name] for name in Transfer._fields]
        async with self.database.read() as conn:
            rows = await conn.execute(select(*columns).order_by(loyalty_transfer.c.key))
            return [Transfer._make(row) for row in rows]

    async def check_ledger(self) -> None:
        """Assert the invariants: accounts, lots and the journal agree."""
        async with self.database.read() as conn:
            sums = select(
                loyalty_lot.c.customer_key,
                func.sum(loyalty_lot.c.remaining).label("remaining"),
                func.sum(loyalty_lot.c.held).label("held"),
            ).group_by(loyalty_lot.c.customer_key)
            lots = {row.customer_key: (row.remaining, row.held) for row in await conn.execute(sums)}
            accounts = list(await conn.execute(select(customer)))
        sides: dict[tuple[int, int], int] = {}
        balances: dict[int, int] = {}
        for line in await self.transfers():
            change = line.points * ((line.credit == 2) - (line.debit == 2))
            balances[line.customer_key] = balances.get(line.customer_key, 0) + change
            assert line.balance == balances[line.customer_key]
            sides[line.customer_key, line.debit] = sides.get((line.customer_key, line.debit), 0) - line.points
            sides[line.customer_key, line.credit] = sides.get((line.customer_key, line.credit), 0) + line.points
        assert sum(sides.values()) == 0
        for row in accounts:
            assert (row.posted, row.held) == lots.get(row.key, (0, 0))
            assert (sides.get((row.key, 2), 0), sides.get((row.key, 3), 0)) == (row.posted - row.held, row.held)
            assert -sides.get((row.key, 7), 0) == row.debt >= 0
            assert 0 <= row.held <= row.posted
        totals: dict[tuple[int, str], int] = {}
        for topic, sign in MOVES.items():
            for stored in await self.events(topic):
                moved = pb.Event.FromString(stored.body)
                by = stored.tenant_id, moved.customer_id
                totals[by] = totals.get(by, 0) + sign * moved.points.quantity
        assert {key: total for key, total in totals.items() if total} == {
            (row.tenant_id, row.id): row.posted - row.debt for row in accounts if row.posted != row.debt
        }, "the events of points add up to the balance less the debt"
