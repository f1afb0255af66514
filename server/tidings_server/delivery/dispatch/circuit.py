"""The circuit breaker of one subscription's endpoint.

Closed, everything is sent. It opens when the endpoint has failed a few times in a row, or nearly always of late; then
nothing is sent for a pause that doubles each time. After it, half open, one send is tried. When that is taken the
circuit closes and the backlog drains at a rate that begins low and doubles each second.
"""

from collections import deque
from typing import Final

from tidings_server.platform.clock import US_PER_S

OPENS_AFTER: Final = 5
"""Failures in a row after which the circuit opens."""

RECENT: Final = 20
MAX_FAILED: Final = 15
"""Failures among the `RECENT` last sends at which it opens: an endpoint that now and then takes one is failing too."""

FIRST_PAUSE_S: Final = 1.0
MAX_PAUSE_S: Final = 60.0
"""Pauses between two probes: an endpoint that is well again is found within a minute."""

DRAIN_START: Final = 5.0
DRAIN_END: Final = 1_000.0
"""Messages a second as the circuit closes, and those from which on there is no limit."""


class CircuitBreaker:
    """State of one circuit. Instants are microseconds."""

    def __init__(self, *, is_failing: bool) -> None:
        """`is_failing`: the last attempt that is recorded failed, so the first send is a probe."""
        self.is_half_open = is_failing
        self._failures = 0
        self._recent: deque[bool] = deque(maxlen=RECENT)
        self._openings = 0
        self._draining_since: int | None = None
        self._opened_at = 0

    def passed(self, now: int) -> None:
        """Counts a send that the endpoint took."""
        if self._openings:
            self._draining_since = now
            self._recent.clear()
        self.is_half_open = False
        self._failures = self._openings = 0
        self._recent.append(True)

    def failed(self, *, started_at: int, now: int) -> float | None:
        """Counts a failed send; the seconds of the pause that begins, if it opens the circuit or leaves it open.

        One that was under way as the circuit opened says nothing new.
        """
        if started_at < self._opened_at:
            return None
        self._failures += 1
        self._recent.append(False)
        is_open = self.is_half_open or self._failures >= OPENS_AFTER or self._recent.count(False) >= MAX_FAILED
        if not is_open:
            return None
        self.is_half_open = True
        self._opened_at = now
        self._failures = 0
        self._recent.clear()
        self._openings += 1
        return float(min(MAX_PAUSE_S, FIRST_PAUSE_S * 2 ** min(self._openings - 1, 16)))

    def rate(self, now: int) -> float | None:
        """Messages a second while a backlog drains; None where there is no limit."""
        if self._draining_since is None:
            return None
        rate: float = DRAIN_START * 2.0 ** min((now - self._draining_since) / US_PER_S, 16)
        if rate >= DRAIN_END:
            self._draining_since = None
            return None
        return rate
