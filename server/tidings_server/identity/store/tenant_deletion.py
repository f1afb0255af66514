"""Deletion of all rows of a tenant, in statements of bounded size, for every table of the schema.

A row is a tenant's by its `tenant_id`, or by referring to a row that is: by a foreign key, or by a column such as
`customer_key` where a hot table does without the constraint. Tables without either hold nothing of a tenant; a test
names them all.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, MetaData, Select, Table, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store import subscriptions
from tidings_server.delivery.store.tables import subscription
from tidings_server.identity.store import tenants
from tidings_server.identity.store.tables import tenant
from tidings_server.identity.store.tenant_numbers import NUMBERS_KIND
from tidings_server.storage.tables import config_version

TENANT: Final = "tenant_id"
KEY: Final = "_key"


def tables_of(metadata: MetaData) -> list[Table]:
    """The tables that hold rows of tenants, in an order in which none is emptied before what refers to it."""
    tables = list(reversed(metadata.sorted_tables))
    by_reference = [table for table in tables if TENANT not in table.c and _parent(table) is not None]
    return [*by_reference, *(table for table in tables if TENANT in table.c)]


async def empty(conn: AsyncConnection, *, table: Table, number: int, limit: int) -> int:
    """Delete a tenant's rows of one table, at most `limit`; gives their number."""
    key = list(table.primary_key.columns)
    removed = delete(table).where(tuple_(*key).in_(_rows(table, number).limit(limit)))
    return (await conn.execute(removed)).rowcount


async def stop(conn: AsyncConnection, number: int) -> None:
    """Stop claims of a tenant's work, and clear the caches of tenants in every process."""
    await subscriptions.hold(conn)
    of_tenant = (subscription.c.tenant_id == number, subscription.c.is_active)
    await conn.execute(subscription.update().where(*of_tenant).values(is_active=False))
    await conn.execute(
        config_version.update()
        .where(config_version.c.kind.not_like(f"{NUMBERS_KIND}%"))
        .values(version=config_version.c.version + 1)
    )


async def remove(conn: AsyncConnection, *, number: int) -> None:
    """Remove the tenant itself."""
    await tenants.bump(conn)
    await conn.execute(delete(tenant).where(tenant.c.number == number))


def _rows(table: Table, number: int) -> Select[Any]:
    return select(*table.primary_key.columns).where(_is_of(table, number))


def _is_of(table: Table, number: int) -> ColumnElement[bool]:
    """Whether a row of the table is the tenant's."""
    if TENANT in table.c:
        return table.c[TENANT] == number
    reference = _parent(table)
    if reference is None:
        raise LookupError(table.name)
    column, parent = reference
    return column.in_(select(parent).where(_is_of(parent.table, number)))


@lru_cache(maxsize=256)
def _parent(table: Table) -> tuple[ColumnElement[Any], Any] | None:
    """Column that refers to a tenant's row in another table, with its target."""
    for column in table.c:
        for target in _targets(column):
            if TENANT in target.table.c or _parent(target.table) is not None:
                return column, target
    return None


def _targets(column: Column[Any]) -> Iterator[Column[Any]]:
    """Targets of a column, by a constraint or by its name: `customer_key` is the `key` of `customer`."""
    yield from (reference.column for reference in column.foreign_keys)
    named = column.table.metadata.tables.get(column.name.removesuffix(KEY))
    if column.name.endswith(KEY) and named is not None and "key" in named.c:
        yield named.c.key
