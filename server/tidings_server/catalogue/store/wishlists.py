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

from tidings_server.catalogue.store.tables import (
    catalogue_customer,
    catalogue_item,
    catalogue_product,
    sent_notification,
    wishlist_item,
)
from tidings_server.storage.bulk_insert import upsert_rows

BACK_IN_STOCK: Final = "BACK_IN_STOCK"
LOW_STOCK: Final = "LOW_STOCK"
PRICE_DROP: Final = "PRICE_DROP"
REMINDER: Final = "REMINDER"

MAX_ROWS: Final = 20_000
"""Wishes of one page: that of a customer with more is cut."""


class DueItem(NamedTuple):
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


class SentNotification(NamedTuple):
    """That a customer was mailed about an item, in the order of the table's columns."""

    tenant_id: int
    customer_id: str
    item_id: str
    kind: str
    seq: int
    price: int | None
    at: int
    run_id: str


class NotificationQuery(NamedTuple):
    """What is looked for. `low_at` is in ten-thousandths; reminders leave out what was mailed after `mailed_before`."""

    tenant: int
    kind: str
    low_at: int
    mailed_before: int


async def page_end(conn: AsyncConnection, tenant: int, *, after: str, wishes: int) -> str | None:
    """The last customer of the page of about so many wishes after the customer `after`; None when there is none."""
    query = select(wishlist_item.c.customer_id).where(
        wishlist_item.c.tenant_id == tenant, wishlist_item.c.customer_id > after
    )
    ordered = query.order_by(wishlist_item.c.customer_id)
    nth = (await conn.execute(ordered.limit(1).offset(wishes - 1))).scalar_one_or_none()
    if nth is not None:
        return str(nth)
    left = query.subquery()
    last: str | None = (await conn.execute(select(func.max(left.c.customer_id)))).scalar_one()
    return last


async def due(conn: AsyncConnection, search: NotificationQuery, *, after: str, upto: str) -> list[DueItem]:
    """The wishes of a page of customers that are due, by customer, the latest cause first."""
    parameters = {"of_tenant": search.tenant, "after": after, "upto": upto}
    if search.kind == LOW_STOCK:
        parameters["low_at"] = search.low_at
    if search.kind == REMINDER:
        parameters["mailed_before"] = search.mailed_before
    rows = await conn.execute(_DUE[search.kind], parameters)
    return [DueItem._make(row) for row in rows]


async def customers_mailed_in_run(
    conn: AsyncConnection, tenant: int, run_id: str, *, after: str, upto: str
) -> set[str]:
    """The customers of a page that a run has mailed already."""
    query = select(sent_notification.c.customer_id).where(
        sent_notification.c.tenant_id == tenant,
        sent_notification.c.customer_id > after,
        sent_notification.c.customer_id <= upto,
        sent_notification.c.run_id == run_id,
    )
    return set((await conn.execute(query)).scalars())


async def last_sent(
    conn: AsyncConnection, search: NotificationQuery, customers: Collection[str]
) -> dict[tuple[str, str], tuple[int, int]]:
    """What these customers (at most 1,000) were last mailed of a kind: (customer, item) → (causing event, when)."""
    query = select(
        sent_notification.c.customer_id, sent_notification.c.item_id, sent_notification.c.seq, sent_notification.c.at
    ).where(
        sent_notification.c.tenant_id == search.tenant,
        sent_notification.c.kind == search.kind,
        sent_notification.c.customer_id.in_(sorted(customers)),
    )
    return {(row.customer_id, row.item_id): (row.seq, row.at) for row in await conn.execute(query)}


async def record_sent(conn: AsyncConnection, rows: Sequence[SentNotification]) -> None:
    """Keep what was mailed, each as the last of its kind."""
    await upsert_rows(
        conn,
        sent_notification,
        rows,
        key="tenant_id, customer_id, item_id, kind",
        changed=("seq", "price", "at", "run_id"),
    )


def _of_wish(table: Any) -> tuple[ColumnElement[bool], ...]:
    """The rows of `sent_notification` about the wish."""
    wish = wishlist_item.c
    return (
        table.c.tenant_id == wish.tenant_id,
        table.c.customer_id == wish.customer_id,
        table.c.item_id == wish.item_id,
    )


_last: Final = sent_notification.alias("last")
"""What the customer was last mailed of this kind about the item."""

_any: Final = sent_notification.alias("any_kind")
_product: Final = catalogue_product.alias("product")
_last_seq: Final = func.coalesce(_last.c.seq, 0)
_old_price: Final = case(
    (_last.c.seq > wishlist_item.c.seq, _last.c.price),  # who has wished anew since starts with the price of then
    else_=func.coalesce(wishlist_item.c.price, catalogue_item.c.first_price),
)
_low_at: Final = bindparam("low_at", type_=BigInteger)

_CAUSES: Final[Mapping[str, ColumnElement[int]]] = {
    BACK_IN_STOCK: catalogue_item.c.restocked_seq,
    LOW_STOCK: catalogue_item.c.low_seq,
    PRICE_DROP: catalogue_item.c.price_seq,
    REMINDER: wishlist_item.c.seq,
}
_HOLDS: Final[Mapping[str, Sequence[ColumnElement[bool]]]] = {
    BACK_IN_STOCK: (
        catalogue_item.c.restocked_seq > wishlist_item.c.seq,
        catalogue_item.c.restocked_seq > _last_seq,
        catalogue_item.c.quantity > 0,
    ),
    LOW_STOCK: (
        catalogue_item.c.low_seq > _last_seq,
        catalogue_item.c.quantity.between(1, _low_at),
    ),
    PRICE_DROP: (
        catalogue_item.c.price_seq > wishlist_item.c.seq,
        catalogue_item.c.price_seq > _last_seq,
        catalogue_item.c.price < _old_price,
        or_(wishlist_item.c.price.is_(None), wishlist_item.c.currency == catalogue_item.c.currency),
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
    wish, item, customer = wishlist_item.c, catalogue_item.c, catalogue_customer.c
    cause = _CAUSES[kind]
    columns = (
        *(wish.customer_id, customer.email, customer.first_name, wish.item_id, func.coalesce(item.product_id, "")),
        *(_described("name"), _described("url"), _described("image"), item.price, func.coalesce(item.currency, "")),
        *((_old_price if kind == PRICE_DROP else null()), item.quantity, cause),
    )
    joined = (
        wishlist_item.join(
            catalogue_customer, and_(customer.tenant_id == wish.tenant_id, customer.id == wish.customer_id)
        )
        .join(catalogue_item, and_(item.tenant_id == wish.tenant_id, item.id == wish.item_id), isouter=kind == REMINDER)
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
    return func.coalesce(func.nullif(catalogue_item.c[name], ""), _product.c[name], "")


_DUE: Final = {kind: _select(kind) for kind in _HOLDS}
