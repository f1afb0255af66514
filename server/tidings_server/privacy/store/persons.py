"""Rows that may name a person, and erasures: statements."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Table, delete, exists, func, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.tables import delivery, delivery_attempt
from tidings_server.log.store.tables import failed_event
from tidings_server.platform.errors import LostRace
from tidings_server.privacy.store.tables import erasure
from tidings_server.rpc.store.tables import idempotency
from tidings_server.storage.log.events import of_tenant
from tidings_server.storage.log.shards import end_of, shard_of_tenant, start_of
from tidings_server.storage.log.tables import event
from tidings_server.storage.version_counter import VersionCounter
from tidings_server.workflow.store.tables import event_outcome

WINDOW = 5_000
VERSION_KIND = "redactions"
_VERSION = VersionCounter(VERSION_KIND)
bump = _VERSION.bump
version = _VERSION.current
"""Number of transactions that have changed the log, by which every process clears its log cache."""
ERASED = "whom it was for has been erased"
RUNNING = "RUNNING"
DONE = "DONE"


class StoredErasure(NamedTuple):
    """An erasure; `sealed`, the person, is None when it is done."""

    id: str
    tenant_id: int
    pseudonym: str
    sealed: bytes | None
    state: str
    data_source: str
    position: str
    changed: Mapping[str, int]
    created_at: int
    finished_at: int | None


class PersonalRows(NamedTuple):
    """Rows, and the position after them; None when there are no more."""

    rows: Sequence[Mapping[str, Any]]
    position: str | None


class ErasurePosition(NamedTuple):
    """Progress of an erasure: its present data source, and the last key done there (JSON; empty: none)."""

    data_source: str
    position: str


async def page(
    conn: AsyncConnection, table: Table, key: Sequence[str], *, tenant: int, position: str, limit: int
) -> PersonalRows:
    """The tenant's next rows of a table that has an index by tenant and key, behind a position."""
    columns = [table.c[name] for name in key]
    query = select(table).where(table.c.tenant_id == tenant).order_by(*columns).limit(limit)
    if position:
        query = query.where(tuple_(*columns) > tuple_(*json.loads(position)))
    rows = [row._asdict() for row in await conn.execute(query)]
    return PersonalRows(rows, json.dumps([rows[-1][name] for name in key]) if rows else None)


async def window(
    conn: AsyncConnection, table: Table, key: str, *, tenant: int, position: str, limit: int
) -> PersonalRows:
    """The same of a table without such an index, whose key is the log's.

    The rows of all tenants of the shard are read, WINDOW at most.
    """
    shard = shard_of_tenant(tenant)
    after = int(position or start_of(shard))
    column = table.c[key]
    query = select(table).where(column > after, column <= after + WINDOW, of_tenant(table, tenant))
    rows = [row._asdict() for row in await conn.execute(query.order_by(column).limit(limit))]
    if len(rows) == limit:
        return PersonalRows(rows, str(rows[-1][key]))
    newest = select(column).where(column <= end_of(shard)).order_by(column.desc()).limit(1)
    last: int | None = (await conn.execute(newest)).scalar_one_or_none()
    return PersonalRows(rows, str(after + WINDOW) if last is not None and last > after + WINDOW else None)


async def rewrite(
    conn: AsyncConnection, table: Table, key: Sequence[str], *, row: Mapping[str, Any], changed: Mapping[str, Any]
) -> None:
    """Change a row that is still as it was read. Raises LostRace when it has changed meanwhile."""
    same = [table.c[name] == row[name] for name in key]
    same += [table.c[name].is_not_distinct_from(row[name]) for name in changed]
    query = update(table).where(table.c.tenant_id == row["tenant_id"], *same).values(**changed)
    if (await conn.execute(query)).rowcount != 1:
        raise LostRace


