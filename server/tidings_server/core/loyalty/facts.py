"""What conditions know beside the event: fields have the names of the contract's messages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFacts:
    """The customer before the event. Spends are doubles in currency units; `balance` is what can be spent."""

    id: str
    external_reference: str
    email_address: str
    created_at: datetime
    years_since_joining: int
    lifetime_spend: float
    annual_spend: float
    balance: int
    segments: tuple[str, ...]
    attributes: Mapping[str, str]
    is_locked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """The customer's events of one kind in the namespaces of a rule, this one in them. Values are doubles."""

    nth: int
    within: Mapping[str, int] = field(default_factory=dict)
    since: Mapping[str, int] = field(default_factory=dict)
    lifetime_value: float
    lifetime_value_before: float
    lifetime_spend: float
    lifetime_spend_before: float
