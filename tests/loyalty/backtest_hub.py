"""A tenant's loyalty events in a log, stored as the API stores them, and backtests over them."""

from typing import Any

from google.protobuf import descriptor_pool
from google.protobuf.json_format import ParseDict

from tidings.loyalty.v1 import events_pb2 as pb
from tidings.loyalty.v1 import rules_pb2
from tidings_server.loyalty.api import event_messages, rule_messages
from tidings_server.loyalty.api.event_codec import ProtobufEventCodec
from tidings_server.loyalty.api.event_messages import ACTION, BASKET, ORDER, TRANSACTION, EventBlock
from tidings_server.loyalty.assessment.assessor import Assessor
from tidings_server.loyalty.assessment.backtest import BacktestProgress, BacktestRange, Backtests
from tidings_server.loyalty.rules.condition_language import ConditionLanguage
from tidings_server.loyalty.rules.rules import LoyaltyRules
from tidings_server.platform.clock import Ids, ManualClock
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import EventRecord

SCOPE = Scope(1, "0190c5a6-0000-7000-8000-000000000001", "demo", "key", "app")
ADA = "c4ca4238-a0b9-4382-8dcc-509a6f75849b"
BOB = "c81e728d-9d4c-4f63-af06-7f89cc14862c"
BLOCKS = {block.name: block for block in (ACTION, BASKET, ORDER, TRANSACTION)}


class BacktestHub:
    """`store` stores an event, `backtest` creates a rule and runs it over all events."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database = database
        self.clock = clock
        self.ids = Ids(clock)
        language, messages = ConditionLanguage(descriptor_pool.Default()), ProtobufEventCodec()
        self.rules = LoyaltyRules(database, language, clock=clock, ids=self.ids)
        self.backtests = Backtests(
            database, self.rules, language, assessor=Assessor(language, messages), decoder=messages
        )

    async def store(self, kind: str, fields: dict[str, Any], **other: Any) -> str:
        record = self.record(kind, fields, **other)
        await self.database.write_queue.append([record])
        return record.event_id

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
        block: EventBlock = BLOCKS[kind]
        sent = {kind: fields, "eventId": self.ids.uuid7(), "customerId": by, "nameSpace": name_space, **other}
        return event_messages.load(ParseDict(sent, pb.NewEvent()), block, scope, now_us=self.clock.now_us())

    async def backtest(self, span: BacktestRange | None = None, *, points: float = 10, **rule: Any) -> BacktestProgress:
        fields = {"name": "r", "assesses": "ORDER", "fulfilments": [{"type": "POINTS_FLAT", "points": points}], **rule}
        created = await self.rules.create(SCOPE, rule_messages.load(ParseDict(fields, rules_pb2.Rule())))
        found = [
            progress async for progress in self.backtests.run(SCOPE, created.id, span or BacktestRange(examples=10))
        ]
        assert found[-1].is_complete
        assert found[-1].progress == 1.0
        return found[-1]
