"""Mapping of collector events to rows of the catalogue. For users it is described in docs/mail.md.

| entity (`entity_name`) | operation | attributes | becomes |
|---|---|---|---|
| CUSTOMER (`entity_id`: the customer) | create, update | `email` `first_name` `opt_in` | a recipient of mail |
| WISHLIST, WISHLIST_ITEM | create adds, delete removes | `customer_id` `variant_id` `wishlist_id` | a wishlist item |
| INVENTORY_LEVEL | create, update | `variant_id` `quantity` `location_id` `best_before` | the stock of a place |
| PRICE | create, update | `variant_id` `price` `currency` | the item's price |
| VARIANT_PRODUCT (`entity_id`: the variant) | create, update | `name` `url` `image` `product_id` | the item |
| PRODUCT (`entity_id`: the product) | create, update | `name` `url` `image` `best_before` | defaults of its items |
| ORDER (`entity_id`: the order) | create, update | `status` | an order, open until delivered, cancelled or refunded |
| ORDER | create | `customer_id` `variant_ids` or `items` | takes what was bought off the customer's wishlists |

A place is the `location_id` (or `place_id`, `warehouse_id`, `store_id`), else the entity; a wishlist the `wishlist_id`,
else the entity. An item stays wished for until it is removed from the last list.

Attributes are the event's `key_attributes`, else those of the JSON object in its payload. An absent attribute keeps the
stored value; `delete` removes the row or the values; reads, faults, warnings and system events change nothing. Source:
the Event Collector's page on entities, and DESIGN.md for topics.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, TypeVar

from tidings_server.catalogue.event_attributes import SCALE, Attributes
from tidings_server.catalogue.order_states import is_delivered, stands_at_nothing
from tidings_server.catalogue.projection_state import ProjectionState
from tidings_server.catalogue.store.projection import (
    CatalogueCustomer,
    CatalogueItem,
    CatalogueKey,
    CatalogueOrder,
    CatalogueProduct,
    StockLevel,
    WishlistItem,
)
from tidings_server.log import topics

PLACES: Final = ("location_id", "place_id", "warehouse_id", "store_id")
MAX_LISTS: Final = 100
"""Wishlists of a customer with one item; more are not remembered."""
MAX_BOUGHT: Final = 100
"""Lines of an order that are looked at."""
MAX_STATUS: Final = 128
MAX_CURRENCY: Final = 16
STOCK: Final = "INVENTORY_LEVEL"
CHANGES: Final = frozenset({topics.CREATED, topics.UPDATED})

T = TypeVar("T")
D = TypeVar("D", CatalogueItem, CatalogueProduct)
R = TypeVar("R", CatalogueCustomer, CatalogueItem, CatalogueProduct, CatalogueOrder)


@dataclass(frozen=True, slots=True)
class EntityEvent:
    """A collector event about an entity of the catalogue. `id` is None where it does not fit; `at_us` in µs."""

    seq: int
    tenant: int
    id: str | None
    verb: str
    at_us: int
    attributes: Attributes

    @property
    def is_deletion(self) -> bool:
        return self.verb == topics.DELETED

    @property
    def variant(self) -> str | None:
        return self.attributes.id("variant_id")


@dataclass(frozen=True, slots=True)
class ProjectionChange:
    """Effect of one event: keys of the rows that must be loaded, and the function that changes them."""

    keys: tuple[CatalogueKey, ...]
    apply: Callable[[ProjectionState], None]


def change_of(event: EntityEvent, entity: str, *, low_at: int) -> ProjectionChange | None:
    """The effect of an event, None where there is none. `low_at` is the quantity at which stock is low."""
    if event.verb not in CHANGES and not event.is_deletion:
        return None
    if entity == STOCK:
        return _stock(event, low_at=low_at)
    mapping = _MAPPINGS.get(entity)
    return mapping(event) if mapping else None


def _customer(event: EntityEvent) -> ProjectionChange | None:
    def update(stored: CatalogueCustomer) -> CatalogueCustomer:
        new = event.attributes
        return stored._replace(
            email=_or(new.text("email"), stored.email),
            first_name=_or(new.text("first_name"), stored.first_name),
            opt_in=_or(new.flag("opt_in"), stored.opt_in),
        )

    return _entity(event, CatalogueCustomer, update)


def _variant(event: EntityEvent) -> ProjectionChange | None:
    def update(stored: CatalogueItem) -> CatalogueItem:
        return _described(event, stored)._replace(product_id=_or(event.attributes.id("product_id"), stored.product_id))

    return _entity(event, CatalogueItem, update)


def _product(event: EntityEvent) -> ProjectionChange | None:
    def update(stored: CatalogueProduct) -> CatalogueProduct:
        return _described(event, stored)._replace(
            best_before=_or(event.attributes.date("best_before"), stored.best_before)
        )

    return _entity(event, CatalogueProduct, update)


def _order(event: EntityEvent) -> ProjectionChange | None:
    """An update of an unknown order is ignored: the order's time of creation is not known."""

    def update(stored: CatalogueOrder) -> CatalogueOrder:
        status = _or(event.attributes.text("status", max_length=MAX_STATUS), stored.status)
        is_closed = is_delivered(stored.status) or is_delivered(status) or stands_at_nothing(status, "")
        is_open = not is_closed
        return stored._replace(created_at=stored.created_at or event.at_us, status=status, is_open=is_open)

    change = _entity(event, CatalogueOrder, update, creates_on_update=False)
    return _with_purchases(event, change) if event.verb == topics.CREATED else change


