"""Hops in W3C `tracestate`: how many events came before one, for receivers that post back what follows from it.

Whoever hands on the trace context of a message hands this on with it, so a loop through a receiver of the tenant's own
is seen, and ends as chains inside the server do. Source: W3C Trace Context, 3.3.
"""

import re
from typing import Final

MAX_HOPS: Final = 100
"""Hops that are read at most: far beyond where any chain ends."""

_MEMBER: Final = re.compile(r"(?:^|,)[ \t]*tidings=(\d{1,9})[ \t]*(?:,|$)", re.ASCII)


def print_hops(hops: int) -> str:
    """The list member that says that a message is about an event with so many before it."""
    return f"tidings={hops}"


def parse_hops(tracestate: str) -> int | None:
    """The hops that a `tracestate` names; None where it names none."""
    found = _MEMBER.search(tracestate)
    return min(int(found[1]), MAX_HOPS) if found else None
