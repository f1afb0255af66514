"""Ledger commands: what a batch of events does to points, planned before the write transaction and executed in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from tidings_server.loyalty.events import LoyaltyEvent, happened_at
from tidings_server.loyalty.store.lots import StoredLot
from tidings_server.storage.log.records import StoredEvent


@dataclass(frozen=True, slots=True)
class CausingEvent:
    """An event of the log, decoded, with the key of its customer."""

    stored: StoredEvent
    event: LoyaltyEvent
    customer_key: int

    @property
    def at_us(self) -> int:
        """Instant at which the event happened, in µs."""
        return happened_at(self.stored)


@dataclass(frozen=True, slots=True)
class EarnPoints:
    """Add new lots for an event; `by_rule` is the number of points by rule id."""

    cause: CausingEvent
    lots: tuple[StoredLot, ...]
    by_rule: Mapping[str, int]


class LotDates(NamedTuple):
    """Instants at which the points of a lot start and expire: at an instant, or after inactivity of the customer."""

    starts_at: int
    expires_at: int | None
    inactivity: str | None


class AdjustedPoints(NamedTuple):
    """Points that an adjustment has taken back, made a debt, and returned to the customer."""

    taken: int
    debt: int
    returned: int


@dataclass(frozen=True, slots=True)
class AdjustOrder:
    """Take back points of an order, by the key of the rule that gave them; give its lots other dates.

    `is_fall`: it comes to stand at nothing. `returns_redemptions`: points that were redeemed for it come back.
    """

    cause: CausingEvent
    order_key: int
    order_id: str
    taken: Mapping[int, int]
    dates: LotDates | None = None
    is_fall: bool = False
    returns_redemptions: bool = False


@dataclass(frozen=True, slots=True)
class RecordActivity:
    """Expire the points that were due before the event, then restart the inactivity period of the others."""

    cause: CausingEvent


LedgerCommand = EarnPoints | AdjustOrder | RecordActivity
