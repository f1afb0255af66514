"""Changes of stored subscriptions inside a transaction, and the event that tells of one that was stopped."""

from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.log.server_events import operation_event
from tidings_server.platform.errors import LostRace
from tidings_server.platform.scope import SYSTEM_ACTOR
from tidings_server.storage.log import events
from tidings_server.storage.log.records import EventRecord

DEACTIVATED: Final = "subscription.deactivated"


async def deactivate_in(conn: AsyncConnection, stored: Subscription, *, reason: str, at_us: int, event_id: str) -> None:
    """Stops a subscription because of how its destination behaves, inside the caller's transaction.

    Appends `subscription.deactivated`. Does nothing to one that was changed since `stored` was read: that change may
    be the remedy.
    """
    values = {"is_active": False, "inactive_reason": reason, "updated_at": at_us, "updated_by": SYSTEM_ACTOR}
    await table.hold(conn)
    if await table.is_unchanged(conn, stored):
        await carry_out(conn, stored, values, event_id=event_id)


async def carry_out(
    conn: AsyncConnection, stored: Subscription, values: dict[str, Any], *, event_id: str
) -> Subscription:
    """Changes a row, in a transaction that holds the version; one that starts again gets events after now."""
    await table.bump(conn)
    if values.get("is_active") and not stored.is_active:
        values["after_seq"] = await events.head_for(conn, stored.tenant_id)
    changed = await table.change(conn, stored, values)
    if changed is None:
        raise LostRace
    if stored.is_active and not changed.is_active and changed.deleted_at is None:
        await events.append_in(conn, [_deactivated(changed, event_id)])
    return changed


def _deactivated(stored: Subscription, event_id: str) -> EventRecord:
    return operation_event(
        DEACTIVATED,
        tenant_id=stored.tenant_id,
        entity_id=stored.id,
        subscription_id=stored.id,
        facts={"reason": stored.inactive_reason, "destination": stored.destination},
        event_id=event_id,
        at_us=stored.updated_at,
        actor=stored.updated_by,
    )
