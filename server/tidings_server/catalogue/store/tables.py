"""Tables of what the log says of a shop: customers, wishes, items with price and stock, orders; and what was mailed.

All but `mailed` are a projection, which can be dropped and is built again from the log. See `tables` for what columns
have in common. Prices and quantities are whole ten-thousandths. Ids are those of producers, at most 200 characters, so
that three of them fit into one index row.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from tidings_server.storage.tables import metadata

MAX_ID = 200

shop_customer = Table(
    "shop_customer",
    metadata,
    Column("tenant_id", Integer, primary_key=True, autoincrement=False),
    Column("id", String(MAX_ID), primary_key=True),
    Column("email", String(1024), nullable=False),
    Column("first_name", String(1024), nullable=False),
    Column("opt_in", Boolean, nullable=False),
)

shop_wish = Table(
    "shop_wish",
    metadata,
    Column("tenant_id", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", String(MAX_ID), primary_key=True),
    Column("item_id", String(MAX_ID), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("price", BigInteger),
    Column("currency", String(16), nullable=False),
)
"""`seq` is the event that wished, `price` that of the item at that moment, if it was known."""

shop_item = Table(
    "shop_item",
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
    Column("first_price", BigInteger),
    Column("quantity", BigInteger),
    Column("restocked_seq", BigInteger, nullable=False),
    Column("low_seq", BigInteger, nullable=False),
    Column("best_before", String(10)),
    Index("ix_shop_item_best_before", "tenant_id", "best_before"),
    Index("ix_shop_item_product", "tenant_id", "product_id"),
)
"""A variant of a product. The events that last changed its price, brought it back into stock and let it run low are
0 where there was none. `first_price` is the first that was known, for wishes from before. `best_before` is a date."""

shop_product = Table(
    "shop_product",
    metadata,
    Column("tenant_id", Integer, primary_key=True, autoincrement=False),
    Column("id", String(MAX_ID), primary_key=True),
    Column("name", String(1024), nullable=False),
    Column("url", Text, nullable=False),
    Column("image", Text, nullable=False),
    Column("best_before", String(10)),
    Index("ix_shop_product_best_before", "tenant_id", "best_before"),
)

shop_order = Table(
    "shop_order",
    metadata,
    Column("tenant_id", Integer, primary_key=True, autoincrement=False),
    Column("id", String(MAX_ID), primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    Column("status", String(128), nullable=False),
    Column("is_open", Boolean, nullable=False),
    Index("ix_shop_order_open", "tenant_id", "is_open", "created_at"),
)

mailed = Table(
    "mailed",
    metadata,
    Column("tenant_id", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", String(MAX_ID), primary_key=True),
    Column("item_id", String(MAX_ID), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("price", BigInteger),
    Column("at", BigInteger, nullable=False),
    Column("run_id", String(36), nullable=False),
)
"""The last fact of a kind that a customer was mailed about an item: `seq` is the event that caused it, so nothing up to
it is mailed again. Positions only grow, so the last says it for all before."""
