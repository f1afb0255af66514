"""Instants of the loyalty API: RFC 3339 texts, empty where there is none."""

from collections.abc import Callable
from typing import TypeVar

from tidings_server.platform.clock import parse_rfc3339, rfc3339_ms
from tidings_server.platform.errors import Violation

T = TypeVar("T")


class Reader:
    """Reads texts that have a form, and gathers what is wrong with them in `violations`."""

    def __init__(self) -> None:
        self.violations: list[Violation] = []

    def read(self, text: str, field: str, parse: Callable[[str], T], rule: str) -> T | None:
        """What a text says; None for an empty one, and for one that `parse` raises ValueError for."""
        try:
            return parse(text) if text else None
        except ValueError:
            self.violations.append(Violation(field, rule))
            return None

    def instant(self, text: str, field: str) -> int | None:
        """Microseconds since 1970."""
        return self.read(text, field, parse_rfc3339, "must be an RFC 3339 date-time, such as 2026-01-01T00:00:00Z")


def told(at_us: int | None) -> str:
    """The text of an instant."""
    return "" if at_us is None else rfc3339_ms(at_us)
