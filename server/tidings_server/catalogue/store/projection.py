"""Rows of the catalogue projection: read by key, upsert, delete."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, Table, and_, bindparam, delete, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.catalogue.store.tables import (
    catalogue_customer,
    catalogue_item,
    catalogue_order,
    catalogue_product,
    catalogue_stock_level,
    wishlist_item,
)
from tidings_server.storage.array_parameters import is_text_listed, texts_as_list
from tidings_server.storage.bulk_insert import upsert_rows


class CatalogueCustomer(NamedTuple):
    """A customer, as a recipient of mail."""

    tenant_id: int
    id: str
    email: str = ""
    first_name: str = ""
    opt_in: bool | None = None
    changed_at: int = 0


class WishlistItem(NamedTuple):
    """An item on a customer's wishlists; `lists` are their hashes, separated by blanks."""

    tenant_id: int
    customer_id: str
    item_id: str
    seq: int = 0
    price: int | None = None
    currency: str = ""
    lists: str = ""


class CatalogueItem(NamedTuple):
    """A variant of a product with its price and stock; None where unknown."""

    tenant_id: int
    id: str
    product_id: str = ""
    name: str = ""
    url: str = ""
    image: str = ""
    price: int | None = None
    currency: str = ""
    price_seq: int = 0
    price_at: int = 0
    first_price: int | None = None
    quantity: int | None = None
    places: int = 0
    restocked_seq: int = 0
    low_seq: int = 0
    best_before: str | None = None
    is_deleted: bool = False
    changed_at: int = 0


class StockLevel(NamedTuple):
    """Stock of an item at one place."""

    tenant_id: int
    item_id: str
    place: str
    quantity: int = 0
    changed_at: int = 0
    best_before: str | None = None


class CatalogueProduct(NamedTuple):
    """A product, whose variants are items."""

    tenant_id: int
    id: str
    name: str = ""
    url: str = ""
    image: str = ""
    best_before: str | None = None
    is_deleted: bool = False
    changed_at: int = 0


class CatalogueOrder(NamedTuple):
    """An order; `is_open` until it is delivered or cancelled."""

    tenant_id: int
    id: str
    created_at: int = 0
    status: str = ""
    is_open: bool = True
    changed_at: int = 0


CatalogueRow = CatalogueCustomer | WishlistItem | CatalogueItem | StockLevel | CatalogueProduct | CatalogueOrder
CatalogueKey = tuple[type[CatalogueRow], tuple[Any, ...]]
"""Row class and primary key."""

TABLES: Final[Mapping[type[CatalogueRow], Table]] = {
    CatalogueCustomer: catalogue_customer,
    WishlistItem: wishlist_item,
    CatalogueItem: catalogue_item,
    StockLevel: catalogue_stock_level,
    CatalogueProduct: catalogue_product,
    CatalogueOrder: catalogue_order,
}


def key_of(row: CatalogueRow) -> CatalogueKey:
    """The key of a row."""
    return type(row), tuple(row[: len(TABLES[type(row)].primary_key)])


async def find(conn: AsyncConnection, keys: Iterable[CatalogueKey]) -> dict[CatalogueKey, CatalogueRow]:
    """The rows that exist for these keys (at most 1,000)."""
    by_kind: dict[type[CatalogueRow], dict[int, list[tuple[Any, ...]]]] = {}
    for kind, key in keys:
        by_kind.setdefault(kind, {}).setdefault(key[0], []).append(key[1:])
    rows: dict[CatalogueKey, CatalogueRow] = {}
    for kind, by_tenant in by_kind.items():
        for tenant, ids in by_tenant.items():
            for values in await _read(conn, TABLES[kind], tenant, ids):
                row = kind(*values)
                rows[key_of(row)] = row
    return rows


async def save(conn: AsyncConnection, rows: Sequence[CatalogueRow], deletions: Collection[CatalogueKey]) -> None:
    """Upsert these rows, and delete those of the keys in `deletions`."""
    for kind, table in TABLES.items():
        names = [column.name for column in table.primary_key]
        changed = tuple(column.name for column in table.c if column.name not in names)
        of_kind = sorted((row for row in rows if type(row) is kind), key=_lock_order)
        await upsert_rows(conn, table, of_kind, key=", ".join(names), changed=changed)
        if deleted := [_is(table, key) for each, key in deletions if each is kind]:
            await conn.execute(delete(table).where(or_(*deleted)))


async def clear(conn: AsyncConnection, *, limit: int) -> int:
    """Delete up to `limit` rows of the projection; returns their number."""
    for table in TABLES.values():
        key = list(table.primary_key)
        some = select(*key).limit(limit)
        rows = (await conn.execute(some)).all()
        if rows:
            await conn.execute(delete(table).where(or_(*(_is(table, tuple(row)) for row in rows))))
            return len(rows)
    return 0


def _lock_order(row: CatalogueRow) -> tuple[Any, ...]:
    """Sort key of rows to write: all transactions lock rows in the same order."""
    return key_of(row)[1]


async def _read(conn: AsyncConnection, table: Table, tenant: int, ids: Sequence[tuple[Any, ...]]) -> Iterable[Any]:
    """One tenant's rows by the other key columns."""
    columns = list(table.primary_key)[1:]
    if len(columns) == 1:
        listed = texts_as_list(sorted({name for (name,) in ids}))
        return await conn.execute(_by_id(table, conn.dialect.name), {"tenant": tenant, "ids": listed})
    query = select(table).where(table.c.tenant_id == tenant, tuple_(*columns).in_(sorted(set(ids))))
    return await conn.execute(query)


@lru_cache(maxsize=2 * len(TABLES))
def _by_id(table: Table, dialect_name: str) -> Select[Any]:
    """One tenant's rows of a table whose other key column is an id."""
    return select(table).where(
        table.c.tenant_id == bindparam("tenant"), is_text_listed(table.c.id, dialect_name, "ids")
    )


def _is(table: Table, key: tuple[Any, ...]) -> Any:
    return and_(*(column == value for column, value in zip(table.primary_key, key, strict=True)))
