"""Loyalty events: their kinds, their decoded form, and their columns in the log.

A row of the log has the kind in `type`, the namespace in `name` and the customer as its root entity, so that most
queries need not decode the body.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from tidings_server.catalogue.order_states import stands_at_nothing
from tidings_server.storage.log.records import Api, StoredEvent

CUSTOMER: Final = "CUSTOMER"
ZERO: Final = Decimal(0)


class EventKind(StrEnum):
    """Kind of a loyalty event; the log's column `type`. The last four are created by Tidings."""

    ACTION = "ACTION"
    BASKET = "BASKET"
    ORDER = "ORDER"
    TRANSACTION = "TRANSACTION"
    REDEMPTION = "REDEMPTION"
    REVERSAL = "REVERSAL"
    """An order is reversed."""
    RETRY = "RETRY"
    """Failed fulfilments are retried."""
    POINTS = "POINTS"
    ERROR_ACTION = "ERROR_ACTION"


EVENT_KINDS: Final[Mapping[str, EventKind]] = {kind.value: kind for kind in EventKind}
"""Kinds by their value in the log."""
EARNING_KINDS: Final = frozenset({EventKind.ACTION, EventKind.ORDER, EventKind.TRANSACTION})
"""Kinds that earn points and that counters count."""
SPEND_KINDS: Final = frozenset({EventKind.ORDER, EventKind.TRANSACTION})
"""Kinds whose total is spend. Source: WIRE.md 003 (c)."""
STATE_CHANGING_KINDS: Final = EARNING_KINDS | {EventKind.REVERSAL, EventKind.RETRY}
"""Kinds that can change a balance or a segment."""
CONSUMED_KINDS: Final = STATE_CHANGING_KINDS | {EventKind.BASKET}
"""Kinds that the consumer processes. The others record effects that were written with them."""

CustomerRef = tuple[int, str]
"""Tenant number and customer id."""


@dataclass(frozen=True, slots=True)
class BasketLine:
    """One line of a basket, with the fields that product discounts select by."""

    id: str
    sku: str = ""
    product_id: str = ""
    vendor: str = ""
    tags: tuple[str, ...] = ()


class LoyaltyEvent(NamedTuple):
    """A decoded event. `amount` is action.amount, order.total, transaction.total or basketTotal.

    `eligible` is rewardsEligibleTotal. `message` is the protobuf message, which only conditions read.
    """

    kind: EventKind
    customer_id: str
    name_space: str
    message: object
    amount: Decimal = ZERO
    eligible: Decimal = ZERO
    currency: str = ""
    """Currency of the amounts by ISO 4217; empty for none, and for actions."""
    order_id: str = ""
    order_status: str = ""
    financial_status: str = ""
    stated_at: int | None = None
    """Instant at which the order came to be in this state, where the event has an `updatedAt`; in µs."""
    retried_event_id: str = ""

    @property
    def is_standing(self) -> bool:
        """Whether the event earns: an order's states may say that it stands at nothing."""
        if self.kind is EventKind.ORDER:
            return not stands_at_nothing(self.order_status, self.financial_status)
        return self.kind in EARNING_KINDS


def kind_of(event: StoredEvent) -> EventKind | None:
    """The kind of a loyalty event; None for all other events of the log."""
    return EVENT_KINDS.get(event.type or "") if event.api is Api.LOYALTY else None


def happened_at(event: StoredEvent) -> int:
    """The instant at which an event happened, in µs: its `createdAt`, but never after it was stored."""
    return min(event.occurred_at, event.recorded_at)


def ordering_key(tenant: int, customer_id: str) -> str:
    """The consumer's ordering key: events of one customer take effect in order."""
    return f"{tenant}/{customer_id}"
