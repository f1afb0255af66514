"""State of a database: read beside a running server, and nothing is changed, no schema either."""

from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import func as sql
from sqlalchemy import make_url, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tidings_server.delivery.store.tables import delivery, subscription
from tidings_server.log.store.tables import consumer_cursor, failed_event
from tidings_server.storage.database_errors import unreachable
from tidings_server.storage.log.shards import shard_of
from tidings_server.storage.postgresql.engine import postgres_engine
from tidings_server.storage.sqlite.engines import inline_reader_engine

HEADS: Final = "SELECT 0 AS shard, seq FROM log_head UNION ALL SELECT shard, seq FROM shard_head"
PG_SETTINGS: Final = ("fsync", "full_page_writes", "synchronous_commit", "server_version_num")


class Cursor(NamedTuple):
    """A consumer's position, and how many events it has still to take."""

    consumer: str
    lag: int


class DeliveryCounts(NamedTuple):
    """Pending deliveries that are overdue by `late_us` and the earliest due instant of these; expired ones since."""

    overdue: int
    oldest_due_at: int | None
    expired: int


class Endpoint(NamedTuple):
    """A subscription whose endpoint has only failed since an instant in µs, or that is deactivated with a reason."""

    tenant_id: int
    id: str
    failing_since: int | None
    reason: str


def engine(url: str) -> AsyncEngine:
    """An engine that reads alone."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return inline_reader_engine(Path(parsed.database or ""))
    return postgres_engine(url)


async def lags(conn: AsyncConnection) -> list[Cursor]:
    """The consumers, with the number of events of the log that each has before it."""
    heads = {int(shard): seq for shard, seq in await conn.execute(text(HEADS))}
    rows = await conn.execute(select(consumer_cursor).order_by(consumer_cursor.c.consumer))
    return [Cursor(row.consumer, max(heads.get(shard_of(row.position), 0) - row.position, 0)) for row in rows]


async def dead_letters(conn: AsyncConnection) -> dict[str, int]:
    """Events that a consumer has given up, by consumer."""
    dead = failed_event.c.state == "DEAD"
    counted = select(failed_event.c.consumer, sql.count().label("dead")).where(dead).group_by(failed_event.c.consumer)
    return {row.consumer: row.dead for row in await conn.execute(counted)}


async def deliveries(conn: AsyncConnection, *, now_us: int, late_us: int, since_us: int) -> DeliveryCounts:
    """Pending deliveries that were due `late_us` ago, of subscriptions that nothing holds back, and expired ones."""
    is_late = (delivery.c.state == "PENDING") & (delivery.c.due_at < now_us - late_us)
    is_late &= delivery.c.lease_until < now_us
    free = subscription.c.is_active & subscription.c.is_confirmed & subscription.c.deleted_at.is_(None)
    free &= (subscription.c.paused_until.is_(None)) | (subscription.c.paused_until < now_us - late_us)
    free &= subscription.c.failing_since.is_(None)
    late = (
        select(sql.count(), sql.min(delivery.c.due_at))
        .join(subscription, subscription.c.key == delivery.c.subscription_key)
        .where(is_late, free, delivery.c.order_key.is_(None))
    )
    overdue, oldest = (await conn.execute(late)).one()
    expired = select(sql.count()).where(delivery.c.state == "EXPIRED", delivery.c.updated_at >= since_us)
    return DeliveryCounts(overdue, oldest, (await conn.execute(expired)).scalar_one())


async def failing_endpoints(conn: AsyncConnection, *, limit: int) -> list[Endpoint]:
    """Subscriptions whose endpoints fail or were deactivated for failing, the longest first."""
    is_failing = subscription.c.deleted_at.is_(None) & (
        subscription.c.failing_since.is_not(None) | (subscription.c.inactive_reason != "")
    )
    chosen = (
        select(
            subscription.c.tenant_id, subscription.c.id, subscription.c.failing_since, subscription.c.inactive_reason
        )
        .where(is_failing)
        .order_by(subscription.c.failing_since, subscription.c.key)
        .limit(limit)
    )
    return [Endpoint(*row) for row in await conn.execute(chosen)]


async def postgres_settings(conn: AsyncConnection) -> dict[str, str]:
    """Settings of the PostgreSQL server that durability depends on, and its version number."""
    rows = await conn.execute(
        text("SELECT name, setting FROM pg_settings WHERE name = ANY(:names)"), {"names": list(PG_SETTINGS)}
    )
    return {row.name: row.setting for row in rows}


async def database_now_us(conn: AsyncConnection) -> int:
    """The PostgreSQL server's clock, in µs."""
    found = await conn.execute(text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"))
    return int(found.scalar_one())


def unreadable() -> tuple[type[Exception], ...]:
    """Errors of a database that cannot be reached, read or understood."""
    return (SQLAlchemyError, *unreachable())


def reason(error: Exception) -> str:
    """The first line of such an error, without the URL."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0][:200]
