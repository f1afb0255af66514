"""What each kind of collector event says of a shop: which events and attributes count; docs/mail.md tells it to users.

| entity (`entity_name`) | operation | attributes | becomes |
|---|---|---|---|
| CUSTOMER (`entity_id`: the customer) | create, update | `email` `first_name` `opt_in` | whom mail may go to |
| WISHLIST, WISHLIST_ITEM | create adds, delete removes | `customer_id` `variant_id` | a wish |
| INVENTORY_LEVEL | create, update | `variant_id` `quantity` `best_before` | the item's stock, over all places |
| PRICE | create, update | `variant_id` `price` `currency` | the item's price |
| VARIANT_PRODUCT (`entity_id`: the variant) | create, update | `name` `url` `image` `product_id` | the item |
| PRODUCT (`entity_id`: the product) | create, update | `name` `url` `image` `best_before` | what its items lack |
| ORDER (`entity_id`: the order) | create, update | `status` | an order, open until DELIVERED or CANCELLED |

Attributes are the event's `key_attributes`, else those of the JSON object in its payload. An absent one leaves what was
known; `delete` removes it; reads, faults, warnings and system events say nothing. Source: the Event Collector's page on
entities, and DESIGN.md for topics.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from tidings_server.catalogue.event_attributes import SCALE, Attributes
from tidings_server.catalogue.projection_state import ProjectionState
from tidings_server.catalogue.store.projection import (
    CatalogueCustomer,
    CatalogueItem,
    CatalogueKey,
    CatalogueOrder,
    CatalogueProduct,
    WishlistItem,
)
from tidings_server.log import topics

DELIVERED: Final = "DELIVERED"
CANCELLED: Final = "CANCELLED"
CLOSING: Final = frozenset({DELIVERED, CANCELLED})
MAX_STATUS: Final = 128
MAX_CURRENCY: Final = 16

T = TypeVar("T")

CHANGES: Final = frozenset({topics.CREATED, topics.UPDATED})


@dataclass(frozen=True, slots=True)
class EntityEvent:
    """One event: its position, the tenant, the id of its entity if it fits, what happened, and when (µs)."""

    seq: int
    tenant: int
    id: str | None
    verb: str
    at_us: int
    attributes: Attributes

    @property
    def is_deleted(self) -> bool:
        return self.verb == topics.DELETED

    @property
    def variant(self) -> str | None:
        return self.attributes.id("variant_id")


@dataclass(frozen=True, slots=True)
class ProjectionChange:
    """What one event changes: the rows to know beforehand, and the change."""

    keys: tuple[CatalogueKey, ...]
    fold: Callable[[ProjectionState], None]


def _customer(told: EntityEvent) -> ProjectionChange | None:
    if told.id is None:
        return None
    key: CatalogueKey = (CatalogueCustomer, (told.tenant, told.id))

    def fold(state: ProjectionState) -> None:
        if told.is_deleted:
            state.drop(key)
            return
        known, given = state.customer(key), told.attributes
        state.put(
            known._replace(
                email=_or(given.text("email"), known.email),
                first_name=_or(given.text("first_name"), known.first_name),
                opt_in=_or(given.flag("opt_in"), known.opt_in),
            )
        )

    return ProjectionChange((key,), fold)


def _wish(told: EntityEvent) -> ProjectionChange | None:
    customer, variant = told.attributes.id("customer_id"), told.variant
    if customer is None or variant is None or told.verb == topics.UPDATED:
        return None
    key: CatalogueKey = (WishlistItem, (told.tenant, customer, variant))
    about: CatalogueKey = (CatalogueItem, (told.tenant, variant))

    def fold(state: ProjectionState) -> None:
        if told.is_deleted:
            state.drop(key)
        elif not state.has(key):
            item = state.item(about)
            state.put(WishlistItem(told.tenant, customer, variant, told.seq, item.price, item.currency))

    return ProjectionChange((key, about), fold)


def _stock(told: EntityEvent, *, low_at: int) -> ProjectionChange | None:
    variant = told.variant
    if variant is None:
        return None
    key: CatalogueKey = (CatalogueItem, (told.tenant, variant))

    def fold(state: ProjectionState) -> None:
        known, given = state.item(key), told.attributes
        if told.is_deleted:
            state.put(known._replace(quantity=None, best_before=None))
            return
        before, now = known.quantity, _or(given.number("quantity"), known.quantity)
        came_back = before is not None and now is not None and before <= 0 < now
        ran_low = before is not None and now is not None and now <= low_at * SCALE < before
        state.put(
            known._replace(
                quantity=now,
                restocked_seq=told.seq if came_back else known.restocked_seq,
                low_seq=told.seq if ran_low else known.low_seq,
                best_before=_or(given.date("best_before"), known.best_before),
            )
        )

    return ProjectionChange((key,), fold)


def _price(told: EntityEvent) -> ProjectionChange | None:
    variant, price = told.variant, told.attributes.number("price")
    if variant is None or (price is None and not told.is_deleted):
        return None
    key: CatalogueKey = (CatalogueItem, (told.tenant, variant))

    def fold(state: ProjectionState) -> None:
        known = state.item(key)
        if told.is_deleted:
            state.put(known._replace(price=None, first_price=None))
            return
        currency = _or(told.attributes.text("currency", max_length=MAX_CURRENCY), known.currency)
        if (price, currency) != (known.price, known.currency):
            first = price if known.first_price is None or currency != known.currency else known.first_price
            state.put(known._replace(price=price, currency=currency, price_seq=told.seq, first_price=first))

    return ProjectionChange((key,), fold)


def _variant(told: EntityEvent) -> ProjectionChange | None:
    if told.id is None:
        return None
    key: CatalogueKey = (CatalogueItem, (told.tenant, told.id))

    def fold(state: ProjectionState) -> None:
        if told.is_deleted:
            state.drop(key)
            return
        known, given = state.item(key), told.attributes
        state.put(
            known._replace(
                product_id=_or(given.id("product_id"), known.product_id),
                name=_or(given.text("name"), known.name),
                url=_or(given.url("url"), known.url),
                image=_or(given.url("image"), known.image),
            )
        )

    return ProjectionChange((key,), fold)


def _product(told: EntityEvent) -> ProjectionChange | None:
    if told.id is None:
        return None
    key: CatalogueKey = (CatalogueProduct, (told.tenant, told.id))

    def fold(state: ProjectionState) -> None:
        if told.is_deleted:
            state.drop(key)
            return
        known, given = state.product(key), told.attributes
        state.put(
            known._replace(
                name=_or(given.text("name"), known.name),
                url=_or(given.url("url"), known.url),
                image=_or(given.url("image"), known.image),
                best_before=_or(given.date("best_before"), known.best_before),
            )
        )

    return ProjectionChange((key,), fold)


def _order(told: EntityEvent) -> ProjectionChange | None:
    """An order that was only ever updated is not known to have been created."""
    if told.id is None:
        return None
    key: CatalogueKey = (CatalogueOrder, (told.tenant, told.id))

    def fold(state: ProjectionState) -> None:
        if told.is_deleted:
            state.drop(key)
            return
        if not state.has(key) and told.verb != topics.CREATED:
            return
        known = state.order(key)
        status = _or(told.attributes.text("status", max_length=MAX_STATUS), known.status)
        is_open = known.is_open and status.upper() not in CLOSING
        state.put(known._replace(created_at=known.created_at or told.at_us, status=status, is_open=is_open))

    return ProjectionChange((key,), fold)


def change_of(told: EntityEvent, entity: str, *, low_at: int) -> ProjectionChange | None:
    """What an event says, None when nothing. `low_at` is the quantity at which stock is low."""
    if told.verb not in CHANGES and not told.is_deleted:
        return None
    if entity == STOCK:
        return _stock(told, low_at=low_at)
    reader = _READERS.get(entity)
    return reader(told) if reader else None


STOCK: Final = "INVENTORY_LEVEL"
_READERS: Final[Mapping[str, Callable[[EntityEvent], ProjectionChange | None]]] = {
    "CUSTOMER": _customer,
    "WISHLIST": _wish,
    "WISHLIST_ITEM": _wish,
    "PRICE": _price,
    "VARIANT_PRODUCT": _variant,
    "PRODUCT": _product,
    "ORDER": _order,
}
ENTITIES: Final = frozenset({STOCK, *_READERS})
"""The entity types that say anything."""


def _or(given: T | None, known: T) -> T:
    """What is given, else what was known."""
    return known if given is None else given
