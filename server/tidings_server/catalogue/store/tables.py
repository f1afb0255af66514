"""Tables of the catalogue: customers, wishlist items, items, stock, products, orders; sent notifications.

All but `sent_notification` are a projection of the log, which can be cleared and is built again from the log. Column
conventions: see `storage.tables`. Prices and quantities are whole ten-thousandths. Ids are the producers', at most 200
characters, so that three of them fit into one index row.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from tidings_server.storage.tables import metadata

MAX_ID = 200

catalogue_customer = Table(
    "catalogue_customer",
    metadata,
    Column("tenant_id", Integer, primary_key=True, autoincrement=False),
    Column("id", String(MAX_ID), primary_key=True),
    Column("email", String(1024), nullable=False),
    Column("first_name", String(1024), nullable=False),
    Column("opt_in", Boolean),
    Column("changed_at", BigInteger, nullable=False),
)
"""A customer; `opt_in` is null where nothing was said. `changed_at` is the latest `updated_at` of its events, here and
in the other tables; 0 where they have none."""

wishlist_item = Table(
    "wishlist_item",
    metadata,
    Column("tenant_id", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", String(MAX_ID), primary_key=True),
    Column("item_id", String(MAX_ID), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("price", BigInteger),
    Column("currency", String(16), nullable=False),
    Column("lists", Text, nullable=False),
)
"""`seq` is the event that added the item, `price` the item's price at that moment, null if unknown. `lists` are the
hashes of the lists that it is on, separated by blanks."""

catalogue_item = Table(
    "catalogue_item",
    metadata,
    Column("tenant_id", Integer, primary_key=True, autoincrement=False),
    Column("id", String(MAX_ID), primary_key=True),
    Column("product_id", String(MAX_ID), nullable=False),
    Column("name", String(1024), nullable=False),
    Column("url", Text, nullable=False),
    Column("image", Text, nullable=False),
    Column("price", BigInteger),
    Column("currency", String(16), nullable=False),
    Column("price_seq", BigInteger, nullable=False),
    Column("price_at", BigInteger, nullable=False),
    Column("first_price", BigInteger),
    Column("quantity", BigInteger),
    Column("places", Integer, nullable=False),
    Column("restocked_seq", BigInteger, nullable=False),
    Column("low_seq", BigInteger, nullable=False),
    Column("best_before", String(10)),
    Column("is_deleted", Boolean, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Index("ix_catalogue_item_best_before", "tenant_id", "best_before"),
    Index("ix_catalogue_item_product", "tenant_id", "product_id"),
)
"""A variant of a product. `price_seq`, `restocked_seq` and `low_seq` are the events that last changed its price,
brought it back into stock and made stock low; 0 where there was none. `first_price` is the first known price in the
current currency, for wishlist items that were added before it. `quantity` is the sum over the `places` of
`catalogue_stock_level`. `best_before` is a date, for items whose places have none. A deleted item keeps its row, so
that late events do not revive it."""

catalogue_stock_level = Table(
    "catalogue_stock_level",
    metadata,
    Column("tenant_id", Integer, primary_key=True, autoincrement=False),
    Column("item_id", String(MAX_ID), primary_key=True),
    Column("place", String(MAX_ID), primary_key=True),
    Column("quantity", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("best_before", String(10)),
)
"""Stock of an item at one place; `best_before` is the date of what is there."""

catalogue_product = Table(
    "catalogue_product",
    metadata,
    Column("tenant_id", Integer, primary_key=True, autoincrement=False),
    Column("id", String(MAX_ID), primary_key=True),
    Column("name", String(1024), nullable=False),
    Column("url", Text, nullable=False),
    Column("image", Text, nullable=False),
    Column("best_before", String(10)),
    Column("is_deleted", Boolean, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Index("ix_catalogue_product_best_before", "tenant_id", "best_before"),
)

catalogue_order = Table(
    "catalogue_order",
    metadata,
    Column("tenant_id", Integer, primary_key=True, autoincrement=False),
    Column("id", String(MAX_ID), primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    Column("status", String(128), nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Index("ix_catalogue_order_open", "tenant_id", "is_open", "created_at"),
)

sent_notification = Table(
    "sent_notification",
    metadata,
    Column("tenant_id", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", String(MAX_ID), primary_key=True),
    Column("item_id", String(MAX_ID), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("price", BigInteger),
    Column("currency", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("run_id", String(36), nullable=False),
)
"""The last notification of each kind that a customer was sent about an item. `seq` is the event that caused it: no
event up to it causes the same notification again. Sequence numbers only grow, so the last one covers all before it."""
