"""Which wishes a notification is due for: one statement a kind, read in pages of whole customers.

A fact is new when the event that caused it lies after what the customer was last mailed of that kind about the item.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.catalogue.store.tables import mailed, shop_customer, shop_item, shop_product, shop_wish
from tidings_server.storage.bulk_insert import upsert_rows

BACK_IN_STOCK: Final = "BACK_IN_STOCK"
LOW_STOCK: Final = "LOW_STOCK"
PRICE_DROP: Final = "PRICE_DROP"
REMINDER: Final = "REMINDER"

MAX_ROWS: Final = 20_000
"""Wishes of one page: that of a customer with more is cut."""


class Due(NamedTuple):
    """A wish that its customer should hear of. `seq` is the event that caused it, `old_price` what it cost before."""

    customer_id: str
    email: str
    first_name: str
    item_id: str
    product_id: str
    name: str
    url: str
    image: str
    price: int | None
    currency: str
    old_price: int | None
    quantity: int | None
    seq: int


class Mailed(NamedTuple):
    """That a customer was mailed about an item, in the order of the table's columns."""

    tenant_id: int
    customer_id: str
    item_id: str
    kind: str
    seq: int
    price: int | None
    at: int
    run_id: str


class Search(NamedTuple):
    """What is looked for. `low_at` is in ten-thousandths; reminders leave out what was mailed after `mailed_before`."""

    tenant: int
    kind: str
    low_at: int
    mailed_before: int


async def page_end(conn: AsyncConnection, tenant: int, *, after: str, wishes: int) -> str | None:
    """The last customer of the page of about so many wishes after the customer `after`; None when there is none."""
    query = select(shop_wish.c.customer_id).where(shop_wish.c.tenant_id == tenant, shop_wish.c.customer_id > after)
    ordered = query.order_by(shop_wish.c.customer_id)
    nth = (await conn.execute(ordered.limit(1).offset(wishes - 1))).scalar_one_or_none()
    if nth is not None:
        return str(nth)
    left = query.subquery()
    last: str | None = (await conn.execute(select(func.max(left.c.customer_id)))).scalar_one()
    return last


async def due(conn: AsyncConnection, search: Search, *, after: str, upto: str) -> list[Due]:
    """The wishes of a page of customers that are due, by customer, the latest cause first."""
    parameters = {"of_tenant": search.tenant, "after": after, "upto": upto}
    if search.kind == LOW_STOCK:
        parameters["low_at"] = search.low_at
    if search.kind == REMINDER:
        parameters["mailed_before"] = search.mailed_before
    rows = await conn.execute(_DUE[search.kind], parameters)
    return [Due._make(row) for row in rows]


async def mailed_in(conn: AsyncConnection, tenant: int, run_id: str, *, after: str, upto: str) -> set[str]:
    """The customers of a page that a run has mailed already."""
    query = select(mailed.c.customer_id).where(
        mailed.c.tenant_id == tenant,
        mailed.c.customer_id > after,
        mailed.c.customer_id <= upto,
        mailed.c.run_id == run_id,
    )
    return set((await conn.execute(query)).scalars())


async def last_mailed(
    conn: AsyncConnection, search: Search, customers: Collection[str]
) -> dict[tuple[str, str], tuple[int, int]]:
    """What these customers (at most 1,000) were last mailed of a kind: (customer, item) → (causing event, when)."""
    query = select(mailed.c.customer_id, mailed.c.item_id, mailed.c.seq, mailed.c.at).where(
        mailed.c.tenant_id == search.tenant,
        mailed.c.kind == search.kind,
        mailed.c.customer_id.in_(sorted(customers)),
    )
    return {(row.customer_id, row.item_id): (row.seq, row.at) for row in await conn.execute(query)}


async def note(conn: AsyncConnection, rows: Sequence[Mailed]) -> None:
    """Keep what was mailed, each as the last of its kind."""
    await upsert_rows(
        conn, mailed, rows, key="tenant_id, customer_id, item_id, kind", changed=("seq", "price", "at", "run_id")
    )


