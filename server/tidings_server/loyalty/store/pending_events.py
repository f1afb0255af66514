"""Customers with events that loyalty has not processed: one statement, since every redemption and basket needs it."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, CompoundSelect, String, bindparam, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.store.failed_events import QUEUED
from tidings_server.log.store.tables import consumer_cursor, failed_event
from tidings_server.storage.array_parameters import texts_as_list, texts_listed_by
from tidings_server.storage.log.records import Api
from tidings_server.storage.log.shards import MAX_SHARDS, in_shard, start_of
from tidings_server.storage.log.tables import event, head_seq

FAR: Final = 10_000
"""Events after a consumer's cursor that are searched for customers, at most: some milliseconds."""

_CUSTOMER, _KEY, _IS_FAR = range(3)


class PendingEvents(NamedTuple):
    """Customers (with their tenants) and ordering keys of failed events that a consumer has not processed.

    `is_far`: the consumer is so far behind the log that not all of it was searched.
    """

    customers: set[tuple[int, str]]
    keys: set[str]
    is_far: bool


async def pending(
    conn: AsyncConnection,
    consumer: str,
    shard: int,
    *,
    kinds: Collection[str],
    customers: Collection[str],
    keys: Collection[str],
    far: int = FAR,
) -> PendingEvents:
    """Those of the customers (ids, of tenants of a shard) with events of these kinds that a consumer has not processed.

    At most `far` events of the shard are searched.
    """
    parameters = {
        "consumer": in_shard(consumer, shard),
        "kinds": texts_as_list(kinds),
        "customers": texts_as_list(customers),
        "keys": texts_as_list(keys),
        "far": far,
    }
    found = PendingEvents(set(), set(), is_far=False)
    for form, tenant, name in await conn.execute(_pending(conn.dialect.name, shard), parameters):
        if form == _CUSTOMER:
            found.customers.add((tenant, name))
        elif form == _KEY:
            found.keys.add(name)
        else:
            found = found._replace(is_far=True)
    return found


@lru_cache(maxsize=MAX_SHARDS)
def _pending(dialect_name: str, shard: int) -> CompoundSelect[Any]:
    named = bindparam("consumer", type_=String)
    position = select(consumer_cursor.c.position).where(consumer_cursor.c.consumer == named).scalar_subquery()
    start, far = func.coalesce(position, literal(start_of(shard), BigInteger)), bindparam("far", type_=BigInteger)
    customers = select(literal(_CUSTOMER), event.c.tenant_id, event.c.root_id).where(
        event.c.seq > start,
        event.c.seq <= start + far,
        event.c.api == int(Api.LOYALTY),
        event.c.type.in_(texts_listed_by(dialect_name, "kinds")),
        event.c.root_id.in_(texts_listed_by(dialect_name, "customers")),
    )
    keys = select(literal(_KEY), failed_event.c.tenant_id, failed_event.c.key).where(
        failed_event.c.consumer == named,
        failed_event.c.state == QUEUED,
        failed_event.c.key.in_(texts_listed_by(dialect_name, "keys")),
    )
    is_far = select(literal(_IS_FAR), literal(0), literal("")).where(head_seq(shard) > start + far)
    return union_all(customers, keys, is_far)
