"""SQL of the two reports: articles near their best-before date, and open orders."""

from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, Subquery, cast, exists, false, func, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.catalogue.store.tables import (
    catalogue_item,
    catalogue_order,
    catalogue_product,
    catalogue_stock_level,
)


class ExpiringArticle(NamedTuple):
    """A variant or a product; `best_before` is a date, `quantity` in ten-thousandths where it is known."""

    id: str
    name: str
    best_before: str
    quantity: int | None


class OpenOrder(NamedTuple):
    """An open order."""

    id: str
    created_at: int
    status: str


async def best_before(
    conn: AsyncConnection, tenant: int, *, first: str, last: str, limit: int
) -> tuple[list[ExpiringArticle], int]:
    """Articles with a date from `first` to `last`, by date, and their total number.

    Articles without stock are left out, unless their stock is unknown.
    """
    articles = _articles(tenant, first, last).subquery()
    rows = await conn.execute(select(articles).order_by(articles.c.best_before, articles.c.id).limit(limit))
    total: int = (await conn.execute(select(func.count()).select_from(articles))).scalar_one()
    return list(map(ExpiringArticle._make, rows)), total


async def undelivered(
    conn: AsyncConnection, tenant: int, *, created_before: int, limit: int
) -> tuple[list[OpenOrder], int]:
    """Open orders created before an instant (µs), oldest first, and their total number."""
    order = catalogue_order.c
    conditions = (order.tenant_id == tenant, order.is_open, order.created_at < created_before)
    query = select(order.id, order.created_at, order.status).where(*conditions)
    rows = await conn.execute(query.order_by(order.created_at, order.id).limit(limit))
    total: int = (await conn.execute(select(func.count()).select_from(catalogue_order).where(*conditions))).scalar_one()
    return list(map(OpenOrder._make, rows)), total


def _articles(tenant: int, first: str, last: str) -> Any:
    """Items with a best-before date at a place or by themselves, and products with one and their items' quantity."""
    item, product = catalogue_item.c, catalogue_product.c
    named = catalogue_product.alias("named")
    due = _due_at_places(tenant, first, last)
    live = (
        select(item.id, func.coalesce(func.nullif(item.name, ""), named.c.name, "").label("name"))
        .where(item.tenant_id == tenant, ~item.is_deleted, func.coalesce(named.c.is_deleted, false()) == false())
        .select_from(
            catalogue_item.outerjoin(due, due.c.item_id == item.id).outerjoin(
                named, (named.c.tenant_id == item.tenant_id) & (named.c.id == item.product_id)
            )
        )
    )
    at_places: Select[Any] = live.add_columns(due.c.best_before, due.c.quantity).where(due.c.item_id.is_not(None))
    items: Select[Any] = live.add_columns(item.best_before, item.quantity).where(
        item.best_before.between(first, last), _may_be_in_stock(item.quantity), ~_has_dated_places(item)
    )
    variants = catalogue_item.alias("variants").c
    stock = (
        select(cast(func.sum(variants.quantity), BigInteger))
        .where(variants.tenant_id == product.tenant_id, _is_variant_of(variants, product))
        .scalar_subquery()
    )
    products = select(product.id, product.name, product.best_before, stock.label("quantity")).where(
        product.tenant_id == tenant, product.best_before.between(first, last), ~product.is_deleted
    )
    of_products = products.subquery()
    return union_all(at_places, items, select(of_products).where(_may_be_in_stock(of_products.c.quantity)))


def _due_at_places(tenant: int, first: str, last: str) -> Subquery:
    """Items with stock of a date in the range: the earliest, and the quantity of all such stock."""
    level = catalogue_stock_level.c
    return (
        select(level.item_id, func.min(level.best_before).label("best_before"))
        .add_columns(cast(func.sum(level.quantity), BigInteger).label("quantity"))
        .where(level.tenant_id == tenant, level.best_before.between(first, last), level.quantity > 0)
        .group_by(level.item_id)
        .subquery()
    )


def _has_dated_places(item: Any) -> ColumnElement[bool]:
    level = catalogue_stock_level.c
    is_its = (level.tenant_id == item.tenant_id) & (level.item_id == item.id)
    return exists().where(is_its, level.best_before.is_not(None))


def _is_variant_of(variant: Any, product: Any) -> ColumnElement[bool]:
    """A product without variants has its stock under its own id."""
    return or_(variant.product_id == product.id, variant.id == product.id)


def _may_be_in_stock(quantity: ColumnElement[Any]) -> ColumnElement[bool]:
    return or_(quantity.is_(None), quantity > 0)
