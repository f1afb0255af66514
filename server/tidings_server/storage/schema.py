"""The gate between a server and the schema of its database: which schemas this version may run on.

A migration is one of two kinds. One that expands adds what older versions do not touch, so that they go on; one that
contracts removes what only they need. Each names the oldest version that may run once it is applied (`min_reader`).
"""

from enum import Enum
from typing import Final, NamedTuple

from sqlalchemy import Connection, insert, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server import __version__
from tidings_server.platform.versions import release
from tidings_server.storage.log.shards import DEFAULT_SHARDS, start_of
from tidings_server.storage.log.tables import shard_head
from tidings_server.storage.sqlite.engines import StartRefused
from tidings_server.storage.tables import schema_migration, search_metadata, server_key

HEAD: Final = "0007"
"""The newest revision under migrations/."""
NEEDED: Final = "0007"
"""The newest revision that expands: this version runs on it, whether what contracts beyond it is done or not."""
FIRST: Final = "0001"
FIRST_VERSION: Final = "0.1.0"
"""The last version whose only record of its schema is Alembic's. Its servers start where that names FIRST."""
SEARCH_VERSION = 5
"""Counted up with every change of the search tables: an embedded search file of another version is built anew."""
UPGRADE: Final = "tidings-server migrate apply"

_UPGRADE_LOCK: Final = 0x7469_6469
"""Key of the advisory lock that admits one of several processes to change the tables of a PostgreSQL database."""
_ADMISSION_LOCK: Final = 0x7469_6461
"""Key of the advisory lock that a migration holds which shuts older versions out; processes ask for it, shared."""
_PATIENCE_S: Final = 25
"""Longest silence of the transaction that makes all tables, and longest wait for it; statements end after 30 s."""


class Fit(Enum):
    """Fit of a database's schema to a version of the server."""

    EMPTY = "there are no tables yet"
    USABLE = "this version runs on it"
    OLDER = "this version needs a later one"
    NEWER = "it is for later versions alone"


class SchemaState(NamedTuple):
    """The last migration of a database, and the oldest version that may run on it; None where nothing is known."""

    revision: str | None
    min_reader: str | None

    def fit(self, version: str = __version__, *, needed: str = NEEDED, head: str = HEAD) -> Fit:
        """Its fit to a version that needs the revision `needed` and knows those up to `head`."""
        if self.revision is None:
            return Fit.EMPTY
        if self.revision < needed:
            return Fit.OLDER
        if self.revision <= head:
            return Fit.USABLE
        if self.min_reader is None or release(self.min_reader) > release(version):
            return Fit.NEWER
        return Fit.USABLE


async def state(conn: AsyncConnection) -> SchemaState:
    """The state of a database's schema."""
    return await conn.run_sync(state_of)


def state_of(conn: Connection) -> SchemaState:
    """The same on a connection of either kind."""
    tables = set(inspect(conn).get_table_names())
    if schema_migration.name in tables:
        newest = select(schema_migration.c.revision, schema_migration.c.min_reader)
        row = conn.execute(newest.order_by(schema_migration.c.revision.desc()).limit(1)).one_or_none()
        if row is not None:
            return SchemaState(row.revision, row.min_reader)
    if "alembic_version" not in tables:
        return SchemaState(None, None)
    revision = conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return SchemaState(revision, FIRST_VERSION if revision == FIRST else None)


async def admit(conn: AsyncConnection, now_us: int, shards: int = 0) -> None:
    """Let a process start on a database that others may use: only an empty one gets its tables.

    The log gets as many `shards`; with 0 it keeps those that it has, but before the first server gets `DEFAULT_SHARDS`:
    afterwards there may be servers that know of none. Raises StartRefused when this version cannot run on the schema,
    and for fewer shards than there are.
    """
    found = await state(conn)
    if found.fit() is Fit.EMPTY:
        await _be_patient(conn)
        await lock(conn)
        found = await state(conn)
    if found.fit() is Fit.EMPTY:
        await _carry_out(conn, now_us)
    else:
        refuse_unfit(found)
    was_served = (await conn.execute(select(server_key.c.id).limit(1))).first() is not None
    if shards or not was_served:
        await lock(conn)
        await _open_shards(conn, shards)


