"""Renewal of leases, and return of those that their owner does not know of: statements."""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.deliveries import IS_PENDING
from tidings_server.delivery.store.leases import Lease, LeaseHolder, by_attempts, is_held
from tidings_server.delivery.store.tables import delivery
from tidings_server.storage.array_parameters import as_list, listed

STRAY_US: Final = 3_000_000
"""Age of a lease at which its owner knows of it, if it ever will."""


async def renew(conn: AsyncConnection, leases: Sequence[Lease], *, until: int, holder: LeaseHolder) -> set[int]:
    """Extends leases that have neither been taken over nor recorded since; the ids of their deliveries."""
    renewed: set[int] = set()
    for attempts, ids in by_attempts(leases).items():
        renewal = update(delivery).where(*is_held(ids, attempts, holder)).values(lease_until=until)
        renewed.update((await conn.execute(renewal.returning(delivery.c.id))).scalars())
    return renewed


async def release_strays(
    conn: AsyncConnection, known: Collection[int], *, now: int, holder: LeaseHolder
) -> Sequence[int]:
    """Ends the holder's leases but those of `known` deliveries; the ids of the others.

    A lease may be of a transaction whose answer was lost with its connection. Those of the last `STRAY_US` are left.
    """
    theirs = (IS_PENDING, delivery.c.lease_owner == holder.number, delivery.c.lease_until > now)
    is_old = delivery.c.lease_until <= now + holder.length_us - STRAY_US
    is_stray = delivery.c.id.not_in(listed(conn, "known"))
    strays = update(delivery).where(*theirs, is_old, is_stray).values(lease_until=0).returning(delivery.c.id)
    return list((await conn.execute(strays, {"known": as_list(known)})).scalars())