def _with_purchases(event: EntityEvent, change: ProjectionChange | None) -> ProjectionChange | None:
    """A new order also takes what it has off its customer's wishlists."""
    customer = event.attributes.id("customer_id")
    variants = event.attributes.bought() if customer else ()
    wishes: tuple[CatalogueKey, ...] = tuple(
        (WishlistItem, (event.tenant, customer, variant)) for variant in variants[:MAX_BOUGHT]
    )
    if not wishes:
        return change

    def apply(state: ProjectionState) -> None:
        if change is not None:
            change.apply(state)
        for wish in wishes:
            state.delete(wish)

    return ProjectionChange((*(change.keys if change else ()), *wishes), apply)


def _entity(
    event: EntityEvent, kind: type[R], update: Callable[[R], R], *, creates_on_update: bool = True
) -> ProjectionChange | None:
    """Change of the row that the event's entity id names: deletes or updates it."""
    if event.id is None:
        return None
    ids = (event.tenant, event.id)
    key: CatalogueKey = (kind, ids)

    def apply(state: ProjectionState) -> None:
        if event.is_deletion:
            state.delete(key)
        elif creates_on_update or event.verb == topics.CREATED or state.has(key):
            state.put(update(state.get(kind, *ids)))

    return ProjectionChange((key,), apply)


def _described(event: EntityEvent, stored: D) -> D:
    new = event.attributes
    return stored._replace(
        name=_or(new.text("name"), stored.name),
        url=_or(new.url("url"), stored.url),
        image=_or(new.url("image"), stored.image),
    )


def _wishlist_item(event: EntityEvent) -> ProjectionChange | None:
    customer, variant = event.attributes.id("customer_id"), event.variant
    if customer is None or variant is None or event.verb == topics.UPDATED:
        return None
    key: CatalogueKey = (WishlistItem, (event.tenant, customer, variant))
    item_key: CatalogueKey = (CatalogueItem, (event.tenant, variant))

    def apply(state: ProjectionState) -> None:
        wish = state.get(WishlistItem, event.tenant, customer, variant)
        if event.is_deletion:
            lists = _without_list(event, wish.list_ids)
        else:
            lists = [*wish.list_ids, *({_list_name(event)} - {*wish.list_ids})]
        if not lists:
            state.delete(key)
        elif state.has(key):
            state.put(wish.on_lists(lists[:MAX_LISTS]))
        elif not event.is_deletion:
            item = state.get(CatalogueItem, event.tenant, variant)
            state.put(wish.on_lists(lists)._replace(seq=event.seq, price=item.price, currency=item.currency))

    return ProjectionChange((key, item_key), apply)


