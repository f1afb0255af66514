"""A tenant is suspended, resumed, and deleted with all its rows."""

from collections.abc import Iterable

import pytest
from sqlalchemy import MetaData, Table, func, select

from tests.support.events import record
from tests.support.installation import Installation
from tidings_server.composition import tables as every_table  # noqa: F401  # declares them
from tidings_server.identity.store.tenant_deletion import tables_of
from tidings_server.identity.tenant_deletion import TenantDeletion
from tidings_server.platform.errors import NotFound, Unauthenticated, WrongState
from tidings_server.storage.tables import metadata, search_metadata

OF_NOBODY = {
    "config_version",
    "data_key",
    "log_head",
    "shard_head",
    "consumer_cursor",
    "relay_checkpoint",
    "process",
    "schema_migration",
    "shared_count",
    "work_lease",
    "search_cursor",
    "server_key",
    "tenant",
}
"""Tables that hold nothing of a tenant; `tenant` is removed last, by itself."""


def test_every_table_belongs_to_tenants_or_is_listed_as_shared() -> None:
    tables = {table.name for tables in (metadata, search_metadata) for table in tables.sorted_tables}
    of_tenants = {table.name for tables in (metadata, search_metadata) for table in tables_of(tables)}
    assert tables - of_tenants <= OF_NOBODY


def test_referencing_tables_are_emptied_before_referenced_ones() -> None:
    order = [table.name for table in tables_of(metadata)]
    assert order.index("loyalty_customer_event") < order.index("customer")
    for table in tables_of(metadata):
        for reference in table.foreign_keys:
            target = reference.column.table.name
            assert target in OF_NOBODY or order.index(table.name) < order.index(target), (table.name, target)


async def test_credentials_of_a_suspended_tenant_are_refused_until_it_is_resumed(installation: Installation) -> None:
    token = await installation.token()
    await installation.credentials.bearer(token)
    assert (await installation.tenants.suspend("demo")).state == "SUSPENDED"
    await installation.credentials.run_once()
    with pytest.raises(Unauthenticated):
        await installation.credentials.bearer(token)
    await installation.tenants.resume("demo")
    await installation.credentials.run_once()
    assert (await installation.credentials.bearer(token)).tenant_name == "demo"


async def test_deleting_a_tenant_removes_its_rows_only(installation: Installation) -> None:
    database = installation.database
    await database.write_queue.append(
        [record(f"e-{number}", tenant_id=tenant) for tenant in (1, 2) for number in range(3)]
    )
    removal = TenantDeletion(database, installation.clock)
    kept = await counted(installation, 2)
    assert await counted(installation, 1)
    assert (await installation.tenants.delete("demo")).state == "DELETING"
    with pytest.raises(WrongState):
        await installation.tenants.resume("demo")
    await removal.run_once()
    assert (await installation.tenants.get("demo")).state == "DELETING"
    await removal.run_once()
    with pytest.raises(NotFound):
        await installation.tenants.get("demo")
    assert not await counted(installation, 1)
    assert await counted(installation, 2) == kept


async def test_a_deleted_tenants_number_never_comes_back(installation: Installation) -> None:
    gone = (await installation.tenants.get("other-tenant")).number
    await installation.tenants.delete("other-tenant")
    for _ in range(2):
        await TenantDeletion(installation.database, installation.clock).run_once()
    made = [(await installation.tenants.create(f"t{each}")).number for each in range(2 * installation.database.shards)]
    assert gone not in made


async def counted(installation: Installation, tenant: int) -> dict[str, int]:
    """How many rows of each table are the tenant's."""
    found: dict[str, int] = {}
    for tables, reading in (
        (metadata, installation.database.read),
        (search_metadata, installation.database.read_search),
    ):
        async with reading() as conn:
            for table in named(tables):
                query = select(func.count()).select_from(table).where(table.c.tenant_id == tenant)
                if count := (await conn.execute(query)).scalar_one():
                    found[table.name] = count
    return found


def named(tables: MetaData) -> Iterable[Table]:
    return [table for table in tables.sorted_tables if "tenant_id" in table.c]
