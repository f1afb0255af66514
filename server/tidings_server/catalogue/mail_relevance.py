"""Relevance of a mail as it leaves: whether its customer still wants it, and which of its items it is still true of."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from tidings_server.catalogue.consumer import NAME
from tidings_server.catalogue.event_attributes import SCALE, Attributes
from tidings_server.catalogue.store import projection
from tidings_server.catalogue.store.projection import (
    CatalogueCustomer,
    CatalogueItem,
    CatalogueKey,
    CatalogueProduct,
    CatalogueRow,
    WishlistItem,
)
from tidings_server.catalogue.store.wishlists import BACK_IN_STOCK, LOW_STOCK, PRICE_DROP
from tidings_server.log.store import consumers
from tidings_server.mail.addresses import NO_ADDRESS, known_address
from tidings_server.mail.consent import GONE, NOTHING_LEFT, OPTED_OUT, ConsentVerdict
from tidings_server.storage.database import Database
from tidings_server.storage.log.shards import shard_of_tenant

MAX_BEHIND: Final = 1_000
"""Events that the catalogue may be behind the log before it is no witness: a rebuild starts at the first event."""


class _Rows(NamedTuple):
    """Rows of a tenant's catalogue at one moment."""

    tenant: int
    rows: Mapping[CatalogueKey, CatalogueRow]

    def get(self, kind: type[CatalogueRow], *ids: str) -> CatalogueRow | None:
        return self.rows.get((kind, (self.tenant, *ids)))


class MailRelevance:
    """Looks again at what a mail to a customer was selected by."""

    def __init__(self, database: Database, *, low_at: int) -> None:
        """`low_at` is the quantity at which stock is low."""
        self._database = database
        self._low_at = low_at * SCALE

    async def verdict(
        self, tenant: int, customer: str, *, kind: str, items: Sequence[Mapping[str, Any]]
    ) -> ConsentVerdict:
        """Whether a mail of a kind of notification, about these items, may leave now, and with which of them."""
        variants = [str(each["variant_id"]) for each in items]
        keys: list[CatalogueKey] = [(CatalogueCustomer, (tenant, customer))]
        keys += [(WishlistItem, (tenant, customer, each)) for each in variants]
        keys += [(CatalogueItem, (tenant, each)) for each in variants]
        async with self._database.read() as conn:
            position = await consumers.position_in(conn, NAME, shard_of_tenant(tenant))
            rows = await projection.find(conn, keys)
            products = [_product_key(row) for row in rows.values() if isinstance(row, CatalogueItem)]
            known = _Rows(tenant, {**rows, **await projection.find(conn, products)})
        if self._database.heads.of_tenant(tenant).seq - position > MAX_BEHIND:
            return ConsentVerdict(is_certain=False)
        row = known.get(CatalogueCustomer, customer)
        if not isinstance(row, CatalogueCustomer):
            return ConsentVerdict(GONE)
        if not row.opt_in:
            return ConsentVerdict(OPTED_OUT)
        left = [str(each["variant_id"]) for each in items if self._is_news(known, customer, kind, each)]
        address = known_address(row.email)
        refusal = NO_ADDRESS if address is None else NOTHING_LEFT if items and not left else ""
        return ConsentVerdict(refusal, left, to=address or "")

    def _is_news(self, known: _Rows, customer: str, kind: str, listed: Mapping[str, Any]) -> bool:
        """Whether the customer still waits for an item, and what the mail says of it is still true."""
        variant = str(listed["variant_id"])
        item = known.get(CatalogueItem, variant)
        if known.get(WishlistItem, customer, variant) is None:
            return False
        if not isinstance(item, CatalogueItem):
            return not _was_known(listed)
        product = known.get(CatalogueProduct, item.product_id)
        if item.is_deleted or (isinstance(product, CatalogueProduct) and product.is_deleted):
            return False
        return self._is_true(kind, item, listed)

    def _is_true(self, kind: str, item: CatalogueItem, listed: Mapping[str, Any]) -> bool:
        quantity = item.quantity or 0
        if kind == PRICE_DROP:
            said = Attributes(listed).number("price")
            is_same_money = item.price is not None and item.currency == listed.get("currency")
            return is_same_money and (said is None or (item.price or 0) <= said)
        if kind == LOW_STOCK:
            return 0 < quantity <= self._low_at
        return kind != BACK_IN_STOCK or quantity > 0


def _was_known(item: Mapping[str, Any]) -> bool:
    """Whether the catalogue knew the item when the mail was written."""
    return bool(item.get("name") or item.get("price") or item.get("quantity"))


def _product_key(item: CatalogueItem) -> CatalogueKey:
    return (CatalogueProduct, (item.tenant_id, item.product_id))
