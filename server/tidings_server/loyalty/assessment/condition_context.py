"""Variables of conditions beside the event; fields have the names of the contract's messages."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

NONE: Final[Mapping[str, int]] = MappingProxyType({})


class CustomerContext(NamedTuple):
    """The variable `customer`: its state before the event. Spends are doubles in currency units."""

    id: str
    external_reference: str
    email_address: str
    created_at_us: int
    years_since_joining: int
    lifetime_spend: float
    annual_spend: float
    balance: int
    segments: tuple[str, ...]
    attributes: Mapping[str, str]
    is_locked: bool


class CountersContext(NamedTuple):
    """The variable `counters`: events of a rule's kind and namespaces, this one included. Values are doubles."""

    nth: int
    lifetime_value: float
    lifetime_value_before: float
    lifetime_spend: float
    lifetime_spend_before: float
    within: Mapping[str, int] = NONE
    since: Mapping[str, int] = NONE
