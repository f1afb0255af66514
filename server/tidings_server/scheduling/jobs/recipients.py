"""Recipients of notification jobs: customers of the catalogue, and what they still wait for as a mail leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple, Protocol

from tidings_server.catalogue.consumer import NAME as CATALOGUE_CONSUMER
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
from tidings_server.catalogue.store.wishlists import BACK_IN_STOCK, LOW_STOCK, PRICE_DROP, REMINDER
from tidings_server.delivery.message import ErrorType, Outcome, OutcomeKind
from tidings_server.log.store import consumers
from tidings_server.mail.addresses import known_address
from tidings_server.mail.consent import PendingMail, withdrawn
from tidings_server.mail.requests import EmailRequest
from tidings_server.mail.unsubscribe_links import Recipient
from tidings_server.storage.database import Database

AUDIENCE: Final = "catalogue"
MAX_BEHIND: Final = 10_000
"""Events that the catalogue may be behind a mail before it is no witness: a rebuild starts at the first event."""

BEHIND: Final = Outcome(OutcomeKind.RETRY, error_type=ErrorType.SERVICE, answer="the catalogue is behind the log")
UNKNOWN: Final = withdrawn("the customer was deleted")
OPTED_OUT: Final = withdrawn("the customer has opted out")
DELETED: Final = "the item was deleted"
NO_ADDRESS: Final = withdrawn("the customer has no valid address")


class OptOuts(Protocol):
    """Port to the events of customers."""

    async def record(self, tenant: int, customer_id: str) -> None:
        """Store the event of a customer who opts out."""
        ...


class _Rows(NamedTuple):
    """Rows of the catalogue at one moment; `position` is the last event that they include."""

    rows: Mapping[CatalogueKey, CatalogueRow]
    position: int

    def customer(self, tenant: int, id_: str) -> CatalogueCustomer | None:
        row = self.rows.get((CatalogueCustomer, (tenant, id_)))
        return row if isinstance(row, CatalogueCustomer) else None

    def item(self, tenant: int, id_: str) -> CatalogueItem | None:
        row = self.rows.get((CatalogueItem, (tenant, id_)))
        return row if isinstance(row, CatalogueItem) else None

    def is_gone(self, tenant: int, item: CatalogueItem) -> bool:
        product = self.rows.get((CatalogueProduct, (tenant, item.product_id)))
        return item.is_deleted or (isinstance(product, CatalogueProduct) and product.is_deleted)


class NotificationRecipients:
    """The audience of notification jobs."""

    def __init__(self, database: Database, opt_outs: OptOuts, *, low_at: int) -> None:
        """`low_at` is the quantity at which stock is low."""
        self._database = database
        self._opt_outs = opt_outs
        self._low_at = low_at * SCALE

    async def admit(self, mails: Sequence[PendingMail]) -> list[EmailRequest | Outcome]:
        """Each mail, to the customer's present address and with the items that it is still true of."""
        keys = {key for mail in mails for key in _keys(mail)}
        async with self._database.read() as conn:
            position = await consumers.position(conn, CATALOGUE_CONSUMER) or 0
            rows = await projection.find(conn, keys)
            products = {_product_key(row) for row in rows.values() if isinstance(row, CatalogueItem) and row.product_id}
            known = _Rows({**rows, **await projection.find(conn, products)}, position)
        return [self._admitted(mail, known) for mail in mails]

    async def opt_out(self, recipient: Recipient) -> None:
        async with self._database.read() as conn:
            key: CatalogueKey = (CatalogueCustomer, (recipient.tenant, recipient.customer_id))
            row = (await projection.find(conn, [key])).get(key)
        if isinstance(row, CatalogueCustomer) and row.opt_in is not False:
            await self._opt_outs.record(recipient.tenant, recipient.customer_id)

    def _admitted(self, mail: PendingMail, known: _Rows) -> EmailRequest | Outcome:
        request, tenant = mail.request, mail.tenant
        customer = known.customer(tenant, request.customer_id)
        behind = mail.seq - known.position
        if behind > MAX_BEHIND:
            return BEHIND
        if customer is None:
            return BEHIND if behind > 0 else UNKNOWN
        if not customer.opt_in:
            return OPTED_OUT
        address = known_address(customer.email)
        if address is None:
            return NO_ADDRESS
        reasons = [self._no_longer(mail, listed, known) for listed in _items(request)]
        left = [listed for listed, reason in zip(_items(request), reasons, strict=True) if reason is None]
        if reasons and not left:
            return BEHIND if behind > 0 else withdrawn(str(reasons[0]))
        count = request.data.get("item_count", len(reasons)) - (len(reasons) - len(left))
        return replace(request, to=address, data={**request.data, "items": left, "item_count": count})

    def _no_longer(self, mail: PendingMail, listed: Mapping[str, Any], known: _Rows) -> str | None:
        """The reason why a listed item is no news for the customer any more; None where it is."""
        kind, variant = mail.request.data.get("notification"), str(listed.get("variant_id"))
        item = known.item(mail.tenant, variant)
        if (WishlistItem, (mail.tenant, mail.request.customer_id, variant)) not in known.rows:
            return "the item was bought, or removed from the wishlist"
        if item is None:
            return None if kind == REMINDER else DELETED
        return DELETED if known.is_gone(mail.tenant, item) else self._untrue(kind, item, listed)

    def _untrue(self, kind: Any, item: CatalogueItem, listed: Mapping[str, Any]) -> str | None:
        """The reason why what the mail says of an item is true no more; None where it is."""
        quantity = item.quantity or 0
        if kind == BACK_IN_STOCK and quantity <= 0:
            return "the item is out of stock again"
        if kind == LOW_STOCK and not 0 < quantity <= self._low_at:
            return "the item's stock is low no more"
        if kind == PRICE_DROP and _is_dearer(item, listed):
            return "the item's price has changed"
        return None


def _is_dearer(item: CatalogueItem, listed: Mapping[str, Any]) -> bool:
    """Whether the item costs more than the mail says, or in another currency."""
    said = Attributes(listed).number("price")
    return item.price is None or item.currency != listed.get("currency") or (said is not None and item.price > said)


def _items(request: EmailRequest) -> list[Mapping[str, Any]]:
    return list(request.data.get("items", ()))


def _keys(mail: PendingMail) -> list[CatalogueKey]:
    tenant, customer = mail.tenant, mail.request.customer_id
    variants = [str(each.get("variant_id")) for each in _items(mail.request)]
    keys: list[CatalogueKey] = [(CatalogueCustomer, (tenant, customer))]
    keys += [(WishlistItem, (tenant, customer, variant)) for variant in variants]
    return keys + [(CatalogueItem, (tenant, variant)) for variant in variants]


def _product_key(item: CatalogueItem) -> CatalogueKey:
    return (CatalogueProduct, (item.tenant_id, item.product_id))
