"""States of orders, as shop systems spell them: those that leave nothing of an order, and those of a delivered one.

The table of docs/loyalty-orders.md. States come in the spelling of each shop system: `CANCELED`, `Partially refunded`,
`partiallyRefunded`, `wc-refunded`, and with their reason: `CANCELLED_BY_CUSTOMER`, `Cancelled: out of stock`. All
others, those of partial refunds among them, leave the order at the total of the event.
"""

import re
from functools import lru_cache
from typing import Final

_NOTHING: Final = frozenset(
    {
        *("cancelled", "canceled", "refunded", "fullyrefunded", "totallyrefunded", "voided", "void"),
        *("returned", "fullyreturned", "reversed", "chargeback", "chargedback"),
        *("failed", "paymentfailed", "paymenterror", "paymentdenied", "declined", "denied", "rejected", "expired"),
        *("paypalreversed", "trash"),
    }
)
_DELIVERED: Final = frozenset(
    {"delivered", "completed", "complete", "closed", "archived", "fulfilled", "collected", "pickedup"}
)
_SEPARATOR: Final = re.compile(r"[\W_]+")
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_REASON: Final = re.compile(r"\s+[-–—]\s|[:(,;]")
"""Signs behind which a state's reason begins."""

_REASON_WORDS: Final = frozenset({"by", "due", "because", "since"})
_PREFIX: Final = "wc"
"""Of the states of WooCommerce in its database."""


def stands_at_nothing(order_status: str, financial_status: str) -> bool:
    """Whether either state says that nothing is left of an order."""
    return _is_nothing(order_status) or _is_nothing(financial_status)


def is_delivered(status: str) -> bool:
    """Whether a state says that the customer has the order."""
    return _plain(status) in _DELIVERED


@lru_cache(maxsize=1_024)
def _is_nothing(status: str) -> bool:
    """Whether a state, or what it says before its reason, leaves nothing; of one that is partial something is left."""
    words = _words(status)
    if any(word.startswith(("partial", "partly")) for word in words):
        return False
    ends = [number for number, word in enumerate(words) if word in _REASON_WORDS]
    stated = (words, _words(_REASON.split(status, maxsplit=1)[0]), words[: ends[0]] if ends else [])
    return any("".join(each) in _NOTHING for each in stated)


@lru_cache(maxsize=1_024)
def _plain(status: str) -> str:
    return "".join(_words(status))


def _words(status: str) -> list[str]:
    words = _SEPARATOR.sub(" ", _HUMP.sub(" ", status)).lower().split()
    return words[1:] if words[:1] == [_PREFIX] else words
