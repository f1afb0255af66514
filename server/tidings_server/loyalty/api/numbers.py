"""Amounts of the loyalty API: doubles on the wire, decimal everywhere else.

A double stands for the shortest decimal number that reads as it; of at most 15 digits, none is lost on the way.
Source: WIRE.md 003 (c), "Numbers".
"""

from decimal import Decimal
from typing import Final

from tidings_server.loyalty.money import DECIMALS

LIMIT: Final = 1e11
"""Amounts are smaller than this."""


def decimal(number: float) -> Decimal:
    """The shortest decimal of a double: `decimal(0.1) == Decimal("0.1")`."""
    return Decimal(repr(number))


def amount(value: float) -> str | None:
    """Check of an amount of either sign."""
    if abs(value) >= LIMIT:
        return "must be below 100,000,000,000"
    return None if round(value, DECIMALS) == value else f"must have at most {DECIMALS} decimals"


def total(value: float) -> str | None:
    """Check of an amount that is not negative."""
    return "must not be negative" if value < 0 else amount(value)
