"""The gate between servers and schemas, and changing a schema beside servers that run."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from alembic import op
from sqlalchemy import Column, Integer, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from tests.support.waiting import until
from tidings_server import __version__
from tidings_server.composition import tables  # noqa: F401  # declares every table
from tidings_server.log.ownership import Ownership
from tidings_server.log.store import ownership
from tidings_server.platform.clock import ManualClock, SystemClock
from tidings_server.platform.versions import release
from tidings_server.storage import schema
from tidings_server.storage.database import Database
from tidings_server.storage.migrations.migration import MIGRATIONS, Migration, Migrations
from tidings_server.storage.migrations.upgrade import SchemaStatus, SchemaUpgrade
from tidings_server.storage.schema import Fit, SchemaState
from tidings_server.storage.sqlite.engines import StartRefused

EXPAND = """
\"\"\"A later version's table.\"\"\"
from alembic import op
import sqlalchemy as sa
revision, down_revision, kind, min_reader = "0900", "{head}", "EXPAND", "{min_reader}"
def upgrade() -> None:
    op.create_table("later", sa.Column("id", sa.Integer(), primary_key=True))
"""
CONTRACT = """
\"\"\"Drop what only older versions need.\"\"\"
from alembic import op
revision, down_revision, kind, min_reader = "0901", "0900", "CONTRACT", "{min_reader}"
def upgrade() -> None:
    op.drop_table("later")
"""


def later(directory: Path, *, expand: str = "0.1.0", contract: str | None = None) -> Migrations:
    """The migrations of a later version: this one's, and one or two more with their oldest versions."""
    directory.mkdir(exist_ok=True)
    for file in (MIGRATIONS / "versions").glob("0*.py"):
        (directory / file.name).write_text(file.read_text())
    (directory / "0900_later.py").write_text(EXPAND.format(head=schema.HEAD, min_reader=expand))
    if contract:
        (directory / "0901_drop.py").write_text(CONTRACT.format(min_reader=contract))
    return Migrations(directory, version="9.0.0")


async def opened(url: str) -> None:
    """Open the database as a server does that starts. Raises StartRefused."""
    await (await Database.open(url, clock=ManualClock())).close()


async def applied(url: str, migrations: Migrations | None = None, *, live: Sequence[str] = ()) -> list[str]:
    async def versions(_: AsyncConnection) -> Sequence[str]:
        return live

    upgrade = SchemaUpgrade(url, SystemClock(), versions, migrations)
    async with aclosing(upgrade.apply()) as done:
        return [each.revision async for each in done]


async def status(url: str) -> SchemaStatus:
    return await SchemaUpgrade(url, SystemClock(), ownership.live_versions).status()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(url)
    async with engine.begin() as conn:
        yield conn
    await engine.dispose()


async def make_first(url: str) -> None:
    """Make the database of a server of the first version: its one migration, and Alembic's record."""
    first = Migrations()
    async with connected(url) as conn:
        await conn.run_sync(first.apply, first.all[0], 0)


def is_embedded(url: str) -> bool:
    return url.startswith("sqlite")


def test_migrations_are_of_a_kind_in_one_line_and_never_admit_older_versions_again() -> None:
    known = Migrations().all
    assert [each.revision for each in known] == sorted({each.revision for each in known})
    assert known[-1].revision == schema.HEAD
    assert [each.revision for each in known if each.kind == "EXPAND"][-1] == schema.NEEDED
    oldest = [release(each.min_reader) for each in known]
    assert oldest == sorted(oldest)
    assert oldest[-1] <= release(__version__)
    assert all(each.summary for each in known)


@pytest.mark.parametrize(
    ("revision", "min_reader", "fit"),
    [
        (None, None, Fit.EMPTY),
        ("0003", "0.1.0", Fit.OLDER),
        ("0004", "0.1.0", Fit.USABLE),
        ("0005", "0.2.0", Fit.USABLE),
        ("0006", "0.2.0", Fit.USABLE),
        ("0006", "0.3", Fit.USABLE),
        ("0006", "0.3.1", Fit.NEWER),
        ("0006", "0.10.0", Fit.NEWER),
        ("0006", None, Fit.NEWER),
    ],
)
def test_a_version_runs_on_schemas_from_the_one_it_needs_to_those_that_admit_it(
    revision: str | None, min_reader: str | None, fit: Fit
) -> None:
    assert SchemaState(revision, min_reader).fit("0.3.0", needed="0004", head="0005") is fit


