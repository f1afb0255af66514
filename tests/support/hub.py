"""Workflows over a database: put one, send events, let the consumer run, look at what has become of them."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from tests.support.workflows import ORDER
from tidings_server.delivery.matching import SubscriptionMatcher
from tidings_server.expressions.conditions import Conditions
from tidings_server.identity.quotas import Quotas
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.platform.clock import Clock, Ids, ManualClock
from tidings_server.platform.json_type import Json
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import Api, EventRecord, StoredEvent
from tidings_server.storage.log.tables import event as event_table
from tidings_server.workflow.attributes import attributes
from tidings_server.workflow.audit_ids import AuditIds
from tidings_server.workflow.audits import Audit, unpack
from tidings_server.workflow.consumer import WorkflowConsumer
from tidings_server.workflow.definition.expressions import WorkflowExpressions
from tidings_server.workflow.definition.validation import WorkflowValidator
from tidings_server.workflow.engine.engine import Engine
from tidings_server.workflow.engine.rules import RULES
from tidings_server.workflow.entities import Reference
from tidings_server.workflow.event_codec import EventBody, event_record
from tidings_server.workflow.scheduled_events import ScheduledEventPublisher
from tidings_server.workflow.store import entities, outcomes
from tidings_server.workflow.store.entities import EntityLookup, StoredEntity
from tidings_server.workflow.store.outcomes import EventOutcome
from tidings_server.workflow.submission import CompletionWaiters
from tidings_server.workflow.workflows import Workflows

SCOPE = Scope(1, "t-1", "demo", "ada", "shop", retailer_id="1")
EXPRESSIONS = WorkflowExpressions()
AUDIT_IDS = AuditIds(b"k" * 32)


class NoBodies:
    """Event shapes for conditions, which no subscription of these tests has."""

    def event_shape(self, event: StoredEvent) -> Any:
        raise NotImplementedError


class Hub:
    """The workflow area of one process. `event` builds a record, `send` stores it, `run` runs all stored events."""

    def __init__(self, database: Database, clock: Clock, quotas: Quotas | None = None) -> None:
        self.database = database
        self.clock = clock
        self.ids = Ids(clock)
        self.waiters = CompletionWaiters(database)
        self.engine = Engine(RULES, EXPRESSIONS, clock=clock, new_id=self.ids.uuid7)
        self.workflows = Workflows(database, WorkflowValidator(RULES, EXPRESSIONS), clock=clock)
        self.scheduled_events = ScheduledEventPublisher(database, clock, quotas)
        audiences = SubscriptionMatcher(database, Conditions(None, "google.protobuf.Struct"), NoBodies())
        self.consumer = WorkflowConsumer(
            database,
            self.engine,
            audiences,
            waiters=self.waiters,
            audit_ids=AUDIT_IDS,
            clock=clock,
            quotas=quotas,
        )
        self.runner = ConsumerRunner(
            self.consumer, feed=LogFeed(database), database=database, clock=clock, on_commit=self.consumer.committed
        )

    async def put(self, *rulesets: Mapping[str, Any], name: str = "ORDER", scope: Scope = SCOPE, **other: Any) -> int:
        definition = {"name": name, "entityType": "ORDER", "rulesets": list(rulesets), **other}
        return (await self.workflows.put(scope, name, definition)).number

    def event(
        self,
        name: str,
        facts: Mapping[str, Json] | None = None,
        *,
        entity: Reference = ORDER,
        root: Reference | None = ORDER,
        **other: Any,
    ) -> EventRecord:
        about = {name: other.pop(name) for name in ("subtype", "is_sync", "allowance") if name in other}
        body = EventBody(attributes(facts or {}), "ada", **about)
        values = {"event_id": self.ids.uuid7(), "tenant_id": 1, "retailer_id": "1", "actor": "shop", **other}
        return event_record(name, body, entity=entity, root=root, at_us=self.clock.now_us(), **values)

    async def send(self, *events: EventRecord) -> list[int]:
        return [appended.seq for appended in await self.database.write_queue.append(list(events))]

    async def submit(self, name: str, facts: Mapping[str, Json] | None = None, **other: Any) -> int:
        """Store one event and run it with all events that follow; its position in the log."""
        [seq] = await self.send(self.event(name, facts, **other))
        await self.run()
        return seq

    async def run(self) -> None:
        while await self.runner.run_once():
            pass

    async def pass_time(self, delta: timedelta) -> None:
        assert isinstance(self.clock, ManualClock)
        self.clock.advance(delta)
        while await self.scheduled_events.run_once():
            pass
        await self.run()

    async def entity(self, name: Reference = ORDER, *, retailer_id: str = "1", tenant: int = 1) -> StoredEntity | None:
        async with self.database.read() as conn:
            found = await entities.find(conn, tenant, [EntityLookup(name.type, name.id, name.ref)])
        return next((each for each in found if each.retailer_id == retailer_id), None)

    async def status(self, name: Reference = ORDER, **other: Any) -> str | None:
        found = await self.entity(name, **other)
        return found.status if found else None

    async def outcome(self, seq: int) -> EventOutcome:
        async with self.database.read() as conn:
            return (await outcomes.with_audits(conn, [seq]))[seq]

    async def audits(self, seq: int) -> list[Audit]:
        return unpack((await self.outcome(seq)).audits)

    async def events(self, **wanted: Any) -> list[StoredEvent]:
        """Events of the log whose columns have these values (at most 1,000), in order."""
        async with self.database.read() as conn:
            columns = [event_table.c[name] == value for name, value in wanted.items()]
            seqs = (await conn.execute(select(event_table.c.seq).where(*columns))).scalars()
            return await log.at(conn, list(seqs))

    async def count(self, **wanted: Any) -> int:
        """Count of the events of the log that have these values."""
        columns = [event_table.c[name] == value for name, value in wanted.items()]
        async with self.database.read() as conn:
            counted: int = (
                await conn.execute(select(func.count()).select_from(event_table).where(*columns))
            ).scalar_one()
        return counted

    async def names(self) -> list[str]:
        """The names of all events of workflows, in the order of the log."""
        columns = select(event_table.c.name).where(event_table.c.api == int(Api.ORCHESTRATION))
        async with self.database.read() as conn:
            return list((await conn.execute(columns.order_by(event_table.c.seq))).scalars())


def body_of(event: StoredEvent) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(event.body)
    return told