async def upgrade(conn: AsyncConnection, now_us: int, *, is_alone: bool = True) -> None:
    """Let a process start on an embedded database: one that uses it alone carries out whatever migrations are missing.

    In the caller's transaction. Raises StartRefused when this version cannot run on the schema.
    """
    found = await state(conn)
    if not is_alone:
        refuse_unfit(found)
        return
    refuse_newer(found)
    if found.revision is None or found.revision < HEAD:
        await _carry_out(conn, now_us)


async def _open_shards(conn: AsyncConnection, shards: int) -> None:
    """Open as many as `shards`; with 0 the default number, where there are no more than that."""
    there = 1 + int((await conn.execute(text("SELECT count(*) FROM shard_head"))).scalar_one())
    wanted = shards or max(there, DEFAULT_SHARDS)
    if wanted < there:
        message = f"The log has {there} shards, and none can be closed: set TIDINGS_SHARDS to {there} or more."
        raise StartRefused(message)
    for shard in range(there, wanted):
        await conn.execute(insert(shard_head).values(shard=shard, seq=start_of(shard), recorded_at=0))


async def lock(conn: AsyncConnection) -> None:
    """Wait until no other process changes the tables, and keep others from it until the transaction ends."""
    if conn.dialect.name == "postgresql":
        await conn.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))


async def confirm(conn: AsyncConnection) -> None:
    """Let a process begin or go on that migrations know of by now: its row in `process` is committed.

    A migration that shuts out its version either sees that row and waits, or is waited for here and found. Raises
    StartRefused in that case. Each statement must be a transaction of its own.
    """
    if conn.dialect.name == "postgresql":
        await conn.execute(text(f"SELECT pg_advisory_xact_lock_shared({_ADMISSION_LOCK})"))
    refuse_newer(await state(conn))


async def hold_admissions(conn: AsyncConnection) -> None:
    """Have processes that begin wait until the transaction ends: those that it finds are all that there are."""
    if conn.dialect.name == "postgresql":
        await conn.execute(text(f"SELECT pg_advisory_xact_lock({_ADMISSION_LOCK})"))


def refuse_newer(found: SchemaState, version: str = __version__, *, head: str = HEAD) -> None:
    """Raise StartRefused for a schema that is for versions later than `version`, which knows those up to `head`."""
    if found.fit(version, head=head) is Fit.NEWER:
        needs = f"Tidings {found.min_reader} or later" if found.min_reader else "a later version"
        message = (
            f"The database has schema {found.revision}, which needs {needs}; this is {version}. Start that "
            "version, or restore the backup from before its upgrade (`tidings-server migrate status` says more)."
        )
        raise StartRefused(message)


def refuse_unfit(found: SchemaState) -> None:
    """Raise StartRefused for a schema that this version cannot run on."""
    if found.fit() is Fit.OLDER:
        message = f"The database has schema {found.revision}, and this version needs {NEEDED}: run `{UPGRADE}` once."
        raise StartRefused(message)
    refuse_newer(found)


async def prepare_search(conn: AsyncConnection) -> None:
    """Make the tables of an embedded search file; those of another version are dropped, to be filled again."""
    version = (await conn.exec_driver_sql("PRAGMA user_version")).scalar_one()
    if version != SEARCH_VERSION:
        await conn.run_sync(search_metadata.drop_all)
        await conn.run_sync(search_metadata.create_all)
        await conn.exec_driver_sql(f"PRAGMA user_version = {SEARCH_VERSION}")


def head() -> str:
    """The newest revision that this version knows."""
    return HEAD


async def _be_patient(conn: AsyncConnection) -> None:
    """Let this transaction be silent while Alembic is imported: on a busy machine longer than others may be.

    It may wait as long for that of another process, too: several first starts at once have one database to make.
    """
    if conn.dialect.name == "postgresql":
        for name in ("idle_in_transaction_session_timeout", "lock_timeout"):
            await conn.execute(text(f"SET LOCAL {name} = '{_PATIENCE_S}s'"))


async def _carry_out(conn: AsyncConnection, now_us: int) -> None:
    from tidings_server.storage.migrations.migration import (  # noqa: PLC0415  # imports Alembic, which every start would pay for
        Migrations,
    )

    await conn.run_sync(Migrations().apply_all, now_us)
