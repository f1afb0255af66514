"""Loyalty events as core knows them, and what of them the log's columns hold.

A row of the log names the kind in `type`, the namespace in `name` and the customer as its root entity, so that most of
what is asked of an event needs no look at its body.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from tidings_server.storage.log.records import Api, StoredEvent

CUSTOMER: Final = "CUSTOMER"
ZERO: Final = Decimal(0)


class Kind(StrEnum):
    """What an event is; the log's column `type`. The last four are made by Tidings."""

    ACTION = "ACTION"
    BASKET = "BASKET"
    ORDER = "ORDER"
    TRANSACTION = "TRANSACTION"
    REDEMPTION = "REDEMPTION"
    REVERSAL = "REVERSAL"
    """An order is taken back."""
    RETRY = "RETRY"
    """Fulfilments that failed are tried again."""
    POINTS = "POINTS"
    ERROR_ACTION = "ERROR_ACTION"


KINDS: Final[Mapping[str, Kind]] = {kind.value: kind for kind in Kind}
"""By what the log's column holds."""
ASSESSED: Final = frozenset({Kind.ACTION, Kind.ORDER, Kind.TRANSACTION})
"""Kinds that earn, and that counters count."""
SPENDING: Final = frozenset({Kind.ORDER, Kind.TRANSACTION})
"""Kinds whose total is spend. Source: WIRE.md 003 (c)."""
UNSETTLED: Final = ASSESSED | {Kind.REVERSAL, Kind.RETRY}
"""Kinds after which a balance or a segment may be another."""
TAKEN: Final = UNSETTLED | {Kind.BASKET}
"""Kinds that the reactor takes in. The others tell what is done already, in the unit that stores them."""
REVERSING: Final = frozenset({"CANCELLED", "CANCELED", "RETURNED"})
"""Statuses, in upper case, of an order that takes itself back."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a basket, as far as product discounts look at it."""

    id: str
    sku: str = ""
    product_id: str = ""
    vendor: str = ""
    tags: tuple[str, ...] = ()


class LoyaltyEvent(NamedTuple):
    """What an event says. `amount` is what it is worth: action.amount, order.total, transaction.total, basketTotal.

    `eligible` is rewardsEligibleTotal. `message` is the protobuf message, which only conditions look into.
    """

    kind: Kind
    customer_id: str
    name_space: str
    message: object
    amount: Decimal = ZERO
    eligible: Decimal = ZERO
    order_id: str = ""
    order_status: str = ""
    retried_event_id: str = ""

    @property
    def is_reversal(self) -> bool:
        """Whether an order is taken back: by the call, or by its status."""
        return self.kind is Kind.REVERSAL or (self.kind is Kind.ORDER and self.order_status.upper() in REVERSING)


def kind_of(event: StoredEvent) -> Kind | None:
    """The kind of a loyalty event; None for all other events of the log."""
    return KINDS.get(event.type or "") if event.api is Api.LOYALTY else None


def key_of(tenant: int, customer_id: str) -> str:
    """The reactor's key: events of one customer take effect in order."""
    return f"{tenant}/{customer_id}"
