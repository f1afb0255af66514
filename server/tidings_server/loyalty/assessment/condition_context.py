"""What conditions know beside the event: fields have the names of the contract's messages."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

NONE: Final[Mapping[str, int]] = MappingProxyType({})


class CustomerFacts(NamedTuple):
    """The customer before the event. Spends are doubles in currency units; `balance` is what can be spent."""

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


class Counters(NamedTuple):
    """The customer's events of one kind in the namespaces of a rule, this one in them. Values are doubles."""

    nth: int
    lifetime_value: float
    lifetime_value_before: float
    lifetime_spend: float
    lifetime_spend_before: float
    within: Mapping[str, int] = NONE
    since: Mapping[str, int] = NONE
