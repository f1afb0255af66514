"""Outcomes of events that workflows have run: statements."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.array_parameters import as_list, is_listed
from tidings_server.storage.bulk_insert import insert_rows
from tidings_server.storage.log.shards import MAX_SHARDS, end_of, in_shard, shard_of, start_of
from tidings_server.storage.log.tables import head_seq
from tidings_server.storage.tables import config_version
from tidings_server.workflow.store.tables import event_outcome

NUMBER_KIND: Final = "outcomes"

_BRIEF: Final = tuple(column for column in event_outcome.c if column.name != "audits")


class EventOutcome(NamedTuple):
    """Outcome of the run of the event at `seq`; instants in µs. `audits` is the packed text, empty unless read."""

    number: int
    seq: int
    tenant_id: int
    status: str
    workflow: str | None
    version: int | None
    ruleset: str | None
    entity_key: int | None
    entity_id: str | None
    started_at: int
    finished_at: int
    audits: str = ""


async def add(conn: AsyncConnection, outcomes: Sequence[EventOutcome]) -> None:
    """Store outcomes of events of one shard, numbered anew in their order."""
    shard = shard_of(outcomes[0].seq)
    counter = update(config_version).where(config_version.c.kind == in_shard(NUMBER_KIND, shard))
    counted = counter.values(version=config_version.c.version + len(outcomes)).returning(config_version.c.version)
    last: int | None = (await conn.execute(counted)).scalar_one_or_none()
    if last is None:  # of a shard that has none yet; its one consumer is the only one that comes here
        last = start_of(shard) + len(outcomes)
        await conn.execute(insert(config_version).values(kind=in_shard(NUMBER_KIND, shard), version=last))
    first = last - len(outcomes) + 1
    await insert_rows(
        conn, event_outcome, [tuple(each._replace(number=number)) for number, each in enumerate(outcomes, first)]
    )


async def of(conn: AsyncConnection, seqs: Collection[int]) -> dict[int, EventOutcome]:
    """Outcomes of these events, without their audits; pending events are left out."""
    rows = await conn.execute(_by_seq(conn.dialect.name, with_audits=False), {"seqs": as_list(seqs)})
    return {row.seq: EventOutcome(*row) for row in rows}


async def with_audits(conn: AsyncConnection, seqs: Collection[int]) -> dict[int, EventOutcome]:
    """Outcomes of these events, with their audits."""
    rows = await conn.execute(_by_seq(conn.dialect.name, with_audits=True), {"seqs": as_list(seqs)})
    return {row.seq: EventOutcome(*row) for row in rows}


async def after(conn: AsyncConnection, number: int, *, limit: int) -> list[EventOutcome]:
    """Outcomes of a shard after a number in it, in order."""
    is_after = (event_outcome.c.number > number, event_outcome.c.number <= end_of(shard_of(number)))
    query = select(event_outcome).where(*is_after).order_by(event_outcome.c.number).limit(limit)
    return list(map(EventOutcome._make, await conn.execute(query)))


async def ends(conn: AsyncConnection, shard: int) -> tuple[int, int]:
    """The last event of a shard and the number of its last outcome, of one instant."""
    event, number = (await conn.execute(_ends(shard))).one()
    return event, number or start_of(shard)


async def touching(conn: AsyncConnection, entity_key: int, *, limit: int) -> list[int]:
    """The last events that ran on an entity, the newest first."""
    query = select(event_outcome.c.seq).where(event_outcome.c.entity_key == entity_key)
    return list((await conn.execute(query.order_by(event_outcome.c.seq.desc()).limit(limit))).scalars())


@lru_cache(maxsize=MAX_SHARDS)
def _ends(shard: int) -> Select[Any]:
    counted = config_version.c.kind == in_shard(NUMBER_KIND, shard)
    return select(
        head_seq(shard),
        select(config_version.c.version).where(counted).scalar_subquery(),
    )


@lru_cache(maxsize=8)
def _by_seq(dialect_name: str, *, with_audits: bool) -> Select[Any]:
    columns = event_outcome.c if with_audits else _BRIEF
    return select(*columns).where(is_listed(event_outcome.c.seq, dialect_name, "seqs"))
