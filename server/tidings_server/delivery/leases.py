"""Deliveries leased to this process, as the dispatcher knows them."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.dispatch.port import Claim, Lane, Want
from tidings_server.delivery.store import leases

LEASE_US: Final = 90_000_000
"""How long a claim is ours: a send takes at most 45 s, and what has waited too long to be sent in time is dropped."""


async def claim_in(conn: AsyncConnection, wants: Sequence[Want], *, now: int) -> list[Claim]:
    """Leases what is wanted from `now` (microseconds) on, for each want the oldest due first."""
    return [
        _claim(row)
        for want in wants
        for row in await leases.claim(
            conn,
            subscription_key=want.subscription,
            lane=want.lane,
            limit=want.limit,
            now=now,
            lease_until=now + LEASE_US,
        )
    ]


def _claim(row: leases.ClaimedRow) -> Claim:
    return Claim(
        delivery=row.id,
        tenant=row.tenant_id,
        subscription=row.subscription_key,
        lane=Lane(row.lane),
        seq=row.seq,
        replay_id=row.replay_id,
        attempts=row.attempts,
        tries=row.tries,
        tries_from=row.tries_from,
        created_at=row.created_at,
        lease_until=row.lease_until,
        is_ordered=row.order_key is not None,
    )
