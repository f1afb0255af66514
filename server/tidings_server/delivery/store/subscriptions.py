"""Subscriptions of both kinds as records, and the statements on their table.

A transaction that changes one locks the version first (`hold`), then reads, then counts (`bump`), and reads the log's
head only after that. The router's transaction, which locks it by `lock_version`, has thus either committed before, and
routed nothing beyond that head, or finds a new version and looks what has changed (subscription_cut.py). That lets
`after_seq` cut the log into "before" and "after" exactly.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Row, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.tables import replay, subscription
from tidings_server.storage.log.records import Api
from tidings_server.storage.version_counter import VersionCounter

VERSION_KIND: Final = "subscriptions"
CONDITION_ERROR_EVERY_US: Final = 60_000_000
MAX_CONDITION_ERROR: Final = 1024

CLIENT_APIS: Final = (Api.COLLECTOR, Api.PUSH)
"""The APIs whose clients have subscriptions; rows of the others are internal endpoints."""

_VERSION: Final = VersionCounter(VERSION_KIND)
current_version = _VERSION.current
bump = _VERSION.bump
lock_version = _VERSION.lock_shared
"""For the transaction that routes by the subscriptions of this version."""

hold = _VERSION.lock_exclusive
"""For a transaction that changes a subscription: others that do, or that route, wait until it ends."""


class DestinationKind(StrEnum):
    """Kind of a subscription's destination; stored as its value."""

    SQS = "SQS"
    SNS = "SNS"
    WEBHOOK = "WEBHOOK"
    MAIL = "MAIL"
    """Of internal endpoints alone: a tenant's mail."""


class PauseReason(StrEnum):
    """Cause of a pause of a subscription; stored as its value."""

    THROTTLED = "THROTTLED"
    """The endpoint asked for it."""
    FAILING = "FAILING"
    """The endpoint fails, so that only now and then one delivery is tried."""


