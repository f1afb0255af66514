"""Past loyalty events for backtests: selected by kind, with only the columns that an assessment needs."""

from collections.abc import Collection
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.log.events import PAGE_BYTES, of_tenant
from tidings_server.storage.log.records import Api
from tidings_server.storage.log.tables import event


class PastEvent(NamedTuple):
    """One event; fields are columns of the log."""

    seq: int
    event_id: str
    type: str
    name: str
    root_id: str
    occurred_at: int
    recorded_at: int
    body: bytes

    @property
    def at_us(self) -> int:
        """Instant at which it happened: never after it was stored."""
        return min(self.occurred_at, self.recorded_at)


_COLUMNS: Final = tuple(event.c[name] for name in PastEvent._fields)


class EventSelection(NamedTuple):
    """Filter of events: a tenant's, of some types, in all namespaces, in one, or in those with a prefix."""

    tenant: int
    types: Collection[str]
    equals: str = ""
    begins_with: str = ""


async def page(
    conn: AsyncConnection, selection: EventSelection, *, after: int, upto: int, limit: int
) -> list[PastEvent]:
    """Events above `after` up to `upto`, in order; at most `limit`, of about 4 MiB.

    Sizes come first, which reads no body: a few hundred large events must not fill the memory.
    """
    query = _filtered(select(event.c.seq, func.length(event.c.body)), selection, after=after, upto=upto)
    sizes = (await conn.execute(query.order_by(event.c.seq).limit(limit))).all()
    if not sizes:
        return []
    last, room = after, PAGE_BYTES
    for seq, size in sizes:
        if room <= 0:
            break
        last, room = seq, room - size
    rows = await conn.execute(_filtered(select(*_COLUMNS), selection, after=after, upto=last).order_by(event.c.seq))
    return list(map(PastEvent._make, rows))


def _filtered(query: Select[Any], selection: EventSelection, *, after: int, upto: int) -> Select[Any]:
    filtered = query.where(
        event.c.seq > after,
        event.c.seq <= upto,
        of_tenant(event, selection.tenant),
        event.c.api == int(Api.LOYALTY),
        event.c.type.in_(list(selection.types)),
    )
    if selection.equals:
        return filtered.where(event.c.name == selection.equals)
    if selection.begins_with:
        return filtered.where(func.substr(event.c.name, 1, len(selection.begins_with)) == selection.begins_with)
    return filtered
