"""Ledger commands: what a batch of events does to points, planned before the write transaction and executed in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from tidings_server.loyalty.events import LoyaltyEvent
from tidings_server.loyalty.store.lots import StoredLot
from tidings_server.storage.log.records import StoredEvent


@dataclass(frozen=True, slots=True)
class CausingEvent:
    """An event of the log, decoded, with the key of its customer."""

    stored: StoredEvent
    event: LoyaltyEvent
    customer_key: int


@dataclass(frozen=True, slots=True)
class EarnPoints:
    """Add new lots for an event; `by_rule` is the number of points by rule id."""

    cause: CausingEvent
    lots: tuple[StoredLot, ...]
    by_rule: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ReverseOrder:
    """Take back the points of an order, and return those that were redeemed for it."""

    cause: CausingEvent


@dataclass(frozen=True, slots=True)
class RecordActivity:
    """Expire the points that were due before the event, then restart the inactivity period of the others."""

    cause: CausingEvent


LedgerCommand = EarnPoints | ReverseOrder | RecordActivity
