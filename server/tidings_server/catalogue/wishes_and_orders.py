"""Effects of events about wishlists and orders.

An item can stand on several lists of a customer, and is wished for until it is removed from the last one, or bought. An
order that names its customer and its items takes them from the customer's lists.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from tidings_server.catalogue.entity_event import EntityEvent, ProjectionChange, merged
from tidings_server.catalogue.order_states import is_delivered, stands_at_nothing
from tidings_server.catalogue.projection_state import ProjectionState
from tidings_server.catalogue.store.projection import CatalogueItem, CatalogueKey, CatalogueOrder, WishlistItem
from tidings_server.log import topics
from tidings_server.storage.text_hashes import hashed

MAX_STATUS: Final = 128
MAX_LISTS: Final = 64
"""Lists of one customer that are told apart for one item; it leaves further ones with the last of these."""

MASK: Final = (1 << 64) - 1
MAX_LINES: Final = 100
"""Items of an order that are looked at."""

LISTS: Final = ("wishlist_id", "wishlistId", "list_id")
LINES: Final = ("line_items", "lineItems", "order_items", "orderItems", "items")
CUSTOMERS: Final = ("customer_id", "customerId")

CANCELLED: Final = "cancelled"
STATUSES: Final = ("status", "fulfillment_status", "fulfillmentStatus", "financial_status", "financialStatus")
_CANCELLED_AT: Final = ("cancelled_at", "cancelledAt", "canceled_at", "canceledAt")
REMOVED: Final = "-"
"""Sign before a list that the item was removed from: it can be removed from it once."""


def wish_change(event: EntityEvent) -> ProjectionChange | None:
    """Change of the items that a customer wishes for."""
    customer, variant = event.attributes.id(*CUSTOMERS), event.variant
    if customer is None or variant is None or event.verb == topics.UPDATED:
        return None
    key: CatalogueKey = (WishlistItem, (event.tenant, customer, variant))
    item_key: CatalogueKey = (CatalogueItem, (event.tenant, variant))
    named = event.attributes.id(*LISTS) or event.id
    listed = f"{hashed(named) & MASK:x}" if named else ""
    is_certain = event.attributes.id(*LISTS) is not None

    def apply(state: ProjectionState) -> None:
        stored = state.get(WishlistItem, event.tenant, customer, variant)
        lists = stored.lists.split()
        if event.is_deletion:
            left = _without(lists, listed, is_certain=is_certain)
            if all(each.startswith(REMOVED) for each in left):
                state.delete(key)
            else:
                state.put(stored._replace(lists=" ".join(left)))
            return
        if not state.has(key):
            item = state.get(CatalogueItem, event.tenant, variant)
            stored = stored._replace(seq=event.seq, price=item.price, currency=item.currency)
        others = [each for each in lists if each not in {listed, f"{REMOVED}{listed}"}]
        state.put(stored._replace(lists=" ".join([*others, *([listed] if listed else [])][-MAX_LISTS:])))

    return ProjectionChange((key, item_key), apply)


def order_change(event: EntityEvent) -> ProjectionChange | None:
    """Change of an order, and of the wishes that it fulfils."""
    if event.id is None:
        return None
    key: CatalogueKey = (CatalogueOrder, (event.tenant, event.id))
    states = [text for name in STATUSES if (text := event.attributes.text(name, max_length=MAX_STATUS))]
    if any(event.attributes.text(name) for name in _CANCELLED_AT):
        states.append(CANCELLED)
    is_nothing = any(stands_at_nothing(each, "") for each in states)
    bought = [] if event.is_deletion or is_nothing else list(_bought(event))

    def apply(state: ProjectionState) -> None:
        if event.verb == topics.CREATED or not state.has(key):
            for wish in bought:
                state.delete(wish)
        if event.is_deletion:
            state.delete(key)
        else:
            state.put(_updated(event, state.get(CatalogueOrder, *key[1]), states))

    return ProjectionChange((key, *bought), apply)


def _without(lists: Sequence[str], listed: str, *, is_certain: bool) -> list[str]:
    """The lists that are left, those removed from with their sign; none where the removal is from all.

    So it is where no list is named, or where the entity of the event is none that the item was ever on.
    """
    if listed in lists:
        return [f"{REMOVED}{each}" if each == listed else each for each in lists]
    is_repeat = f"{REMOVED}{listed}" in lists
    return list(lists) if listed and (is_certain or is_repeat) else []


def _updated(event: EntityEvent, stored: CatalogueOrder, states: Sequence[str]) -> CatalogueOrder:
    """The order after an event. One that is delivered stays so; one that stands at nothing opens with another state."""
    status = event.attributes.text("status", max_length=MAX_STATUS)
    created = min(event.attributes.instant("created_at", "createdAt") or event.at_us, event.at_us)
    is_old = event.is_older_than(stored.changed_at)
    is_final = is_delivered(stored.status) or any(map(is_delivered, states))
    is_closed = is_final or any(stands_at_nothing(each, "") for each in states)
    return stored._replace(
        created_at=min(stored.created_at or created, created),
        status=merged(event, stored.changed_at, status, stored.status),
        is_open=stored.is_open if is_old or not states else not is_closed,
        changed_at=max(stored.changed_at, event.changed_at),
    )


def _bought(event: EntityEvent) -> Iterator[CatalogueKey]:
    """Keys of the wishes for the items of an order."""
    customer = event.attributes.id(*CUSTOMERS)
    variants = dict.fromkeys((event.variant, *event.attributes.bought()[:MAX_LINES]))
    return ((WishlistItem, (event.tenant, customer, each)) for each in variants if customer and each)
