"""SQL of stores' scheduled events.

The configuration version of kind `schedules` separates the log into events before and after a change of an EVENT
trigger. A transaction that adds or removes such a trigger locks the version exclusively, increments it, and only then
reads the head of the log as `after_seq`. A transaction that fires triggers locks it shared: the change has either
committed before it, or the version that it reads differs from the one that it planned with, and it looks what changed
(`has_other_triggers`, `without_trigger`): only a trigger with an `after_seq` below an event can miss it.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, bindparam, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.store.tables import credential, store
from tidings_server.scheduling.store.tables import store_scheduled_event
from tidings_server.storage.array_parameters import as_list, is_listed, listed_by
from tidings_server.storage.version_counter import VersionCounter

EVENT_TRIGGER: Final = "EVENT"

_VERSION: Final = VersionCounter("schedules")
version = _VERSION.current
increment_version = _VERSION.bump
lock_version_shared = _VERSION.lock_shared
lock_version_exclusive = _VERSION.lock_exclusive
"""These count the changes of EVENT triggers."""

_OF_STORE: Final = select(store_scheduled_event).where(
    store_scheduled_event.c.tenant_id == bindparam("of_tenant"),
    store_scheduled_event.c.store_id == bindparam("of_store"),
)
_ONE: Final = _OF_STORE.where(store_scheduled_event.c.id == bindparam("of_id"))
_BY_RESERVED_ID: Final = _OF_STORE.where(store_scheduled_event.c.reserved_id == bindparam("of_reserved_id"))
_LIVE: Final = _OF_STORE.where(store_scheduled_event.c.deleted_at.is_(None)).order_by(store_scheduled_event.c.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredScheduledEvent:
    """A scheduled event; fields are columns, `trigger` and `action` the decoded JSON objects."""

    store_id: int
    id: int
    tenant_id: int
    schedule_key: int
    trigger_type: str
    trigger: Mapping[str, Any]
    action_type: str
    action: Mapping[str, Any]
    created_by: int
    created_name: str
    created_at: int
    after_seq: int
    reserved_id: str | None
    deleted_at: int | None


class StoreUsage(NamedTuple):
    """A store's number of scheduled events, and of characters in their triggers and actions."""

    events: int
    characters: int


async def add(conn: AsyncConnection, new: StoredScheduledEvent) -> None:
    """Insert a scheduled event."""
    values = {name: getattr(new, name) for name in StoredScheduledEvent.__slots__}
    await conn.execute(insert(store_scheduled_event).values(values | _packed(new)))


async def next_id(conn: AsyncConnection, store_id: int) -> int:
    """Next free id in the store. Locks the store's row until the transaction ends, so no two get the same."""
    await conn.execute(select(store.c.id).where(store.c.id == store_id).with_for_update())
    last = (
        await conn.execute(
            select(func.max(store_scheduled_event.c.id)).where(store_scheduled_event.c.store_id == store_id)
        )
    ).scalar()
    return 1 + (last or 0)


async def get(conn: AsyncConnection, tenant: int, store_id: int, event_id: int) -> StoredScheduledEvent | None:
    """A store's scheduled event by id, deleted or not; None where there is none."""
    row = (await conn.execute(_ONE, {"of_tenant": tenant, "of_store": store_id, "of_id": event_id})).one_or_none()
    return None if row is None else _stored(row)


async def by_reserved_id(
    conn: AsyncConnection, tenant: int, store_id: int, reserved_id: str
) -> StoredScheduledEvent | None:
    """The scheduled event that a request with this reserved id created; None where there is none."""
    values = {"of_tenant": tenant, "of_store": store_id, "of_reserved_id": reserved_id}
    row = (await conn.execute(_BY_RESERVED_ID, values)).one_or_none()
    return None if row is None else _stored(row)


async def list_live(
    conn: AsyncConnection, tenant: int, store_id: int, *, created_by: int | None = None, after: int = 0
) -> list[StoredScheduledEvent]:
    """The store's scheduled events that are not deleted, by id; those of `created_by` if given, and `after` an id."""
    query = _LIVE if created_by is None else _LIVE.where(store_scheduled_event.c.created_by == created_by)
    query = query.where(store_scheduled_event.c.id > after) if after else query
    rows = await conn.execute(query, {"of_tenant": tenant, "of_store": store_id})
    return [_stored(row) for row in rows]


