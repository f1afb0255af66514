"""Webhooks that rules ask for: each server gets a subscription of its own, which only these events name.

So they are queued, tried again, counted and explained as all deliveries are, and a server that fails holds up no other.
Nobody can see or change these subscriptions; one that was stopped because its server failed starts again when a rule
next asks for it. They are not signed, since no secret is agreed with anybody. They count as the tenant's subscriptions:
where it has too many, a webhook to one more server goes nowhere, and the log says so.
"""

from collections.abc import Collection

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.subscriptions import DestinationKind
from tidings_server.delivery.subscription_drafts import STARTED, Draft
from tidings_server.delivery.subscriptions import MAX_PER_TENANT
from tidings_server.platform.errors import LostRace
from tidings_server.platform.scope import SYSTEM_ACTOR
from tidings_server.storage.log import events
from tidings_server.storage.log.records import Api
from tidings_server.workflow.event_codec import origin, webhook_topic

logger = structlog.get_logger(__name__)

Server = tuple[int, str]
"""Tenant number and a URL on the server."""


async def ensure(conn: AsyncConnection, servers: Collection[Server], *, at_us: int) -> None:
    """Make or start the subscriptions of these servers, in the unit that asks for their webhooks."""
    wanted = {(tenant, webhook_topic(url)): origin(url) for tenant, url in servers}
    lacking = [key for key in wanted if not await _is_active(conn, *key)]
    if not lacking:
        return
    await table.hold(conn)
    await table.bump(conn)
    for tenant, topic in sorted(lacking):
        stored = await table.get(conn, tenant, Api.ORCHESTRATION, topic)
        if stored is None and await table.count(conn, tenant) >= MAX_PER_TENANT:
            logger.warning("workflow.too_many_servers", tenant=tenant, server=wanted[tenant, topic])
        elif stored is None:
            await _add(conn, tenant, topic, endpoint=wanted[tenant, topic], at_us=at_us)
        elif not await table.change(conn, stored, STARTED):
            raise LostRace


async def _is_active(conn: AsyncConnection, tenant: int, topic: str) -> bool:
    stored = await table.get(conn, tenant, Api.ORCHESTRATION, topic)
    return stored is not None and stored.is_active


async def _add(conn: AsyncConnection, tenant: int, topic: str, *, endpoint: str, at_us: int) -> None:
    draft = Draft(destination=DestinationKind.WEBHOOK, endpoint=endpoint, topics=(topic,))
    made = {"created_at": at_us, "created_by": SYSTEM_ACTOR, "updated_at": at_us, "updated_by": SYSTEM_ACTOR}
    values = {
        **draft.columns(),
        **made,
        "id": topic,
        "tenant_id": tenant,
        "api": Api.ORCHESTRATION,
        "version": 1,
        "is_confirmed": True,
        "after_seq": await events.head(conn),
        "inactive_reason": "",
        "last_condition_error": "",
        "request_hash": b"",
    }
    await table.add(conn, values)
