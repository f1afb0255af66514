"""Effects of events about the stock and the price of an item.

Stock is kept for each place, and the item's is the sum: what moves from one place to another is neither sold out nor
back. A place is the `location_id` of the event, else its entity. A price is compared with prices of its currency alone.
"""

from collections.abc import Callable
from typing import Final

from tidings_server.catalogue.entity_event import EntityEvent, ProjectionChange, newer
from tidings_server.catalogue.event_attributes import SCALE
from tidings_server.catalogue.projection_state import ProjectionState
from tidings_server.catalogue.store.projection import CatalogueItem, CatalogueKey, StockLevel

MAX_CURRENCY: Final = 16
PLACES: Final = ("location_id", "locationId", "inventory_location_id", "place_id", "warehouse_id", "store_id")
"""Attributes that name the place of a stock, the first one that is there."""


def stock_change(event: EntityEvent, *, low_at: int) -> ProjectionChange | None:
    """Change of an item's stock at one place. `low_at` is the quantity at which stock is low."""
    variant = event.variant
    if variant is None:
        return None
    place = event.attributes.id(*PLACES) or event.id or ""
    key: CatalogueKey = (StockLevel, (event.tenant, variant, place))
    item_key: CatalogueKey = (CatalogueItem, (event.tenant, variant))

    def apply(state: ProjectionState) -> None:
        stored = state.get(StockLevel, event.tenant, variant, place)
        is_known = state.has(key)
        item = state.get(CatalogueItem, event.tenant, variant)
        quantity = None if event.is_deletion else event.attributes.number("quantity")
        if event.is_deletion:
            state.delete(key)
            state.put(_moved(event, item, -stored.quantity, places=-is_known, low_at=low_at))
        elif not event.is_older_than(stored.changed_at):
            said = event.attributes.date("best_before")
            item = item._replace(best_before=newer(said, item.best_before))
            level = stored._replace(best_before=newer(said, stored.best_before))
            if quantity is not None:
                level = level._replace(quantity=quantity, changed_at=max(stored.changed_at, event.changed_at))
            if quantity is not None or is_known:
                state.put(level)
            if quantity is not None:
                item = _moved(event, item, quantity - stored.quantity, places=not is_known, low_at=low_at)
            state.put(item)

    return ProjectionChange((key, item_key), apply)


def price_change(event: EntityEvent) -> ProjectionChange | None:
    """Change of an item's price; a deletion leaves it without one."""
    price = event.attributes.number("price")
    if price is None and not event.is_deletion:
        return None

    def update(stored: CatalogueItem) -> CatalogueItem:
        if event.is_deletion:
            return stored._replace(price=None, first_price=None)
        currency = newer(event.attributes.text("currency", max_length=MAX_CURRENCY), stored.currency).upper()
        if event.is_older_than(stored.price_at) or (price, currency) == (stored.price, stored.currency):
            return stored._replace(price_at=max(stored.price_at, event.changed_at))
        first = price if stored.first_price is None or currency != stored.currency else stored.first_price
        return stored._replace(
            price=price,
            currency=currency,
            price_seq=event.seq,
            price_at=max(stored.price_at, event.changed_at),
            first_price=first,
        )

    return _item_change(event, update)


def _moved(event: EntityEvent, item: CatalogueItem, by: int, *, places: int, low_at: int) -> CatalogueItem:
    """The item with its stock changed by a difference, at so many places more or fewer.

    The first stock that is known counts as a return: who wished for the item before has not been told of any.
    """
    known = item.places + places
    before, now = item.quantity, (item.quantity or 0) + by if known > 0 else None
    came_back = (before is None or before <= 0) and now is not None and now > 0
    ran_low = before is not None and now is not None and now <= low_at * SCALE < before
    return item._replace(
        quantity=now,
        places=max(0, known),
        restocked_seq=event.seq if came_back else item.restocked_seq,
        low_seq=event.seq if ran_low else item.low_seq,
        best_before=item.best_before if now is not None else None,
    )


def _item_change(event: EntityEvent, update: Callable[[CatalogueItem], CatalogueItem]) -> ProjectionChange | None:
    """Change of the item that `variant_id` names."""
    variant = event.variant
    if variant is None:
        return None
    ids = (event.tenant, variant)
    return ProjectionChange(((CatalogueItem, ids),), lambda state: state.put(update(state.get(CatalogueItem, *ids))))
