"""Concurrency, rate, pauses and failures of one subscription's endpoint."""

from collections.abc import Sequence
from typing import Protocol

from tidings_server.delivery.dispatch.circuit import CircuitBreaker
from tidings_server.delivery.message import Outcome, OutcomeKind
from tidings_server.delivery.retry_policy import RetryPolicy, Uniform, pause_of, pause_s
from tidings_server.delivery.store.attempts import Pause
from tidings_server.delivery.store.leases import ReadySubscription
from tidings_server.delivery.store.subscriptions import PauseReason

START = 4
"""Sends at once to an endpoint that has not answered yet: one that hangs takes no more than these."""

UNLIMITED = 1_000

FAILING_AFTER = 3
"""Failures in a row after which a subscription is served from the retry budget only."""


class SendLimits(Protocol):
    """Limits that a subscription sets, as `Subscription` and `ReadySubscription` have them. 0 a second is no limit."""

    @property
    def max_concurrency(self) -> int: ...

    @property
    def max_per_second(self) -> int: ...


class EndpointHealth:
    """One subscription's limits and health, as this process knows them.

    Concurrency grows by one with each success, up to the subscription's own limit, and halves with each failure. A
    `max_per_second`, and the rate at which a backlog drains, are kept by a token bucket that holds one second's worth.
    """

    def __init__(self, ready: ReadySubscription) -> None:
        is_failing = ready.failing_since is not None
        self.key = ready.subscription_key
        self.tenant_id = ready.tenant_id
        self.in_flight = 0
        self.paused_until = 0
        self._failures = FAILING_AFTER if is_failing else 0
        self._throttles = 0
        self._circuit = CircuitBreaker(is_failing=is_failing)
        self._allowed = 1 if is_failing else START
        self._max_concurrency = ready.max_concurrency
        self._rate = ready.max_per_second
        self._tokens = float(max(1, ready.max_per_second))
        self._filled_at = 0

    def set_limits(self, limits: SendLimits) -> None:
        """Takes over limits that may have changed."""
        self._max_concurrency, self._rate = limits.max_concurrency, limits.max_per_second

    @property
    def is_failing(self) -> bool:
        return self._failures >= FAILING_AFTER

    @property
    def is_probed(self) -> bool:
        """Whether the next send tells if the endpoint is well again."""
        return self._circuit.is_half_open

    @property
    def room(self) -> int:
        """Further sends that may start now."""
        return max(0, self.slots - self.in_flight)

    @property
    def slots(self) -> int:
        """Sends that may run at once."""
        return 1 if self.is_probed else min(self._allowed, self._max_concurrency)

    def grant(self, now: int) -> int:
        """Messages that pause and rate allow now."""
        if self.paused_until > now:
            return 0
        drain = self._circuit.rate(now)
        rate = min(self._rate or drain or 0.0, drain or self._rate)
        if not rate:
            return UNLIMITED
        gained = max(0, now - self._filled_at) / 1_000_000 * rate
        self._tokens = min(max(1.0, rate), self._tokens + gained)
        self._filled_at = max(self._filled_at, now)
        return int(self._tokens)

    def started(self, messages: int) -> None:
        """Counts a send of so many messages."""
        self.in_flight += 1
        self._tokens = max(0.0, self._tokens - messages)

    def finished(
        self, outcomes: Sequence[Outcome], *, started_at: int, now: int, policy: RetryPolicy, uniform: Uniform
    ) -> Pause | None:
        """Counts the outcomes of one send; the pause of the subscription that begins with it, if one does."""
        self.in_flight -= 1
        throttled = [outcome for outcome in outcomes if outcome.throttled]
        opened_s: float | None = None
        if any(outcome.kind is OutcomeKind.DELIVERED or outcome.is_well for outcome in outcomes):
            self._passed(now)
        elif any(outcome.kind is not OutcomeKind.EXPIRED for outcome in outcomes):
            self._failures += 1
            self._allowed = max(1, self._allowed // 2)
            opened_s = None if throttled else self._circuit.failed(started_at=started_at, now=now)
        if throttled:
            self._throttles += 1
            requested_s = pause_of(max(outcome.retry_after_s or 0.0 for outcome in throttled))
            return self._pause(now, requested_s or pause_s(self._throttles, policy, uniform), PauseReason.THROTTLED)
        return None if opened_s is None else self._pause(now, uniform(opened_s / 2, opened_s), PauseReason.FAILING)

    def _passed(self, now: int) -> None:
        if self.is_probed:
            self._allowed = 1
            self._tokens, self._filled_at = 1.0, now
        self._circuit.passed(now)
        self._failures = self._throttles = 0
        self._allowed = min(self._allowed + 1, self._max_concurrency)

    def _pause(self, now: int, seconds: float, reason: PauseReason) -> Pause:
        self.paused_until = max(self.paused_until, now + int(seconds * 1_000_000))
        return Pause(self.paused_until, reason)