FIFO_SUFFIX: Final = ".fifo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One stored subscription; fields are the table's columns.

    A collector subscription has an `entity_type` and verbs (`on_*`), a push subscription `topics` and `sites` (none:
    all of the tenant's). `endpoint` is a queue URL, a topic ARN or a URL. `extra` is what only its
    dialect understands. A `max_per_second` of 0 is no limit.
    """

    key: int
    id: str
    tenant_id: int
    api: Api
    version: int
    is_active: bool
    is_confirmed: bool
    deleted_at: int | None
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str
    entity_type: str | None
    on_create: bool
    on_change: bool
    on_delete: bool
    topics: tuple[str, ...]
    sites: tuple[int, ...]
    condition: str
    app_id: str
    no_callback: bool
    after_seq: int
    destination: DestinationKind
    endpoint: str
    region: str
    access_key: str
    sealed_secret: bytes | None = field(repr=False)
    sealed_old_secret: bytes | None = field(repr=False)
    old_secret_until: int | None
    content_type: str
    ordered: bool
    ordered_max_wait_s: int
    max_concurrency: int
    max_per_second: int
    failing_since: int | None
    paused_until: int | None
    pause_reason: str | None
    ping_error: str | None
    inactive_reason: str
    last_condition_error: str
    last_condition_error_at: int | None
    extra: Mapping[str, Any]
    request_hash: bytes = field(repr=False)

    @property
    def is_internal(self) -> bool:
        """Whether it is an endpoint of the server's own requests, which belongs to no client and matches no topic."""
        return self.api not in CLIENT_APIS

    def as_of(self, now_us: int) -> "Subscription":
        """The subscription without a pause that is over.

        Of one that is not confirmed `paused_until` is the instant of its next ping, which stays.
        """
        is_over = self.is_confirmed and self.paused_until is not None and self.paused_until <= now_us
        return replace(self, paused_until=None, pause_reason=None) if is_over else self

    @property
    def is_fifo(self) -> bool:
        """Whether the destination is a queue or topic that keeps the order of each message group."""
        return self.destination in {DestinationKind.SQS, DestinationKind.SNS} and self.endpoint.endswith(FIFO_SUFFIX)


COLUMNS: Final = tuple(subscription.c[each.name] for each in fields(Subscription))
"""Columns of a statement whose rows `from_row` reads."""


def from_row(row: Row[Any]) -> Subscription:
    """The record of a row of `COLUMNS`."""
    values = dict(row._mapping)  # noqa: SLF001 - the documented way to a row's names
    values["api"] = Api(values["api"])
    values["destination"] = DestinationKind(values["destination"])
    values["topics"] = tuple(json.loads(values["topics"]))
    values["sites"] = tuple(json.loads(values["sites"]))
    values["extra"] = json.loads(values["extra"])
    return Subscription(**values)


async def get(conn: AsyncConnection, tenant_id: int, api: Api, subscription_id: str) -> Subscription | None:
    """The tenant's subscription of that id, deleted or not."""
    query = select(*COLUMNS).where(
        subscription.c.tenant_id == tenant_id, subscription.c.api == api, subscription.c.id == subscription_id
    )
    row = (await conn.execute(query)).one_or_none()
    return from_row(row) if row else None


async def page(
    conn: AsyncConnection,
    tenant_id: int,
    *,
    api: Api | None = None,
    after_key: int = 0,
    upto_key: int | None = None,
    has_inactive: bool = True,
    limit: int | None = None,
) -> list[Subscription]:
    """The tenant's subscriptions with keys above `after_key` and up to `upto_key`, oldest first, at most `limit`.

    Those of one API if given; the inactive ones only if asked for, the deleted never.
    """
    query = select(*COLUMNS).where(
        subscription.c.tenant_id == tenant_id, subscription.c.deleted_at.is_(None), subscription.c.key > after_key
    )
    query = query if api is None else query.where(subscription.c.api == api)
    query = query if upto_key is None else query.where(subscription.c.key <= upto_key)
    query = query if has_inactive else query.where(subscription.c.is_active)
    return [from_row(row) for row in await conn.execute(query.order_by(subscription.c.key).limit(limit))]


async def by_keys(conn: AsyncConnection, keys: Sequence[int]) -> dict[int, Subscription]:
    """Subscriptions by their keys, of whatever tenant: the caller holds the keys of deliveries."""
    query = select(*COLUMNS).where(subscription.c.key.in_(keys))
    return {record.key: record for record in map(from_row, await conn.execute(query))}


async def add(conn: AsyncConnection, values: Mapping[str, Any]) -> Subscription:
    """The new subscription of these columns (all but `key`)."""
    statement = insert(subscription).values(_as_columns(values)).returning(*COLUMNS)
    return from_row((await conn.execute(statement)).one())


async def change(conn: AsyncConnection, stored: Subscription, values: Mapping[str, Any]) -> Subscription | None:
    """`stored` with other values and the next version; None when it was changed or deleted first."""
    statement = (
        update(subscription)
        .where(
            subscription.c.key == stored.key,
            subscription.c.tenant_id == stored.tenant_id,
            subscription.c.version == stored.version,
            subscription.c.deleted_at.is_(None),
        )
        .values(_as_columns({**values, "version": stored.version + 1}))
        .returning(*COLUMNS)
    )
    row = (await conn.execute(statement)).one_or_none()
    return from_row(row) if row else None


async def confirm(conn: AsyncConnection, pinged: Subscription) -> Subscription | None:
    """The subscription, confirmed and not paused any more; None when its endpoint is not the one that was pinged."""
    statement = (
        update(subscription)
        .where(
            subscription.c.key == pinged.key,
            subscription.c.tenant_id == pinged.tenant_id,
            subscription.c.endpoint == pinged.endpoint,
        )
        .values(is_confirmed=True, paused_until=None, ping_error=None)
        .returning(*COLUMNS)
    )
    row = (await conn.execute(statement)).one_or_none()
    return from_row(row) if row else None


async def note_condition_error(conn: AsyncConnection, key: int, error: str, at_us: int) -> None:
    """Records an error of the subscription's condition at run time, the first one a minute."""
    column = subscription.c.last_condition_error_at
    await conn.execute(
        update(subscription)
        .where(subscription.c.key == key, or_(column.is_(None), column <= at_us - CONDITION_ERROR_EVERY_US))
        .values(last_condition_error=error[:MAX_CONDITION_ERROR], last_condition_error_at=at_us)
    )


async def add_start(conn: AsyncConnection, stored: Subscription, *, replay_id: str, after: int) -> None:
    """Adds the replay of the backlog `(after, after_seq]` of a new subscription; the router queues what is later."""
    await conn.execute(
        insert(replay).values(
            id=replay_id,
            tenant_id=stored.tenant_id,
            subscription_key=stored.key,
            is_start=True,
            from_seq=after,
            position=after,
            to_seq=stored.after_seq,
            created_at=stored.created_at,
        )
    )


async def count(conn: AsyncConnection, tenant_id: int) -> int:
    """The number of the tenant's subscriptions, of all kinds, the inactive included."""
    query = select(func.count()).where(subscription.c.tenant_id == tenant_id, subscription.c.deleted_at.is_(None))
    counted: int = (await conn.execute(query)).scalar_one()
    return counted


async def is_unchanged(conn: AsyncConnection, stored: Subscription) -> bool:
    """Whether the subscription is as it was when `stored` was read."""
    query = select(subscription.c.version).where(
        subscription.c.key == stored.key, subscription.c.tenant_id == stored.tenant_id
    )
    return (await conn.execute(query)).scalar_one_or_none() == stored.version


def _as_columns(values: Mapping[str, Any]) -> dict[str, Any]:
    as_json = {name: json.dumps(values[name]) for name in ("topics", "sites", "extra") if name in values}
    return {**values, **as_json}


async def end_pause(conn: AsyncConnection, key: int, *, tenant_id: int, now: int) -> int:
    """Ends a pause: someone asked for a delivery now. The number of subscriptions that paused, 0 or 1."""
    is_it = subscription.c.key == key, subscription.c.tenant_id == tenant_id
    is_paused = *is_it, subscription.c.paused_until > now
    values = {"paused_until": None, "pause_reason": None}
    ended: int = (await conn.execute(update(subscription).where(*is_paused).values(values))).rowcount
    return ended
