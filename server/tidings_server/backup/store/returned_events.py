"""Events of an archive stored in the log again, at the places that they had."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.store import quotas
from tidings_server.identity.store.quotas import ROW_BYTES, Usage
from tidings_server.identity.store.tables import tenant
from tidings_server.storage.bulk_insert import insert_new_rows
from tidings_server.storage.log import events
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.log.shards import shard_of
from tidings_server.storage.log.tables import event


class LogTooShort(Exception):
    """The log ends before the event: it is not the one that the event is of."""


@dataclass(frozen=True, slots=True)
class Returned:
    """The fate of archived events: stored again, there already or their ids taken, of tenants that are gone."""

    stored: Sequence[StoredEvent] = ()
    count: int = 0
    known: int = 0
    orphaned: int = 0

    def with_more(self, more: "Returned") -> "Returned":
        """The sum of the numbers."""
        return Returned((), self.count + more.count, self.known + more.known, self.orphaned + more.orphaned)


async def put(conn: AsyncConnection, batch: Sequence[StoredEvent]) -> Returned:
    """Store events that are not there, in a write transaction, and count them for their tenants.

    Raises LogTooShort for an event after the end of the log.
    """
    for shard in {shard_of(each.seq) for each in batch}:
        head = await events.head(conn, shard)
        if any(each.seq > head for each in batch if shard_of(each.seq) == shard):
            raise LogTooShort
    living = await _living(conn, {each.tenant_id for each in batch})
    owned = [each for each in batch if each.tenant_id in living]
    before = await _there(conn, owned)
    new = [each for each in owned if each.seq not in before]
    await insert_new_rows(conn, event, [(*each[:2], int(each.api), *each[3:]) for each in new])
    there = await _there(conn, new)
    stored = [each for each in new if each.seq in there]
    await _count(conn, stored)
    return Returned(stored, len(stored), len(owned) - len(stored), len(batch) - len(owned))


async def _living(conn: AsyncConnection, numbers: Collection[int]) -> set[int]:
    return set((await conn.execute(select(tenant.c.number).where(tenant.c.number.in_(numbers)))).scalars())


async def _there(conn: AsyncConnection, batch: Sequence[StoredEvent]) -> set[int]:
    seqs = [each.seq for each in batch]
    return set((await conn.execute(select(event.c.seq).where(event.c.seq.in_(seqs)))).scalars())


async def _count(conn: AsyncConnection, stored: Sequence[StoredEvent]) -> None:
    sizes: defaultdict[int, list[int]] = defaultdict(list)
    for each in stored:
        sizes[each.tenant_id].append(len(each.body) + ROW_BYTES)
    await quotas.increase(conn, {number: Usage(len(each), sum(each)) for number, each in sizes.items()})
