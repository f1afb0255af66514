"""Whose events are in the log and have not taken effect: one statement, since every redemption and basket asks."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from sqlalchemy import CompoundSelect, String, bindparam, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.store.number_lists import texts_as_list, texts_listed_by
from tidings_server.store.reactors import QUEUED
from tidings_server.store.records import Api
from tidings_server.store.tables import event, reactor_cursor, reactor_retry


async def behind(
    conn: AsyncConnection, reactor: str, *, kinds: Collection[str], customers: Collection[str], keys: Collection[str]
) -> tuple[set[tuple[int, str]], set[str]]:
    """Who waits for a reactor, as tenant numbers with customer ids, and as keys of events that wait for another try.

    Asked are customers by their ids, whatever their tenant, after whose last turn came events of these kinds.
    """
    parameters = {
        "reactor": reactor,
        "kinds": texts_as_list(kinds),
        "customers": texts_as_list(customers),
        "keys": texts_as_list(keys),
    }
    rows = list(await conn.execute(_behind(conn.dialect.name), parameters))
    waiting = {(row.tenant_id, row.name) for row in rows if not row.is_key}
    return waiting, {row.name for row in rows if row.is_key}


@lru_cache(maxsize=2)
def _behind(dialect_name: str) -> CompoundSelect[Any]:
    named = bindparam("reactor", type_=String)
    position = select(reactor_cursor.c.position).where(reactor_cursor.c.reactor == named).scalar_subquery()
    after = select(event.c.tenant_id, event.c.root_id.label("name"), literal(0).label("is_key")).where(
        event.c.seq > func.coalesce(position, 0),
        event.c.api == int(Api.LOYALTY),
        event.c.type.in_(texts_listed_by(dialect_name, "kinds")),
        event.c.root_id.in_(texts_listed_by(dialect_name, "customers")),
    )
    queued = select(reactor_retry.c.tenant_id, reactor_retry.c.key, literal(1)).where(
        reactor_retry.c.reactor == named,
        reactor_retry.c.state == QUEUED,
        reactor_retry.c.key.in_(texts_listed_by(dialect_name, "keys")),
    )
    return union_all(after, queued)
