"""A tenant's loyalty events in a log, stored as the API stores them, and backtests over them."""

from typing import Any

from google.protobuf import descriptor_pool
from google.protobuf.json_format import ParseDict

from tidings.loyalty.v1 import events_pb2 as pb
from tidings.loyalty.v1 import rules_pb2
from tidings_server.api import loyalty_events, loyalty_rule_shape
from tidings_server.api.loyalty_events import ACTION, BASKET, ORDER, TRANSACTION, Block
from tidings_server.api.loyalty_messages import LoyaltyMessages
from tidings_server.clock import Ids, ManualClock
from tidings_server.core.loyalty.assessor import Assessor
from tidings_server.core.loyalty.backtest import Backtests, Progress, Span
from tidings_server.core.loyalty.language import Language
from tidings_server.core.loyalty.rules import Rules
from tidings_server.scope import Scope
from tidings_server.store.engine import Database
from tidings_server.store.records import EventRecord

SCOPE = Scope(1, "0190c5a6-0000-7000-8000-000000000001", "demo", "key", "app")
ADA = "c4ca4238-a0b9-4382-8dcc-509a6f75849b"
BOB = "c81e728d-9d4c-4f63-af06-7f89cc14862c"
BLOCKS = {block.name: block for block in (ACTION, BASKET, ORDER, TRANSACTION)}


class Past:
    """`tell` stores an event, `backtest` makes a rule of what it is told and runs it over them all."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database = database
        self.clock = clock
        self.ids = Ids(clock)
        language, messages = Language(descriptor_pool.Default()), LoyaltyMessages()
        self.rules = Rules(database, language, clock=clock, ids=self.ids)
        self.backtests = Backtests(database, self.rules, language, Assessor(language, messages), messages)

    async def tell(self, kind: str, told: dict[str, Any], **other: Any) -> str:
        record = self.record(kind, told, **other)
        await self.database.lane.append([record])
        return record.event_id

    def record(
        self, kind: str, told: dict[str, Any], *, by: str = ADA, name_space: str = "Shop", scope: Scope = SCOPE
    ) -> EventRecord:
        block: Block = BLOCKS[kind]
        sent = {kind: told, "eventId": self.ids.uuid7(), "customerId": by, "nameSpace": name_space}
        return loyalty_events.load(ParseDict(sent, pb.NewEvent()), block, scope, now_us=self.clock.now_us())

    async def backtest(self, span: Span | None = None, *, points: float = 10, **rule: Any) -> Progress:
        told = {"name": "r", "assesses": "ORDER", "fulfilments": [{"type": "POINTS_FLAT", "points": points}], **rule}
        made = await self.rules.create(SCOPE, loyalty_rule_shape.load(ParseDict(told, rules_pb2.Rule())))
        found = [progress async for progress in self.backtests.run(SCOPE, made.id, span or Span(examples=10))]
        assert found[-1].is_complete
        assert found[-1].progress == 1.0
        return found[-1]
