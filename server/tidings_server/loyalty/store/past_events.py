"""Loyalty events of the past, read fast: by kind, and of each only what assessing it needs."""

from collections.abc import Collection
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.log.events import PAGE_BYTES
from tidings_server.storage.log.records import Api
from tidings_server.storage.log.tables import event


class PastEvent(NamedTuple):
    """One event: what the log's columns of these names hold; `seq` is its number."""

    seq: int
    event_id: str
    type: str
    name: str
    root_id: str
    recorded_at: int
    body: bytes


_COLUMNS: Final = tuple(event.c[name] for name in PastEvent._fields)


class Wanted(NamedTuple):
    """Which events: a tenant's of some types, in all namespaces, in one, or in those that begin alike."""

    tenant: int
    types: Collection[str]
    equals: str = ""
    begins_with: str = ""


async def page(conn: AsyncConnection, wanted: Wanted, *, after: int, upto: int, limit: int) -> list[PastEvent]:
    """Events above `after` up to `upto`, in order; at most `limit`, of about 4 MiB.

    Sizes come first, which reads no body: a few hundred large events must not fill the memory.
    """
    query = _narrowed(select(event.c.seq, func.length(event.c.body)), wanted, after=after, upto=upto)
    sizes = (await conn.execute(query.order_by(event.c.seq).limit(limit))).all()
    if not sizes:
        return []
    last, room = after, PAGE_BYTES
    for seq, size in sizes:
        if room <= 0:
            break
        last, room = seq, room - size
    rows = await conn.execute(_narrowed(select(*_COLUMNS), wanted, after=after, upto=last).order_by(event.c.seq))
    return list(map(PastEvent._make, rows))


def _narrowed(query: Select[Any], wanted: Wanted, *, after: int, upto: int) -> Select[Any]:
    narrowed = query.where(
        event.c.seq > after,
        event.c.seq <= upto,
        event.c.tenant_id == wanted.tenant,
        event.c.api == int(Api.LOYALTY),
        event.c.type.in_(list(wanted.types)),
    )
    if wanted.equals:
        return narrowed.where(event.c.name == wanted.equals)
    if wanted.begins_with:
        return narrowed.where(func.substr(event.c.name, 1, len(wanted.begins_with)) == wanted.begins_with)
    return narrowed