async def usage(conn: AsyncConnection, tenant: int, store_id: int) -> StoreUsage:
    """Usage of a store, without deleted scheduled events."""
    characters = func.coalesce(
        func.sum(func.length(store_scheduled_event.c.trigger) + func.length(store_scheduled_event.c.action)), 0
    )
    query = select(func.count(), characters).where(
        store_scheduled_event.c.tenant_id == tenant,
        store_scheduled_event.c.store_id == store_id,
        store_scheduled_event.c.deleted_at.is_(None),
    )
    return StoreUsage._make((await conn.execute(query)).one())


async def count_triggers(conn: AsyncConnection, tenant: int) -> int:
    """Number of a tenant's EVENT triggers."""
    query = select(func.count()).where(*_has_event_trigger(), store_scheduled_event.c.tenant_id == tenant)
    count: int = (await conn.execute(query)).scalar_one()
    return count


async def triggers(conn: AsyncConnection, tenants: Collection[int]) -> list[StoredScheduledEvent]:
    """Scheduled events of these tenants that have EVENT triggers."""
    query = select(store_scheduled_event).where(
        *_has_event_trigger(), store_scheduled_event.c.tenant_id.in_(list(tenants))
    )
    return [_stored(row) for row in await conn.execute(query.order_by(store_scheduled_event.c.schedule_key))]


async def has_other_triggers(
    conn: AsyncConnection, tenants: Collection[int], schedule_keys: Collection[int], *, upto: int
) -> bool:
    """True where an EVENT trigger of these tenants, beside those of these schedules, is for events up to `upto`."""
    other = exists().where(
        *_has_event_trigger(),
        is_listed(store_scheduled_event.c.tenant_id, conn.dialect.name, "tenants"),
        store_scheduled_event.c.after_seq < upto,
        store_scheduled_event.c.schedule_key.not_in(listed_by(conn.dialect.name, "schedule_keys")),
    )
    given = {"tenants": as_list(tenants), "schedule_keys": as_list(schedule_keys)}
    return bool((await conn.execute(select(other), given)).scalar_one())


async def without_trigger(conn: AsyncConnection, tenants: Collection[int], schedule_keys: Collection[int]) -> set[int]:
    """Those of these tenants' schedules whose EVENT trigger was removed."""
    with_one = select(store_scheduled_event.c.schedule_key).where(
        *_has_event_trigger(),
        is_listed(store_scheduled_event.c.schedule_key, conn.dialect.name, "schedule_keys"),
        store_scheduled_event.c.tenant_id.in_(listed_by(conn.dialect.name, "tenants")),
    )
    given = {"tenants": as_list(tenants), "schedule_keys": as_list(schedule_keys)}
    found = await conn.execute(with_one, given)
    return set(schedule_keys) - set(found.scalars())


async def remove(conn: AsyncConnection, stored: StoredScheduledEvent, *, at: int) -> bool:
    """Mark a scheduled event as deleted at `at` (µs); false when it was deleted before."""
    removed = update(store_scheduled_event).where(
        store_scheduled_event.c.store_id == stored.store_id,
        store_scheduled_event.c.id == stored.id,
        store_scheduled_event.c.deleted_at.is_(None),
    )
    return (await conn.execute(removed.values(deleted_at=at))).rowcount == 1


async def user_name(conn: AsyncConnection, tenant: int, *, store_id: int, user_id: int) -> str | None:
    """The login name of a store's user; None for a user who only has a token."""
    query = select(credential.c.name).where(
        credential.c.kind == "USER",
        credential.c.tenant_id == tenant,
        credential.c.store_id == store_id,
        credential.c.user_id == user_id,
    )
    return (await conn.execute(query.order_by(credential.c.key).limit(1))).scalar_one_or_none()


def _has_event_trigger() -> tuple[Any, ...]:
    return store_scheduled_event.c.trigger_type == EVENT_TRIGGER, store_scheduled_event.c.deleted_at.is_(None)


def _packed(new: StoredScheduledEvent) -> dict[str, str]:
    return {name: json.dumps(getattr(new, name), ensure_ascii=False) for name in ("trigger", "action")}


def _stored(row: Row[Any]) -> StoredScheduledEvent:
    values = dict(row._mapping)  # noqa: SLF001 - the documented way to a row's names
    return StoredScheduledEvent(**values | {name: json.loads(values[name]) for name in ("trigger", "action")})
