"""Effects of events about wishlists and orders.

An item can stand on several lists of a customer, and is wished for until it is removed from the last one, or bought. An
order that names its customer and its items takes them from the customer's lists.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from tidings_server.catalogue.entity_event import EntityEvent, ProjectionChange, merged
from tidings_server.catalogue.event_attributes import known_id
from tidings_server.catalogue.projection_state import ProjectionState
from tidings_server.catalogue.store.projection import CatalogueItem, CatalogueKey, CatalogueOrder, WishlistItem
from tidings_server.log import topics
from tidings_server.storage.text_hashes import hashed

MAX_STATUS: Final = 128
MAX_LISTS: Final = 64
"""Lists of one customer that are told apart for one item; it leaves further ones with the last of these."""

MAX_LINES: Final = 100
"""Items of an order that are looked at."""

LISTS: Final = ("wishlist_id", "wishlistId", "list_id")
LINES: Final = ("line_items", "lineItems", "order_items", "orderItems", "items")
VARIANTS: Final = ("variant_id", "variantId")
CUSTOMERS: Final = ("customer_id", "customerId")

CANCELLED: Final = "CANCELLED"
CLOSING: Final = frozenset(
    ("DELIVERED", CANCELLED, "COMPLETED", "FULFILLED", "RETURNED", "REFUNDED", "VOIDED", "CLOSED", "EXPIRED", "FAILED")
)
"""States in which an order waits for nothing any more, in their form after `order_state`."""

REOPENING: Final = frozenset(("REOPENED", "OPEN"))
STATUSES: Final = ("status", "fulfillment_status", "fulfillmentStatus", "financial_status", "financialStatus")
_CANCELLED_AT: Final = ("cancelled_at", "cancelledAt", "canceled_at", "canceledAt")
_ONE_FORM: Final = {"CANCELED": CANCELLED, "COMPLETE": "COMPLETED", "CANCEL": CANCELLED, "VOID": "VOIDED"}


def wish_change(event: EntityEvent) -> ProjectionChange | None:
    """Change of the items that a customer wishes for."""
    customer, variant = event.attributes.id(*CUSTOMERS), event.variant
    if customer is None or variant is None or event.verb == topics.UPDATED:
        return None
    key: CatalogueKey = (WishlistItem, (event.tenant, customer, variant))
    item_key: CatalogueKey = (CatalogueItem, (event.tenant, variant))
    named = event.attributes.id(*LISTS) or event.id
    listed = f"{hashed(named):x}" if named else ""

    def apply(state: ProjectionState) -> None:
        stored = state.get(WishlistItem, event.tenant, customer, variant)
        lists = stored.lists.split()
        if event.is_deletion:
            left = [each for each in lists if each != listed]
            if not listed or not left:
                state.delete(key)
            else:
                state.put(stored._replace(lists=" ".join(left)))
            return
        if not state.has(key):
            item = state.get(CatalogueItem, event.tenant, variant)
            stored = stored._replace(seq=event.seq, price=item.price, currency=item.currency)
        if listed and listed not in lists and len(lists) < MAX_LISTS:
            lists.append(listed)
        state.put(stored._replace(lists=" ".join(lists)))

    return ProjectionChange((key, item_key), apply)


def order_change(event: EntityEvent) -> ProjectionChange | None:
    """Change of an order, and of the wishes that it fulfils."""
    if event.id is None:
        return None
    key: CatalogueKey = (CatalogueOrder, (event.tenant, event.id))
    states = set(map(order_state, filter(None, (event.attributes.text(name) for name in STATUSES))))
    if any(event.attributes.text(name) for name in _CANCELLED_AT):
        states.add(CANCELLED)
    bought = [] if event.is_deletion or CANCELLED in states else list(_bought(event))

    def apply(state: ProjectionState) -> None:
        for wish in bought:
            state.delete(wish)
        if event.is_deletion:
            state.delete(key)
        else:
            state.put(_updated(event, state.get(CatalogueOrder, *key[1]), states))

    return ProjectionChange((key, *bought), apply)


def order_state(text: str) -> str:
    """A status in one form, whatever the shop: upper case, no blanks or signs, `CANCELED` as `CANCELLED`."""
    state = re.sub(r"[^A-Z]+", "_", text.strip().upper()).strip("_")
    return _ONE_FORM.get(state, state)


def _updated(event: EntityEvent, stored: CatalogueOrder, states: set[str]) -> CatalogueOrder:
    """The order after an event. Only a later event that says so opens a closed one again."""
    status = event.attributes.text("status", max_length=MAX_STATUS)
    created = min(event.attributes.instant("created_at", "createdAt") or event.at_us, event.at_us)
    is_old = event.is_older_than(stored.changed_at)
    is_open = stored.is_open and not states & CLOSING
    if states & REOPENING and not states & CLOSING and not is_old:
        is_open = True
    return stored._replace(
        created_at=min(stored.created_at or created, created),
        status=merged(event, stored.changed_at, status, stored.status),
        is_open=stored.is_open if is_old else is_open,
        changed_at=max(stored.changed_at, event.changed_at),
    )


def _bought(event: EntityEvent) -> Iterator[CatalogueKey]:
    """Keys of the wishes for the items of an order."""
    customer = event.attributes.id(*CUSTOMERS)
    lines = next(filter(None, map(event.attributes.objects, LINES)), [])
    ids = {event.variant, *map(_variant_of, lines[:MAX_LINES])} - {None}
    return ((WishlistItem, (event.tenant, customer, each)) for each in sorted(map(str, ids)) if customer)


def _variant_of(line: dict[str, Any]) -> str | None:
    value = next((line[name] for name in VARIANTS if name in line), None)
    return known_id(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
