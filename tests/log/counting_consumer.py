"""A consumer whose effects can be counted, and that fails where a test says so."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.consumer import Plan
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import StoredEvent

tables = MetaData()
effect = Table(
    "effect",
    tables,
    Column("place", Integer, primary_key=True),
    Column("number", BigInteger),
    Column("key", String),
    Column("event_id", String),
)
"""An effect that is written twice is there twice. `place` counts up: PostgreSQL puts rows where there is room."""

WITHOUT_EFFECT = "nothing.follows"
"""The topic of events that `Counting` passes over."""


async def make_tables(database: Database) -> None:
    await database.write_queue.run(lambda conn: conn.run_sync(tables.create_all))


async def effects(database: Database) -> list[tuple[int, str, str]]:
    """(number, key, event id) of every effect, in the order they took place for each key."""
    async with database.read() as conn:
        own = effect.c.number, effect.c.key, effect.c.event_id
        return [tuple(row) for row in await conn.execute(select(*own).order_by(effect.c.place))]


@dataclass
class Effects:
    events: Sequence[StoredEvent]
    failing: set[str]

    @property
    def effective(self) -> list[StoredEvent]:
        return [event for event in self.events if event.topic != WITHOUT_EFFECT]

    @property
    def covered(self) -> int:
        return len(self.events)

    @property
    def is_empty(self) -> bool:
        return not self.effective

    async def apply(self, conn: AsyncConnection) -> None:
        for event in self.effective:
            await conn.execute(insert(effect).values(number=event.seq, key=event.entity_id, event_id=event.event_id))
            if event.event_id in self.failing:
                raise ValueError(f"no effect for {event.event_id}")


@dataclass
class Counting:
    """Writes one row for each event that is not `WITHOUT_EFFECT`.

    Ids in `failing_plans` and `failing` fail in planning and in writing.
    """

    name: str = "counting"
    failing: set[str] = field(default_factory=set)
    failing_plans: set[str] = field(default_factory=set)
    most: int = 1_000

    def concerns(self, _event: StoredEvent) -> bool:
        return True

    def key(self, event: StoredEvent) -> str:
        return event.entity_id or ""

    async def plan(self, events: Sequence[StoredEvent]) -> Plan:
        for event in events[: self.most]:
            if event.event_id in self.failing_plans:
                raise KeyError(event.event_id)
        return Effects(events[: self.most], self.failing)
