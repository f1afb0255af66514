"""The subscriptions that mail goes out by: one for each tenant, made when its first mail is asked for.

So mail is queued, tried again, counted, expired and explained as all deliveries are. Nobody can see or change these
subscriptions; one that was stopped because the mail server failed for days starts again with the next mail.
"""

from collections.abc import Collection
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.subscriptions import DestinationKind
from tidings_server.delivery.subscription_drafts import STARTED, Draft
from tidings_server.mail.requests import EMAIL_REQUESTED
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import LostRace
from tidings_server.platform.scope import SYSTEM_ACTOR
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api

SUBSCRIPTION_ID: Final = "mail"
MAX_CONCURRENCY: Final = 64


class Post:
    """Sees to it that tenants' mail has a subscription to go by."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._version = -1
        self._open: set[int] = set()

    async def open(self, tenants: Collection[int]) -> None:
        """Makes or starts what these tenants lack. Cheap as long as no subscription of anybody has changed."""
        lacking = await self._lacking(tenants)
        if lacking:
            now = self._clock.now_us()
            await self._database.write_queue.run(lambda conn: _ensure(conn, lacking, at_us=now))

    async def _lacking(self, tenants: Collection[int]) -> list[int]:
        async with self._database.read() as conn:
            version = await table.current_version(conn)
            if version != self._version:
                self._version = version
                self._open.clear()
            lacking = [
                tenant for tenant in sorted(tenants) if tenant not in self._open and not await _is_open(conn, tenant)
            ]
        self._open.update(set(tenants).difference(lacking))
        return lacking


async def _is_open(conn: AsyncConnection, tenant: int) -> bool:
    stored = await table.get(conn, tenant, Api.SCHEDULING, SUBSCRIPTION_ID)
    return stored is not None and stored.is_active


async def _ensure(conn: AsyncConnection, tenants: Collection[int], *, at_us: int) -> None:
    await table.hold(conn)
    await table.bump(conn)
    for tenant in tenants:
        stored = await table.get(conn, tenant, Api.SCHEDULING, SUBSCRIPTION_ID)
        if stored is None:
            await _add(conn, tenant, at_us=at_us)
        elif not stored.is_active and not await table.change(conn, stored, STARTED):
            raise LostRace


async def _add(conn: AsyncConnection, tenant: int, *, at_us: int) -> None:
    """It gets what was asked for before it was there: `after_seq` is the log's beginning."""
    draft = Draft(
        destination=DestinationKind.MAIL, endpoint="", topics=(EMAIL_REQUESTED,), max_concurrency=MAX_CONCURRENCY
    )
    made = {"created_at": at_us, "created_by": SYSTEM_ACTOR, "updated_at": at_us, "updated_by": SYSTEM_ACTOR}
    values = {
        **draft.columns(),
        **made,
        "id": SUBSCRIPTION_ID,
        "tenant_id": tenant,
        "api": Api.SCHEDULING,
        "version": 1,
        "is_confirmed": True,
        "after_seq": 0,
        "inactive_reason": "",
        "last_condition_error": "",
        "request_hash": b"",
    }
    await table.add(conn, values)