async def test_an_older_schema_is_upgraded_by_an_embedded_server_and_refused_by_any_other(
    empty_database_url: str,
) -> None:
    await make_first(empty_database_url)
    assert (await status(empty_database_url)).fit is Fit.OLDER
    if is_embedded(empty_database_url):
        await opened(empty_database_url)
    else:
        with pytest.raises(StartRefused, match=r"has schema 0001, .* run `tidings-server migrate apply` once\.$"):
            await opened(empty_database_url)
        assert (await status(empty_database_url)).state.revision == "0001", "and it has changed nothing"
        assert await applied(empty_database_url) == [each.revision for each in Migrations().after("0001")]
        await opened(empty_database_url)
    found = await status(empty_database_url)
    assert (found.fit, found.state, found.pending) == (Fit.USABLE, (schema.HEAD, "0.1.0"), [])
    assert [each.revision for each in found.applied] == [each.revision for each in Migrations().all]
    assert await applied(empty_database_url) == []


async def test_a_server_goes_on_and_starts_on_a_later_schema_that_admits_it(database_url: str, tmp_path: Path) -> None:
    assert await applied(database_url, later(tmp_path / "later")) == ["0900"]
    await opened(database_url)
    assert (await status(database_url)).state == ("0900", "0.1.0")


async def test_a_schema_for_later_versions_alone_is_refused_by_all(database_url: str, tmp_path: Path) -> None:
    migrations = later(tmp_path / "later", expand="9.0.0")
    assert await applied(database_url, migrations) == ["0900"]
    for attempt in (opened, applied):
        needs = rf"schema 0900, which needs Tidings 9\.0\.0 or later; this is {__version__}"
        with pytest.raises(StartRefused, match=needs):
            await attempt(database_url)
    async with connected(database_url) as conn:
        found = (await conn.execute(text("SELECT version_num FROM alembic_version"))).scalar_one()
    assert found == "0900", "by which servers of the first version refuse it, too"


async def test_what_contracts_waits_for_the_end_of_older_servers(database_url: str, tmp_path: Path) -> None:
    if is_embedded(database_url):
        return  # it has one server at a time
    migrations = later(tmp_path / "later", contract="9.0.0")
    assert await applied(database_url, migrations, live=["9.0.0", __version__]) == ["0900"]
    await opened(database_url)
    assert await applied(database_url, migrations, live=["9.0.0", "9.1"]) == ["0901"]
    with pytest.raises(StartRefused):
        await opened(database_url)


async def test_what_expands_and_admits_no_older_version_is_refused_beside_one(
    database_url: str, tmp_path: Path
) -> None:
    if is_embedded(database_url):
        return
    migrations = later(tmp_path / "later", expand="9.0.0")
    with pytest.raises(StartRefused, match=r"0900 needs Tidings 9\.0\.0 or later, and older servers run: stop them"):
        await applied(database_url, migrations, live=[__version__])
    assert (await status(database_url)).state.revision == schema.HEAD


async def test_a_server_that_begins_as_its_version_is_shut_out_does_not(database_url: str, tmp_path: Path) -> None:
    """It is noted after the migration looked for older ones, and before that is done."""
    if is_embedded(database_url):
        return
    migrations, clock = later(tmp_path / "later", contract="9.0.0"), SystemClock()
    database = await Database.open(database_url, clock=clock)
    joining: list[asyncio.Task[None]] = []

    async def looked(conn: AsyncConnection) -> Sequence[str]:
        found = await ownership.live_versions(conn)
        held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()"
        if int((await conn.execute(text(held))).scalar_one()) > 1 and not joining:
            joining.append(asyncio.create_task(Ownership(database, clock, {}).join()))
            await until(partial(_waiting, database_url), bool)
        return found

    async with aclosing(SchemaUpgrade(database_url, clock, looked, migrations).apply()) as done:
        assert [each.revision async for each in done] == ["0900", "0901"]
    with pytest.raises(StartRefused, match=r"needs Tidings 9\.0\.0 or later"):
        await joining[0]
    await database.close()


