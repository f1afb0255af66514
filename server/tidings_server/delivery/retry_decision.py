"""Decision about a delivery after an attempt: delivered, tried again, or given up. Pure; jitter is passed in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tidings_server.delivery.message import Outcome, OutcomeKind
from tidings_server.delivery.retry_policy import RetryPolicy, Uniform, next_try_us, pause_of
from tidings_server.delivery.store.attempts import MAX_REASON, SUCCEEDED, AttemptRow, Pause
from tidings_server.delivery.store.leases import Lease
from tidings_server.platform.clock import US_PER_S

S_PER_DAY = 86_400


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """One attempt of a leased delivery, sent at `at` (microseconds), and what follows from it.

    `pause`: the subscription pauses because of it. `decide` sets `due_at`, the instant of the next
    try, None where there is none, and `reason`.
    """

    lease: Lease
    at: int
    outcome: Outcome
    pause: Pause | None = None
    due_at: int | None = None
    reason: str = ""

    @property
    def is_delivered(self) -> bool:
        return self.outcome.kind is OutcomeKind.DELIVERED

    @property
    def is_expired(self) -> bool:
        """Whether there is no next try, once this is decided."""
        return self.due_at is None and not self.is_delivered

    @property
    def tries_from(self) -> int:
        """The instant of the first try of this round of retries."""
        return self.at if self.lease.tries_from is None else self.lease.tries_from

    @property
    def recorded_outcome(self) -> str:
        """The outcome as it is stored: a last attempt has expired its delivery."""
        return (OutcomeKind.EXPIRED if self.is_expired else self.outcome.kind).value

    def row(self, *, now: int) -> AttemptRow:
        """The attempt as it is stored, with its delivery's new values."""
        lease, outcome = self.lease, self.outcome
        failed = "EXPIRED" if self.is_expired else "PENDING"
        return AttemptRow(
            delivery_id=lease.id,
            number=lease.attempts + 1,
            at=self.at,
            outcome=self.recorded_outcome,
            status=outcome.status,
            error_type=outcome.error_type.value,
            answer=outcome.answer,
            duration_us=int(outcome.duration_s * US_PER_S),
            state=SUCCEEDED if self.is_delivered else failed,
            due_at=now if self.due_at is None else self.due_at,
            tries=lease.tries + 1,
            tries_from=self.tries_from,
            reason=self.reason,
        )


def decide(
    attempts: Sequence[AttemptResult], *, now: int, policy: RetryPolicy, uniform: Uniform
) -> list[AttemptResult]:
    """The attempts with their consequences."""
    return [attempt if attempt.is_delivered else _decided(attempt, now, policy, uniform) for attempt in attempts]


def in_turn(
    attempt: AttemptResult, *, queued_at: int | None, changed_at: int, max_wait_s: int, now: int
) -> AttemptResult:
    """The attempt where the next events of its entity wait for it, the first queued at `queued_at`.

    It holds them up from its first try in this round of retries on, or from a later change of its subscription, such
    as its reactivation, at `changed_at`: while nothing may be sent no try is missed. After `max_wait_s` it expires, and
    its next try comes within that time.
    """
    if attempt.due_at is None:
        return attempt
    max_wait = max_wait_s * US_PER_S
    held_since = now if queued_at is None else max(queued_at, attempt.tries_from, changed_at)
    if held_since + max_wait <= now:
        reason = f"gave way after {span(max_wait_s)} to the next event of its entity; last: {attempt.reason}"
        return replace(attempt, due_at=None, reason=reason[:MAX_REASON])
    return replace(attempt, due_at=min(attempt.due_at, held_since + max_wait))


def summary(outcome: Outcome) -> str:
    """A failure in a few words, such as `http_status 500`."""
    return f"{outcome.error_type.value} {outcome.status or ''}".strip()


def span(seconds: float) -> str:
    """A length of time in words: days, or seconds where it is less than one."""
    if seconds < S_PER_DAY:
        return f"{seconds:g} s"
    return "1 day" if seconds == S_PER_DAY else f"{seconds / S_PER_DAY:g} days"


def _stated(retry_after_s: float | None) -> str:
    """The pause that the receiver asked for, in words."""
    if not retry_after_s:
        return ""
    longest = pause_of(retry_after_s)
    taken = f", of which {span(longest)} is kept" if longest < retry_after_s else ""
    return f"; Retry-After {span(retry_after_s)}{taken}"


def _decided(attempt: AttemptResult, now: int, policy: RetryPolicy, uniform: Uniform) -> AttemptResult:
    outcome = attempt.outcome
    if outcome.kind is OutcomeKind.EXPIRED:
        return replace(attempt, reason=outcome.answer[:MAX_REASON])
    due_at = next_try_us(
        failed=attempt.lease.tries + 1,
        tries_from=attempt.tries_from,
        now=now,
        retry_after_s=outcome.retry_after_s,
        policy=policy,
        uniform=uniform,
    )
    reason = summary(outcome) + _stated(outcome.retry_after_s)
    if due_at is None:
        reason = f"gave up after {span(policy.horizon_s)}; last: {reason}"[:MAX_REASON]
    return replace(attempt, due_at=due_at, reason=reason)