def _without_list(event: EntityEvent, lists: list[str]) -> list[str]:
    """The lists that are left. A removal that names none that is known, but its entity, removes the item from all."""
    name = _list_name(event)
    if name in lists:
        return [each for each in lists if each != name]
    return lists if event.attributes.id("wishlist_id") else []


def _list_name(event: EntityEvent) -> str:
    """Short hash of the wishlist's id, which may name a person."""
    list_id = event.attributes.id("wishlist_id") or event.id or ""
    return blake2b(list_id.encode(), digest_size=8).hexdigest()


def _stock(event: EntityEvent, *, low_at: int) -> ProjectionChange | None:
    """Change of the stock at one place, and of the item's, which is the sum over its places."""
    variant = event.variant
    if variant is None:
        return None
    place = next(filter(None, map(event.attributes.id, PLACES)), None) or event.id or ""
    ids, level_ids = (event.tenant, variant), (event.tenant, variant, place)

    def apply(state: ProjectionState) -> None:
        level_key: CatalogueKey = (StockLevel, level_ids)
        level, is_known = state.get(StockLevel, *level_ids), state.has(level_key)
        item = state.get(CatalogueItem, *ids)
        quantity = None if event.is_deletion else event.attributes.number("quantity")
        if event.is_deletion:
            state.delete(level_key)
        elif quantity is not None:
            state.put(level._replace(quantity=quantity))
        places = item.places + (quantity is not None and not is_known) - (event.is_deletion and is_known)
        total = (item.quantity or 0) + (quantity or 0) - level.quantity
        if quantity is None and not event.is_deletion:
            total = item.quantity or 0
        state.put(_stocked(event, item, total if places else None, low_at=low_at)._replace(places=places))

    return ProjectionChange(((CatalogueItem, ids), (StockLevel, level_ids)), apply)


def _stocked(event: EntityEvent, item: CatalogueItem, now: int | None, *, low_at: int) -> CatalogueItem:
    """The item with its stock over all places. The first stock that is known is news, as one that comes back is."""
    before = item.quantity
    came_back = now is not None and (before or 0) <= 0 < now
    ran_low = before is not None and now is not None and now <= low_at * SCALE < before
    best_before = _or(event.attributes.date("best_before"), item.best_before)
    return item._replace(
        quantity=now,
        restocked_seq=event.seq if came_back else item.restocked_seq,
        low_seq=event.seq if ran_low else item.low_seq,
        best_before=None if event.is_deletion and now is None else best_before,
    )


def _price(event: EntityEvent) -> ProjectionChange | None:
    price = event.attributes.number("price")
    if price is None and not event.is_deletion:
        return None

    def update(stored: CatalogueItem) -> CatalogueItem:
        if event.is_deletion:
            return stored._replace(price=None, first_price=None)
        currency = _or(event.attributes.text("currency", max_length=MAX_CURRENCY), stored.currency)
        if (price, currency) == (stored.price, stored.currency):
            return stored
        first = price if stored.first_price is None or currency != stored.currency else stored.first_price
        return stored._replace(price=price, currency=currency, price_seq=event.seq, first_price=first)

    return _item(event, update)


def _item(event: EntityEvent, update: Callable[[CatalogueItem], CatalogueItem]) -> ProjectionChange | None:
    """Change of the item that `variant_id` names; a deletion of its stock or price only clears values of it."""
    variant = event.variant
    if variant is None:
        return None
    ids = (event.tenant, variant)
    return ProjectionChange(((CatalogueItem, ids),), lambda state: state.put(update(state.get(CatalogueItem, *ids))))


def _or(new: T | None, stored: T) -> T:
    return stored if new is None else new


_MAPPINGS: Final[Mapping[str, Callable[[EntityEvent], ProjectionChange | None]]] = {
    "CUSTOMER": _customer,
    "WISHLIST": _wishlist_item,
    "WISHLIST_ITEM": _wishlist_item,
    "PRICE": _price,
    "VARIANT_PRODUCT": _variant,
    "PRODUCT": _product,
    "ORDER": _order,
}
ENTITIES: Final = frozenset({STOCK, *_MAPPINGS})
"""Entity types that the catalogue follows."""
