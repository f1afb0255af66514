"""Money and points: Decimal and whole numbers, never floats.

Tables and sums hold money as whole ten-thousandths of a currency unit, since the API has four decimals at most.
"""

from decimal import ROUND_FLOOR, Decimal
from typing import Final

DECIMALS: Final = 4
"""Decimals of an amount or a rate, at most."""
SCALE: Final = 10**DECIMALS
MAX_SUM: Final = (1 << 63) - 1
"""Largest value of a column; sums of money saturate there."""


def scaled(amount: Decimal) -> int:
    """Ten-thousandths of `amount`, which has at most four decimals."""
    return int(amount * SCALE)


def amount_of(scaled_amount: int) -> Decimal:
    """The amount of so many ten-thousandths, in its shortest form: 10.1 for 10.10."""
    return normalized(Decimal(scaled_amount) / SCALE)


def normalized(amount: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent."""
    normal = amount.normalize()
    return normal if int(normal.as_tuple().exponent) <= 0 else normal.quantize(Decimal(1))


def decimals_of(number: Decimal) -> int:
    """The number of decimals, without trailing zeros."""
    return max(0, -int(normalized(number).as_tuple().exponent))


def saturating_add(total: int, more: int) -> int:
    """The sum, limited to 0 .. MAX_SUM."""
    return max(0, min(MAX_SUM, total + more))


def points_for(amount: Decimal, per_unit: Decimal) -> int:
    """Points for an amount, rounded down. Source: WIRE.md 003 (c), floor once per (event, rule)."""
    return int((amount * per_unit).to_integral_value(rounding=ROUND_FLOOR))
