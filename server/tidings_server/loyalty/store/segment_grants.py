"""Grants of segments in SQL: which orders and other events keep a customer in a segment."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.store.tables import loyalty_segment_grant
from tidings_server.storage.bulk_insert import upsert_rows


class SegmentGrant(NamedTuple):
    """Name of one row: the customer's key, the segment, and the key of the order or the number of another event."""

    customer_key: int
    segment: str
    source: int


_GRANT = loyalty_segment_grant.c


async def of_segment(conn: AsyncConnection, customer_key: int, segment: str) -> dict[SegmentGrant, int | None]:
    """The grants of a segment to a customer, with their expiries."""
    query = select(loyalty_segment_grant).where(_GRANT.customer_key == customer_key, _GRANT.segment == segment)
    return {SegmentGrant(*name): expires_at for *name, expires_at in await conn.execute(query)}


async def of_source(conn: AsyncConnection, customer_key: int, source: int) -> set[str]:
    """The segments that an order or another event has given a customer."""
    query = select(_GRANT.segment).where(_GRANT.customer_key == customer_key, _GRANT.source == source)
    return set((await conn.execute(query)).scalars())


async def clear(conn: AsyncConnection, segments: Collection[tuple[int, str]]) -> None:
    """Delete all grants of segments, named by customer key and segment."""
    if segments:
        named = tuple_(_GRANT.customer_key, _GRANT.segment).in_(list(segments))
        await conn.execute(delete(loyalty_segment_grant).where(named))


async def revoke(conn: AsyncConnection, grants: Collection[SegmentGrant]) -> None:
    """Delete grants."""
    if grants:
        named = tuple_(_GRANT.customer_key, _GRANT.segment, _GRANT.source).in_(list(grants))
        await conn.execute(delete(loyalty_segment_grant).where(named))


async def put(conn: AsyncConnection, grants: Mapping[SegmentGrant, int | None]) -> None:
    """Insert grants with their expiries; one that is there gets the new expiry."""
    rows = [(*grant, expires_at) for grant, expires_at in grants.items()]
    await upsert_rows(conn, loyalty_segment_grant, rows, key="customer_key, segment, source", changed=("expires_at",))
