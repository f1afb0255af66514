"""The state of a database's schema, and bringing it up to date, from outside of its servers."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import make_url, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tidings_server.platform.clock import Clock
from tidings_server.platform.versions import release
from tidings_server.storage import schema
from tidings_server.storage.migrations.migration import Migration, Migrations
from tidings_server.storage.postgresql.engine import migration_engine, postgres_engine
from tidings_server.storage.sqlite.engines import DirectoryLock, StartRefused, inline_reader_engine, writer_engine
from tidings_server.storage.tables import schema_migration

LOCK_TRIES: Final = 60
LOCK_PAUSE_S: Final = 1.0
_LOCK_NOT_AVAILABLE: Final = "55P03"

LiveVersions = Callable[[AsyncConnection], Awaitable[Sequence[str]]]
"""Gives the versions of the servers that are running on a PostgreSQL database, one for each process."""


class AppliedMigration(NamedTuple):
    """A migration as the database records it; `applied_at` is 0 where only the table of a later one records it."""

    revision: str
    kind: str
    min_reader: str
    version: str
    applied_at: int


@dataclass(frozen=True, slots=True)
class SchemaStatus:
    """A database's schema, what was applied to it, what this version knows beyond that, and the servers that run."""

    state: schema.SchemaState
    applied: Sequence[AppliedMigration]
    pending: Sequence[Migration]
    live_versions: Sequence[str]

    @property
    def fit(self) -> schema.Fit:
        """Fit of the schema to this version."""
        return self.state.fit()

    def is_held_back(self, migration: Migration) -> bool:
        """Whether a server runs that is older than a pending migration allows."""
        return any(release(each) < release(migration.min_reader) for each in self.live_versions)


class SchemaUpgrade:
    """Reads and changes the schema of the database that `url` names."""

    def __init__(
        self, url: str, clock: Clock, live_versions: LiveVersions, migrations: Migrations | None = None
    ) -> None:
        self._url = url
        self._path = Path(make_url(url).database or "") if make_url(url).get_backend_name() == "sqlite" else None
        self._clock = clock
        self._live_versions = live_versions
        self._migrations = migrations or Migrations()

    async def status(self) -> SchemaStatus:
        """The state now; nothing is changed, and servers may run."""
        if self._path is not None and not self._path.is_file():
            return SchemaStatus(schema.SchemaState(None, None), (), self._migrations.all, ())
        engine = inline_reader_engine(self._path) if self._path else postgres_engine(self._url, pool=1)
        try:
            async with engine.connect() as conn:
                return await self._status(conn)
        finally:
            await engine.dispose()

    async def apply(self) -> AsyncGenerator[Migration, None]:
        """Carry out what is pending, each migration in a transaction of its own; yields each when it is durable.

        Ends before the first for which a server that runs is too old. If that one expands, raises StartRefused, as for
        a schema of a later version, and for tables whose lock is not to be had for LOCK_TRIES × 1 s.
        """
        async with self._open() as engine:
            while True:
                migration = await self._next(engine)
                if migration is None:
                    return
                yield migration

    async def _next(self, engine: AsyncEngine) -> Migration | None:
        for tries_left in reversed(range(LOCK_TRIES)):
            try:
                async with engine.begin() as conn:
                    return await self._apply_next(conn)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                    raise
                if not tries_left:
                    break
            await self._clock.sleep(LOCK_PAUSE_S)
        raise StartRefused("The tables are in use all the time: run it again, or when fewer requests come.")

    async def _apply_next(self, conn: AsyncConnection) -> Migration | None:
        await schema.lock(conn)
        status = await self._status(conn)
        schema.refuse_newer(status.state, self._migrations.version, head=self._migrations.all[-1].revision)
        migration = next(iter(status.pending), None)
        if migration is None:
            return None
        if release(migration.min_reader) > release(status.state.min_reader or schema.FIRST_VERSION):
            await schema.hold_admissions(conn)
            status = await self._status(conn)
        if status.is_held_back(migration):
            if migration.kind == "CONTRACT":
                return None
            message = (
                f"Schema {migration.revision} needs Tidings {migration.min_reader} or later, and older servers run: "
                "stop them, and run this again."
            )
            raise StartRefused(message)
        await conn.run_sync(self._migrations.apply, migration, self._clock.now_us())
        return migration

    async def _status(self, conn: AsyncConnection) -> SchemaStatus:
        state = await schema.state(conn)
        rows: list[AppliedMigration] = []
        if state.revision is not None and state.min_reader is not None and state.revision > schema.FIRST:
            found = await conn.execute(select(schema_migration).order_by(schema_migration.c.revision))
            rows = [AppliedMigration(*row) for row in found]
        live = () if self._path else await self._live_versions(conn)
        return SchemaStatus(state, rows, self._migrations.after(state.revision), live)

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[AsyncEngine]:
        async with AsyncExitStack() as resources:
            if self._path:
                resources.callback(DirectoryLock(self._path.parent).release)
            engine = writer_engine(self._path) if self._path else migration_engine(self._url)
            resources.push_async_callback(engine.dispose)
            yield engine
