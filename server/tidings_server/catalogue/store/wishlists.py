"""SQL of notifications on wishlists: items that are due, one statement for each kind, and what was sent.

A notification is due when the event that caused it is later than the cause of the last one of its kind that the
customer was sent about the item. Items are read in pages of whole customers.
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
    false,
    func,
    literal,
    null,
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
STOCK_KINDS: Final = frozenset({BACK_IN_STOCK, LOW_STOCK})

MAX_ROWS: Final = 20_000
"""Wishlist items of one page; a customer with more of them gets no notification of the rest."""


class DueItem(NamedTuple):
    """A wishlist item due for a notification. `seq` is the causing event, `old_price` the price before a price drop."""

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
    """Record of a notification that a customer was sent about an item; fields in the order of the columns."""

    tenant_id: int
    customer_id: str
    item_id: str
    kind: str
    seq: int
    price: int | None
    currency: str
    at: int
    run_id: str


class NotificationQuery(NamedTuple):
    """Parameters of a selection.

    `low_at` is in ten-thousandths. A reminder is due where nothing was sent after `mailed_before` (µs), stock where
    nothing of the kind was sent after `quiet_since`: stock that comes and goes is one mail.
    """

    tenant: int
    kind: str
    low_at: int
    mailed_before: int
    quiet_since: int


async def page_end(conn: AsyncConnection, tenant: int, *, after: str, items: int) -> str | None:
    """Last customer of the page of about `items` wishlist items after the customer `after`; None at the end."""
    query = select(wishlist_item.c.customer_id).where(
        wishlist_item.c.tenant_id == tenant, wishlist_item.c.customer_id > after
    )
    ordered = query.order_by(wishlist_item.c.customer_id)
    nth = (await conn.execute(ordered.limit(1).offset(items - 1))).scalar_one_or_none()
    if nth is not None:
        return str(nth)
    left = query.subquery()
    last: str | None = (await conn.execute(select(func.max(left.c.customer_id)))).scalar_one()
    return last


async def due(conn: AsyncConnection, query: NotificationQuery, *, after: str, upto: str) -> list[DueItem]:
    """Due items of the customers after `after` up to `upto`, by customer, latest cause first."""
    parameters = {"of_tenant": query.tenant, "after": after, "upto": upto}
    if query.kind == LOW_STOCK:
        parameters["low_at"] = query.low_at
    if query.kind == REMINDER:
        parameters["mailed_before"] = query.mailed_before
    if query.kind in STOCK_KINDS:
        parameters["quiet_since"] = query.quiet_since
    rows = await conn.execute(_DUE[query.kind], parameters)
    return [DueItem._make(row) for row in rows]


async def customers_mailed_in_run(
    conn: AsyncConnection, tenant: int, run_id: str, *, after: str, upto: str
) -> set[str]:
    """Customers after `after` up to `upto` that a run has mailed already."""
    query = select(sent_notification.c.customer_id).where(
        sent_notification.c.tenant_id == tenant,
        sent_notification.c.customer_id > after,
        sent_notification.c.customer_id <= upto,
        sent_notification.c.run_id == run_id,
    )
    return set((await conn.execute(query)).scalars())


async def last_sent(
    conn: AsyncConnection, query: NotificationQuery, customers: Collection[str]
) -> dict[tuple[str, str], tuple[int, int]]:
    """Last notifications of a kind by (customer, item), as (causing event, time); at most 1,000 customers."""
    statement = select(
        sent_notification.c.customer_id, sent_notification.c.item_id, sent_notification.c.seq, sent_notification.c.at
    ).where(
        sent_notification.c.tenant_id == query.tenant,
        sent_notification.c.kind == query.kind,
        sent_notification.c.customer_id.in_(sorted(customers)),
    )
    return {(row.customer_id, row.item_id): (row.seq, row.at) for row in await conn.execute(statement)}


async def record_sent(conn: AsyncConnection, rows: Sequence[SentNotification]) -> None:
    """Store notifications, each as the last of its kind about its item."""
    await upsert_rows(
        conn,
        sent_notification,
        rows,
        key="tenant_id, customer_id, item_id, kind",
        changed=("seq", "price", "currency", "at", "run_id"),
    )


def _of_wishlist_item(table: Any) -> tuple[ColumnElement[bool], ...]:
    """Join condition of notifications with the wishlist item."""
    wish = wishlist_item.c
    return (
        table.c.tenant_id == wish.tenant_id,
        table.c.customer_id == wish.customer_id,
        table.c.item_id == wish.item_id,
    )


_last: Final = sent_notification.alias("last")
"""The last notification of the same kind that the customer was sent about the item."""

_any: Final = sent_notification.alias("any_kind")
_product: Final = catalogue_product.alias("product")
_last_seq: Final = func.coalesce(_last.c.seq, 0)
_old_price: Final = case(
    (  # an item added again later starts with the price at that time
        and_(_last.c.seq > wishlist_item.c.seq, _last.c.currency == catalogue_item.c.currency),
        _last.c.price,
    ),
    (wishlist_item.c.currency == catalogue_item.c.currency, wishlist_item.c.price),
)
"""Price in the item's currency that a drop is measured by; null where neither mail nor wish knows one."""

