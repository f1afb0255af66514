"""Lenient readers of the attributes of collector events.

Producers may send anything, and an event is never refused for its contents: a value that cannot be read counts as
absent.
"""

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Protocol

from tidings_server.catalogue.store.tables import MAX_ID
from tidings_server.platform.clock import parse_day, parse_rfc3339
from tidings_server.platform.texts import is_storable
from tidings_server.storage.log.records import StoredEvent

SCALE: Final = 10_000
"""Prices and quantities are kept as whole ten-thousandths."""

MAX_NUMBER: Final = Decimal(10) ** 11
MAX_DIGITS: Final = 32
MAX_NAME: Final = 1_024
MAX_URL: Final = 2_048

LINES: Final = ("items", "line_items", "lineItems", "order_items", "orderItems")
_TRUE: Final = frozenset({"true", "1", "yes"})
_SCHEMES: Final = ("https://", "http://")


class AttributeReader(Protocol):
    """Gives the attributes of stored events; the event's dialect knows where they are."""

    def attributes(self, event: StoredEvent) -> Mapping[str, Any]:
        """The event's key attributes, and where those lack a name, the payload's if it is a JSON object."""
        ...


class Attributes:
    """Named values of one event. Every method returns None for a value that is absent or cannot be read."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def text(self, name: str, *, max_length: int = MAX_NAME) -> str | None:
        """A text, cut at `max_length`; numbers and booleans as JSON writes them."""
        value = self._values.get(name)
        if isinstance(value, bool):
            return str(value).lower()
        text = str(value) if isinstance(value, str | int | float) else None
        return text[:max_length] if text is not None and is_storable(text) else None

    def id(self, *names: str) -> str | None:
        """An id of 1 to 200 characters, by the first of these names that has one."""
        return next(filter(None, (known_id(self.text(name, max_length=MAX_ID + 1)) for name in names)), None)

    def url(self, name: str) -> str | None:
        """An http or https URL; empty for any other text, so that no mail links to a script."""
        text = self.text(name, max_length=MAX_URL + 1)
        if text is None:
            return None
        return text if text.lower().startswith(_SCHEMES) and len(text) <= MAX_URL else ""

    def number(self, name: str) -> int | None:
        """A number in ten-thousandths, rounded half to even; at most 10^11."""
        text = self.text(name, max_length=MAX_DIGITS + 1)
        if text is None or len(text) > MAX_DIGITS:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            return None
        return round(value * SCALE) if value.is_finite() and abs(value) < MAX_NUMBER else None

    def flag(self, name: str) -> bool | None:
        """True for `true`, `1` and `yes` in any case, false for any other text."""
        text = self.text(name)
        return None if text is None else text.strip().lower() in _TRUE

    def instant(self, *names: str) -> int | None:
        """An RFC 3339 instant in µs, by the first of these names that has one."""
        for name in names:
            with suppress(ValueError):
                return parse_rfc3339(self.text(name) or "")
        return None

    def bought(self) -> tuple[str, ...]:
        """The variants of an order: `variant_ids`, or the `variant_id` of each of its `items`."""
        named = self._values.get("variant_ids")
        lines: list[Any] = next((self._values[name] for name in LINES if isinstance(self._values.get(name), list)), [])
        texts = named.split(",") if isinstance(named, str) else named if isinstance(named, list) else []
        texts = [*texts, *(line.get("variant_id", line.get("variantId")) for line in lines if isinstance(line, dict))]
        ids = (known_id(str(each).strip()) for each in texts if isinstance(each, str | int))
        return tuple(dict.fromkeys(each for each in ids if each is not None))

    def date(self, name: str) -> str | None:
        """A date as YYYY-MM-DD."""
        text = self.text(name)
        if text is None:
            return None
        try:
            return parse_day(text).isoformat()
        except ValueError:
            return None


def known_id(text: str | None) -> str | None:
    """The id, None for one that is empty or longer than MAX_ID."""
    return text if text and len(text) <= MAX_ID and is_storable(text) else None


def printed(scaled: int | None) -> str:
    """A price or quantity in ten-thousandths as a decimal number without trailing zeros; empty for None."""
    if scaled is None:
        return ""
    number = Decimal(scaled) / SCALE
    return f"{number:f}" if number != number.to_integral_value() else f"{number.to_integral_value():f}"
