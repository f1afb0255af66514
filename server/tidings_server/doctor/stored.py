"""Checks of the database: its schema, keys and clock, and what waits or has failed in it."""

from collections.abc import AsyncIterator
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.doctor.findings import Finding, ok, problem, warning
from tidings_server.doctor.store import state
from tidings_server.identity.data_keys import first_unopened
from tidings_server.identity.store import data_keys
from tidings_server.platform import sealing
from tidings_server.platform.clock import Clock, rfc3339_ms
from tidings_server.settings import Settings
from tidings_server.storage import schema
from tidings_server.storage.schema import Fit, SchemaState

SECOND_US: Final = 1_000_000
DAY_US: Final = 86_400 * SECOND_US
LAG: Final = 10_000
"""Events that a consumer may be behind: some ten seconds of work."""
LATE_US: Final = 60 * SECOND_US
SKEW_US: Final = 500_000
MAX_ENDPOINTS: Final = 20
OLDEST_POSTGRES: Final = 140_000
"""`server_version_num` of PostgreSQL 14, whose releases are the oldest that are still kept up."""


async def stored(conn: AsyncConnection, settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    """Findings about an open database; those that need this version's schema only where it has that."""
    if conn.dialect.name == "postgresql":
        async for finding in _postgres(conn, clock):
            yield finding
    found = await schema.state(conn)
    yield _schema(found)
    if found.fit() is Fit.USABLE:
        yield await _keys(conn, settings)
        yield await _lag(conn)
        yield await _dead_letters(conn)
        async for finding in _deliveries(conn, clock.now_us()):
            yield finding


def _schema(found: SchemaState) -> Finding:
    match found.fit():
        case Fit.EMPTY:
            return ok("T302", "the database is empty; the first start makes its tables")
        case Fit.USABLE:
            return ok("T302", f"this version runs on the schema, which is at revision {found.revision}")
        case Fit.OLDER:
            fact = f"the schema is at revision {found.revision}, and this version needs {schema.NEEDED}"
            action = f"Take a backup, and run `{schema.UPGRADE}`; an embedded database is upgraded by a start, too."
            return warning("T302", fact, action)
        case Fit.NEWER:
            fact = f"the schema, {found.revision}, is for later versions than this one, which will not start"
            return problem("T302", fact, "Install the later version again; see docs/upgrade.md.")


async def _keys(conn: AsyncConnection, settings: Settings) -> Finding:
    stored_keys = await data_keys.keys(conn)
    file = settings.data_dir / sealing.FILE
    if not settings.master_key and not file.exists():
        if not stored_keys:
            return ok("T303", "no secrets are sealed yet")
        return problem(
            "T303",
            f"the database has sealed secrets, and {file}, whose key opens them, is missing",
            "Put the file back from a backup, or set TIDINGS_MASTER_KEY. A new key cannot open the old secrets.",
        )
    try:
        masters = sealing.master_keys(settings.master_key, settings.data_dir)
    except ValueError:
        return problem("T303", f"{file} is no file of keys", "Put the file back from a backup.")
    if key := first_unopened(masters, stored_keys):
        return problem(
            "T303",
            f"the master key {masters.fingerprint} does not open data key {key.number}, which {key.master} sealed",
            "Add the key of that fingerprint to TIDINGS_MASTER_KEY after a comma, or put the right file back.",
        )
    where = "TIDINGS_MASTER_KEY" if settings.master_key else str(file)
    return ok("T303", f"the master key {masters.fingerprint} from {where} opens all {len(stored_keys)} data keys")


async def _lag(conn: AsyncConnection) -> Finding:
    behind = {cursor.consumer: cursor.lag for cursor in await state.lags(conn) if cursor.lag > LAG}
    if not behind:
        return ok("T401", f"no consumer is more than {LAG:,} events behind")
    named = ", ".join(f"{consumer} {lag:,}" for consumer, lag in behind.items())
    return warning(
        "T401",
        f"consumers are behind, in events: {named}",
        "Look twice: a number that falls is a backlog being worked off. See docs/runbooks.md, TidingsConsumerLag.",
    )


async def _dead_letters(conn: AsyncConnection) -> Finding:
    dead = await state.dead_letters(conn)
    if not dead:
        return ok("T402", "no event is a dead letter")
    named = ", ".join(f"{consumer} {count:,}" for consumer, count in dead.items())
    return warning(
        "T402",
        f"events that consumers gave up: {named}",
        "List them with ListParkedEvents, mend the reason, and retry them with RetryParkedEvent.",
    )


async def _deliveries(conn: AsyncConnection, now_us: int) -> AsyncIterator[Finding]:
    counts = await state.deliveries(conn, now_us=now_us, late_us=LATE_US, since_us=now_us - DAY_US)
    if counts.overdue and counts.oldest_due_at is not None:
        yield problem(
            "T403",
            f"{counts.overdue:,} deliveries to healthy endpoints are overdue, the oldest since "
            f"{rfc3339_ms(counts.oldest_due_at)}",
            "Is a server running? Does it keep up? See docs/runbooks.md, TidingsDeliveriesOverdue.",
        )
    else:
        yield ok("T403", "no delivery to a healthy endpoint is overdue")
    endpoints = await state.failing_endpoints(conn, limit=MAX_ENDPOINTS)
    if endpoints:
        named = ", ".join(f"{each.id} of tenant {each.tenant_id}" for each in endpoints)
        more = " and perhaps more" if len(endpoints) == MAX_ENDPOINTS else ""
        yield warning(
            "T404",
            f"endpoints of {len(endpoints)} subscriptions{more} fail or were deactivated: {named}",
            "`tidings` and the API show each one's last answer; their owners must mend them.",
        )
    else:
        yield ok("T404", "no endpoint fails")
    if counts.expired:
        yield warning(
            "T405",
            f"{counts.expired:,} deliveries expired in the last day",
            "Their reason stands with each delivery; redeliver them once the endpoint is mended.",
        )
    else:
        yield ok("T405", "no delivery expired in the last day")


async def _postgres(conn: AsyncConnection, clock: Clock) -> AsyncIterator[Finding]:
    found = await state.postgres_settings(conn)
    version = int(found["server_version_num"])
    if version < OLDEST_POSTGRES:
        yield warning("T306", f"PostgreSQL {version // 10_000} is no longer kept up", "Upgrade to 14 or later.")
    else:
        yield ok("T306", f"PostgreSQL {version // 10_000}.{version % 10_000}")
    unsafe = [name for name in ("fsync", "full_page_writes", "synchronous_commit") if found[name] == "off"]
    if unsafe:
        yield problem(
            "T305",
            f"{' and '.join(unsafe)} {'is' if len(unsafe) == 1 else 'are'} off: what was acknowledged can be lost",
            "Turn them on in postgresql.conf.",
        )
    else:
        yield ok("T305", "commits of PostgreSQL are durable when they are acknowledged")
    before = clock.now_us()
    theirs = await state.database_now_us(conn)
    skew = theirs - (before + clock.now_us()) // 2
    if abs(skew) > SKEW_US:
        seconds = abs(skew) / SECOND_US
        yield warning("T304", f"this machine's clock and the database's differ by {seconds:.1f} s", "Run NTP on both.")
    else:
        yield ok("T304", "this machine's clock and the database's agree")