async def test_a_server_that_has_begun_keeps_what_contracts_waiting(database_url: str, tmp_path: Path) -> None:
    if is_embedded(database_url):
        return
    migrations, clock = later(tmp_path / "later", contract="9.0.0"), SystemClock()
    database = await Database.open(database_url, clock=clock)
    server = Ownership(database, clock, {})
    await server.join()
    upgrade = SchemaUpgrade(database_url, clock, ownership.live_versions, migrations)
    async with aclosing(upgrade.apply()) as done:
        assert [each.revision async for each in done] == ["0900"]
    await server.run_once()
    await server.leave()
    async with aclosing(upgrade.apply()) as done:
        assert [each.revision async for each in done] == ["0901"]
    await database.close()


async def test_a_server_that_stood_still_ends_where_it_was_shut_out_meanwhile(
    database_url: str, tmp_path: Path
) -> None:
    if is_embedded(database_url):
        return
    migrations, clock = later(tmp_path / "later", contract="9.0.0"), SystemClock()
    database = await Database.open(database_url, clock=clock)
    server = Ownership(database, clock, {})
    await server.join()
    async with connected(database_url) as conn:
        minute = 60_000_000
        await conn.execute(text(f"UPDATE process SET seen_at = seen_at - {minute}, started_at = started_at - {minute}"))
    upgrade = SchemaUpgrade(database_url, clock, ownership.live_versions, migrations)
    async with aclosing(upgrade.apply()) as done:
        assert [each.revision async for each in done] == ["0900", "0901"]
    await server.run()  # returns
    with pytest.raises(StartRefused, match=r"needs Tidings 9\.0\.0 or later"):
        await server.until_outdated()
    await database.close()


async def test_two_that_migrate_at_once_carry_out_each_migration_once(database_url: str, tmp_path: Path) -> None:
    if is_embedded(database_url):
        return  # the second is refused by the lock on the directory
    migrations = later(tmp_path / "later", contract="9.0.0")
    found = await asyncio.gather(*(applied(database_url, migrations) for _ in range(4)))
    assert sorted(revision for each in found for revision in each) == ["0900", "0901"]


async def test_servers_are_known_by_their_versions(database_url: str) -> None:
    if is_embedded(database_url):
        return
    seen_at = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
    async with connected(database_url) as conn:
        for number, age_s in ((1, 0), (2, 20), (3, 40)):
            at = f"{seen_at} - {age_s} * 1000000"
            values = f"({number}, 'all', {at}, {at})"
            await conn.execute(text(f"INSERT INTO process (id, role, started_at, seen_at) VALUES {values}"))
        await ownership.renew(conn, 4, role="api", version="9.0.0", ttl_us=6_000_000)
    assert sorted((await status(database_url)).live_versions) == ["0.1.0", "0.1.0", "9.0.0"]


async def test_a_table_in_use_is_waited_for_in_short_turns_while_others_go_on(
    database_url: str, tmp_path: Path
) -> None:
    """A statement that came after the migration is answered before the one that the migration waits for ends."""
    if is_embedded(database_url):
        return
    migrations = later(tmp_path / "later")
    migrations.all[-1] = blocked = _adding_a_column(migrations.all[-1])
    engine = create_async_engine(database_url)
    async with engine.connect() as holder, engine.connect() as other:
        await holder.execute(text("SELECT count(*) FROM process"))
        applying = asyncio.create_task(applied(database_url, migrations))
        await until(partial(_waiting, database_url), bool)
        await other.execute(text("SELECT count(*) FROM process"))
        assert not applying.done()
        await other.rollback()
        await holder.rollback()
        assert await applying == [blocked.revision]
    await engine.dispose()


def _adding_a_column(migration: Migration) -> Migration:
    def upgrade() -> None:
        op.add_column("process", Column("later", Integer()))

    return Migration(migration.revision, "EXPAND", "0.1.0", migration.summary, upgrade)


async def _waiting(url: str) -> int:
    async with connected(url) as conn:
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        return int((await conn.execute(text(waits))).scalar_one())
