"""Mapping of collector events to rows of the catalogue. For users it is described in docs/mail.md.

| entity (`entity_name`) | operation | attributes | becomes |
|---|---|---|---|
| CUSTOMER (`entity_id`: the customer) | create, update | `email` `first_name` `opt_in` | a recipient of mail |
| WISHLIST, WISHLIST_ITEM | create adds, delete removes | `customer_id` `variant_id` | a wishlist item |
| INVENTORY_LEVEL | create, update | `variant_id` `location_id` `quantity` `best_before` | the item's stock at a place |
| PRICE | create, update | `variant_id` `price` `currency` | the item's price |
| VARIANT_PRODUCT (`entity_id`: the variant) | create, update | `name` `url` `image` `product_id` | the item |
| PRODUCT (`entity_id`: the product) | create, update | `name` `url` `image` `best_before` | defaults of its items |
| ORDER (`entity_id`: the order) | create, update | `status` `customer_id` `line_items` | an order |

Attributes are the event's `key_attributes`, else those of the JSON object in its payload. An absent attribute keeps the
stored value; `delete` removes the row or the values; reads, faults, warnings and system events change nothing. An event
whose `updated_at` is before that of an earlier one only adds what is missing. Source: the Event Collector's page on
entities, and DESIGN.md for topics.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from tidings_server.catalogue.entity_event import EntityEvent, ProjectionChange, merged, newer
from tidings_server.catalogue.projection_state import ProjectionState
from tidings_server.catalogue.stock_and_prices import price_change, stock_change
from tidings_server.catalogue.store.projection import (
    CatalogueCustomer,
    CatalogueItem,
    CatalogueKey,
    CatalogueProduct,
)
from tidings_server.catalogue.wishes_and_orders import order_change, wish_change
from tidings_server.log import topics

STOCK: Final = "INVENTORY_LEVEL"
CHANGES: Final = frozenset({topics.CREATED, topics.UPDATED})

D = TypeVar("D", CatalogueItem, CatalogueProduct)


def change_of(event: EntityEvent, entity: str, *, low_at: int) -> ProjectionChange | None:
    """The effect of an event, None where there is none. `low_at` is the quantity at which stock is low."""
    if event.verb not in CHANGES and not event.is_deletion:
        return None
    if entity == STOCK:
        return stock_change(event, low_at=low_at)
    mapping = _MAPPINGS.get(entity)
    return mapping(event) if mapping else None


def _customer(event: EntityEvent) -> ProjectionChange | None:
    if event.id is None:
        return None
    ids = (event.tenant, event.id)
    key: CatalogueKey = (CatalogueCustomer, ids)

    def apply(state: ProjectionState) -> None:
        if event.is_deletion:
            state.delete(key)
            return
        stored, new = state.get(CatalogueCustomer, *ids), event.attributes
        at = stored.changed_at
        opt_in = new.flag("opt_in")
        is_kept = stored.opt_in is not None and event.is_older_than(at)
        state.put(
            stored._replace(
                email=merged(event, at, new.text("email"), stored.email),
                first_name=merged(event, at, new.text("first_name"), stored.first_name),
                opt_in=stored.opt_in if is_kept else newer(opt_in, stored.opt_in),
                changed_at=max(at, event.changed_at),
            )
        )

    return ProjectionChange((key,), apply)


def _variant(event: EntityEvent) -> ProjectionChange | None:
    def update(stored: CatalogueItem) -> CatalogueItem:
        product = merged(event, stored.changed_at, event.attributes.id("product_id"), stored.product_id)
        return _described(event, stored)._replace(product_id=product)

    return _goods(event, CatalogueItem, update)


def _product(event: EntityEvent) -> ProjectionChange | None:
    def update(stored: CatalogueProduct) -> CatalogueProduct:
        day = merged(event, stored.changed_at, event.attributes.date("best_before"), stored.best_before)
        return _described(event, stored)._replace(best_before=day)

    return _goods(event, CatalogueProduct, update)


def _goods(event: EntityEvent, kind: type[D], update: Callable[[D], D]) -> ProjectionChange | None:
    """Change of the item or product that the event's entity id names. A deleted one keeps its row, without values.

    It is back with the next event about itself; what is still said of its stock or price does not bring it back.
    """
    if event.id is None:
        return None
    ids = (event.tenant, event.id)

    def apply(state: ProjectionState) -> None:
        stored = state.get(kind, *ids)
        if event.is_deletion:
            state.put(stored._replace(is_deleted=True, name="", url="", image="", best_before=None))
            return
        changed_at = max(stored.changed_at, event.changed_at)
        is_deleted = stored.is_deleted and event.is_older_than(stored.changed_at)
        state.put(update(stored)._replace(is_deleted=is_deleted, changed_at=changed_at))

    return ProjectionChange(((kind, ids),), apply)


def _described(event: EntityEvent, stored: D) -> D:
    new, at = event.attributes, stored.changed_at
    return stored._replace(
        name=merged(event, at, new.text("name"), stored.name),
        url=merged(event, at, new.url("url"), stored.url),
        image=merged(event, at, new.url("image"), stored.image),
    )


_MAPPINGS: Final[Mapping[str, Callable[[EntityEvent], ProjectionChange | None]]] = {
    "CUSTOMER": _customer,
    "WISHLIST": wish_change,
    "WISHLIST_ITEM": wish_change,
    "PRICE": price_change,
    "VARIANT_PRODUCT": _variant,
    "PRODUCT": _product,
    "ORDER": order_change,
}
ENTITIES: Final = frozenset({STOCK, *_MAPPINGS})
"""Entity types that the catalogue follows."""
