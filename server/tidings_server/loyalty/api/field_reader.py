"""Reading and printing text fields: instants (RFC 3339, empty for none) and other parsed texts."""

from collections.abc import Callable
from typing import TypeVar

from tidings_server.platform.clock import parse_rfc3339, rfc3339_ms
from tidings_server.platform.errors import Violation

T = TypeVar("T")


class FieldReader:
    """Parses text fields, and collects the invalid ones in `violations`."""

    def __init__(self) -> None:
        self.violations: list[Violation] = []

    def read(self, text: str, field: str, *, parse: Callable[[str], T], rule: str) -> T | None:
        """The parsed text; None for an empty one, and for one for which `parse` raises ValueError."""
        try:
            return parse(text) if text else None
        except ValueError:
            self.violations.append(Violation(field, rule))
            return None

    def instant(self, text: str, field: str) -> int | None:
        """Parse an instant to microseconds since 1970."""
        return self.read(
            text, field, parse=parse_rfc3339, rule="must be an RFC 3339 date-time, such as 2026-01-01T00:00:00Z"
        )


def print_instant(at_us: int | None) -> str:
    """Print an instant."""
    return "" if at_us is None else rfc3339_ms(at_us)