_reference: Final = func.coalesce(_old_price, catalogue_item.c.first_price)
_low_at: Final = bindparam("low_at", type_=BigInteger)
_is_quiet_over: Final = func.coalesce(_last.c.at, -1) <= bindparam("quiet_since", type_=BigInteger)

_CAUSES: Final[Mapping[str, ColumnElement[int]]] = {
    BACK_IN_STOCK: catalogue_item.c.restocked_seq,
    LOW_STOCK: catalogue_item.c.low_seq,
    PRICE_DROP: catalogue_item.c.price_seq,
    REMINDER: wishlist_item.c.seq,
}
_CONDITIONS: Final[Mapping[str, Sequence[ColumnElement[bool]]]] = {
    BACK_IN_STOCK: (
        catalogue_item.c.restocked_seq > wishlist_item.c.seq,
        catalogue_item.c.restocked_seq > _last_seq,
        catalogue_item.c.quantity > 0,
        _is_quiet_over,
    ),
    LOW_STOCK: (
        catalogue_item.c.low_seq > _last_seq,
        catalogue_item.c.quantity.between(1, _low_at),
        _is_quiet_over,
    ),
    PRICE_DROP: (
        catalogue_item.c.price_seq > wishlist_item.c.seq,
        catalogue_item.c.price_seq > _last_seq,
        catalogue_item.c.price < _reference,
    ),
    REMINDER: (
        ~exists().where(
            *_of_wishlist_item(_any),
            _any.c.at > bindparam("mailed_before", type_=BigInteger),
        ),
    ),
}
"""Conditions besides the customer's consent. A reminder repeats when nothing was sent for a while. A restock and a new
price count only after the item was put on the wishlist, low stock at any time."""


def _select(kind: str) -> Select[Any]:
    wish, item, customer = wishlist_item.c, catalogue_item.c, catalogue_customer.c
    cause = _CAUSES[kind]
    columns = (
        *(wish.customer_id, customer.email, customer.first_name, wish.item_id, func.coalesce(item.product_id, "")),
        *(_described("name"), _described("url"), _described("image"), item.price, func.coalesce(item.currency, "")),
        *((_reference if kind == PRICE_DROP else null()), item.quantity, cause),
    )
    joined = (
        wishlist_item.join(
            catalogue_customer, and_(customer.tenant_id == wish.tenant_id, customer.id == wish.customer_id)
        )
        .join(catalogue_item, and_(item.tenant_id == wish.tenant_id, item.id == wish.item_id), isouter=kind == REMINDER)
        .outerjoin(_product, and_(_product.c.tenant_id == wish.tenant_id, _product.c.id == item.product_id))
        .outerjoin(_last, and_(*_of_wishlist_item(_last), _last.c.kind == literal(kind)))
    )
    selected = (
        wish.tenant_id == bindparam("of_tenant", type_=Integer),
        wish.customer_id > bindparam("after", type_=String),
        wish.customer_id <= bindparam("upto", type_=String),
        customer.opt_in,
        func.coalesce(item.is_deleted, false()) == false(),
        func.coalesce(_product.c.is_deleted, false()) == false(),
        customer.email != "",
    )
    query = select(*columns).select_from(joined).where(*selected, *_CONDITIONS[kind])
    return query.order_by(wish.customer_id, cause.desc(), wish.item_id).limit(MAX_ROWS)


def _described(name: str) -> ColumnElement[str]:
    """The item's own value, else its product's."""
    return func.coalesce(func.nullif(catalogue_item.c[name], ""), _product.c[name], "")


_DUE: Final = {kind: _select(kind) for kind in _CONDITIONS}
