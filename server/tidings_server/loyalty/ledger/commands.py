"""Moves: what the events of a page do to points, worked out before and carried out in their unit."""

from collections.abc import Mapping
from dataclasses import dataclass

from tidings_server.loyalty.events import LoyaltyEvent
from tidings_server.loyalty.store.lots import StoredLot
from tidings_server.storage.log.records import StoredEvent


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of the log, opened, and whose it is."""

    stored: StoredEvent
    event: LoyaltyEvent
    customer_key: int


@dataclass(frozen=True, slots=True)
class Earned:
    """Points that an event brings: new lots, and how many points each rule gave."""

    cause: Happened
    lots: tuple[StoredLot, ...]
    by_rule: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Reversed:
    """An order is taken back."""

    cause: Happened


@dataclass(frozen=True, slots=True)
class Lived:
    """The customer did something: what had expired before then goes, and idle points live on."""

    cause: Happened


Move = Earned | Reversed | Lived