async def forget_traces(
    conn: AsyncConnection,
    *,
    tenant: int,
    seqs: Sequence[int],
    event_ids: Sequence[str],
    about: Sequence[int],
    renamed: Sequence[int],
    unsent: Sequence[int],
    pseudonym: str,
) -> None:
    """Remove traces of redacted events in other tables: receivers' answers, order keys, errors, idempotent responses.

    `about` are those of the events whose entity is the person; `renamed` those of which any name became the pseudonym:
    what waits in order behind another entity stays behind that. `unsent` are mail whose pending deliveries expire.
    """
    numbers, ids = list(seqs), list(event_ids)
    deliveries = select(delivery.c.id).where(delivery.c.tenant_id == tenant, delivery.c.seq.in_(numbers))
    await conn.execute(update(delivery_attempt).where(delivery_attempt.c.delivery_id.in_(deliveries)).values(answer=""))
    ordered = delivery.c.tenant_id == tenant, delivery.c.seq.in_(list(renamed)), delivery.c.order_key.is_not(None)
    await conn.execute(update(delivery).where(*ordered).values(order_key=pseudonym))
    letters = delivery.c.tenant_id == tenant, delivery.c.seq.in_(list(unsent)), delivery.c.state == "PENDING"
    await conn.execute(update(delivery).where(*letters).values(state="EXPIRED", reason=ERASED))
    retries = failed_event.c.tenant_id == tenant, failed_event.c.seq.in_(numbers)
    await conn.execute(update(failed_event).where(*retries).values(error=""))
    named = event_outcome.c.tenant_id == tenant, event_outcome.c.seq.in_(list(about))
    await conn.execute(update(event_outcome).where(*named).values(entity_id=pseudonym))
    kept = idempotency.c.tenant_id == tenant, idempotency.c.resource_id.in_(ids)
    await conn.execute(delete(idempotency).where(*kept))


async def names_of(conn: AsyncConnection, seqs: Sequence[int]) -> dict[int, frozenset[str]]:
    """Names of the entities and roots of these events that are still in the log, by position."""
    columns = (event.c.entity_id, event.c.entity_ref, event.c.root_id, event.c.root_ref)
    rows = await conn.execute(select(event.c.seq, *columns).where(event.c.seq.in_(list(seqs))))
    return {row[0]: frozenset(name for name in row[1:] if name) for row in rows}


async def add(conn: AsyncConnection, new: StoredErasure) -> None:
    """Store an erasure that has not begun."""
    await conn.execute(insert(erasure).values(**{**new._asdict(), "changed": json.dumps(new.changed)}))


async def find(conn: AsyncConnection, tenant: int, erasure_id: str) -> StoredErasure | None:
    """One of the tenant's erasures."""
    query = select(erasure).where(erasure.c.tenant_id == tenant, erasure.c.id == erasure_id)
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else _stored(row)


HAS_RUNNING: Final = select(exists().where(erasure.c.state == RUNNING))
"""Whether there is an erasure that is not done, as a fact of the shared look."""


async def first_running(conn: AsyncConnection, *, without: Collection[str] = ()) -> StoredErasure | None:
    """The oldest erasure of any tenant that is not done, `without` these ids."""
    is_next = (erasure.c.state == RUNNING, erasure.c.id.not_in(list(without)))
    query = select(erasure).where(*is_next).order_by(erasure.c.created_at).limit(1)
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else _stored(row)


async def move(
    conn: AsyncConnection,
    running: StoredErasure,
    *,
    to: ErasurePosition,
    changed: Mapping[str, int],
    finished_at: int | None,
) -> None:
    """Store the progress of an erasure; `finished_at` ends it. Raises LostRace when another process was first."""
    its = erasure.c.tenant_id == running.tenant_id, erasure.c.id == running.id, erasure.c.state == RUNNING
    at = erasure.c.data_source == running.data_source, erasure.c.position == running.position
    values: dict[str, Any] = {"data_source": to.data_source, "position": to.position, "changed": json.dumps(changed)}
    if finished_at is not None:
        values |= {"state": DONE, "sealed": None, "finished_at": finished_at}
    query = update(erasure).where(*its, *at).values(**values)
    if (await conn.execute(query)).rowcount != 1:
        raise LostRace


async def count(conn: AsyncConnection, tenant: int) -> int:
    """Number of the tenant's running erasures."""
    query = select(func.count()).where(erasure.c.tenant_id == tenant, erasure.c.state == RUNNING)
    return int((await conn.execute(query)).scalar_one())


def _stored(row: Any) -> StoredErasure:
    stored = StoredErasure._make(row)
    return stored._replace(changed=json.loads(str(stored.changed)))