def _of_wish(table: Any) -> tuple[ColumnElement[bool], ...]:
    """The rows of `mailed` about the wish."""
    wish = shop_wish.c
    return (
        table.c.tenant_id == wish.tenant_id,
        table.c.customer_id == wish.customer_id,
        table.c.item_id == wish.item_id,
    )


_last: Final = mailed.alias("last")
"""What the customer was last mailed of this kind about the item."""

_any: Final = mailed.alias("any_kind")
_product: Final = shop_product.alias("product")
_last_seq: Final = func.coalesce(_last.c.seq, 0)
_old_price: Final = case(
    (_last.c.seq > shop_wish.c.seq, _last.c.price),  # who has wished anew since starts with the price of then
    else_=func.coalesce(shop_wish.c.price, shop_item.c.first_price),
)
_low_at: Final = bindparam("low_at", type_=BigInteger)

_CAUSES: Final[Mapping[str, ColumnElement[int]]] = {
    BACK_IN_STOCK: shop_item.c.restocked_seq,
    LOW_STOCK: shop_item.c.low_seq,
    PRICE_DROP: shop_item.c.price_seq,
    REMINDER: shop_wish.c.seq,
}
_HOLDS: Final[Mapping[str, Sequence[ColumnElement[bool]]]] = {
    BACK_IN_STOCK: (
        shop_item.c.restocked_seq > shop_wish.c.seq,
        shop_item.c.restocked_seq > _last_seq,
        shop_item.c.quantity > 0,
    ),
    LOW_STOCK: (
        shop_item.c.low_seq > _last_seq,
        shop_item.c.quantity.between(1, _low_at),
    ),
    PRICE_DROP: (
        shop_item.c.price_seq > shop_wish.c.seq,
        shop_item.c.price_seq > _last_seq,
        shop_item.c.price < _old_price,
        or_(shop_wish.c.price.is_(None), shop_wish.c.currency == shop_item.c.currency),
    ),
    REMINDER: (
        ~exists().where(
            *_of_wish(_any),
            _any.c.at > bindparam("mailed_before", type_=BigInteger),
        ),
    ),
}
"""What must hold beside the customer's consent. A reminder follows from the wish, as often as nothing was mailed for a
while. A return and a new price count after the wish; that only a few are left is news whenever it is wished for."""


def _select(kind: str) -> Select[Any]:
    wish, item, customer = shop_wish.c, shop_item.c, shop_customer.c
    cause = _CAUSES[kind]
    columns = (
        *(wish.customer_id, customer.email, customer.first_name, wish.item_id, func.coalesce(item.product_id, "")),
        *(_described("name"), _described("url"), _described("image"), item.price, func.coalesce(item.currency, "")),
        *((_old_price if kind == PRICE_DROP else null()), item.quantity, cause),
    )
    joined = (
        shop_wish.join(shop_customer, and_(customer.tenant_id == wish.tenant_id, customer.id == wish.customer_id))
        .join(shop_item, and_(item.tenant_id == wish.tenant_id, item.id == wish.item_id), isouter=kind == REMINDER)
        .outerjoin(_product, and_(_product.c.tenant_id == wish.tenant_id, _product.c.id == item.product_id))
        .outerjoin(_last, and_(*_of_wish(_last), _last.c.kind == literal(kind)))
    )
    wanted = (
        wish.tenant_id == bindparam("of_tenant", type_=Integer),
        wish.customer_id > bindparam("after", type_=String),
        wish.customer_id <= bindparam("upto", type_=String),
        customer.opt_in,
        customer.email != "",
    )
    query = select(*columns).select_from(joined).where(*wanted, *_HOLDS[kind])
    return query.order_by(wish.customer_id, cause.desc(), wish.item_id).limit(MAX_ROWS)


def _described(name: str) -> ColumnElement[str]:
    """What the item says of itself, else its product."""
    return func.coalesce(func.nullif(shop_item.c[name], ""), _product.c[name], "")


_DUE: Final = {kind: _select(kind) for kind in _HOLDS}
