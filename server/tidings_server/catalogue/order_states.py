"""States of orders, as shop systems spell them: those that leave nothing of an order, and those of a delivered one.

The table of docs/loyalty-orders.md. States come in the spelling of each shop system: `CANCELED`, `Partially refunded`,
`partiallyRefunded`. All others, those of partial refunds among them, leave the order at the total of the event.
"""

import re
from functools import lru_cache
from typing import Final

_NOTHING: Final = frozenset(
    {
        *("cancelled", "canceled", "refunded", "fullyrefunded", "totallyrefunded", "voided", "void"),
        *("returned", "fullyreturned", "reversed", "chargeback", "chargedback"),
        *("failed", "paymentfailed", "declined", "denied", "rejected", "expired"),
    }
)
_DELIVERED: Final = frozenset(
    {"delivered", "completed", "complete", "closed", "archived", "fulfilled", "collected", "pickedup"}
)
_SEPARATOR: Final = re.compile(r"[\W_]+")


def stands_at_nothing(order_status: str, financial_status: str) -> bool:
    """Whether either state says that nothing is left of an order."""
    return _is_nothing(order_status) or _is_nothing(financial_status)


def is_delivered(status: str) -> bool:
    """Whether a state says that the customer has the order."""
    return _plain(status) in _DELIVERED


def _is_nothing(status: str) -> bool:
    return _plain(status) in _NOTHING


@lru_cache(maxsize=1_024)
def _plain(status: str) -> str:
    return _SEPARATOR.sub("", status).lower()
