"""What an attempt makes of its delivery: delivered, tried again, or given up. Pure but for the jitter handed in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tidings_server.delivery import Outcome, OutcomeKind
from tidings_server.delivery.dispatch.port import Attempt
from tidings_server.delivery.retry import RetryPolicy, Uniform, next_try_us
from tidings_server.delivery.store.attempts import MAX_REASON, AttemptRow, Awaited, Change

US_PER_S = 1_000_000
S_PER_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Verdict:
    """An attempt and its consequence: `due_at` of the next try, or None when there is none."""

    attempt: Attempt
    due_at: int | None
    reason: str

    @property
    def outcome(self) -> OutcomeKind:
        """What the attempt is kept as: a last one has expired its delivery."""
        return OutcomeKind.EXPIRED if self.is_expired else self.attempt.outcome.kind

    @property
    def is_delivered(self) -> bool:
        return self.attempt.outcome.kind is OutcomeKind.DELIVERED

    @property
    def is_expired(self) -> bool:
        return self.due_at is None and not self.is_delivered

    def awaited(self) -> Awaited:
        """The delivery as it must still be for this to count."""
        claim = self.attempt.claim
        return Awaited(claim.delivery, claim.attempts, claim.subscription, claim.seq, claim.replay_id)

    def change(self, *, now: int) -> Change:
        """The delivery's new values."""
        claim = self.attempt.claim
        return Change(
            id=claim.delivery,
            attempts=claim.attempts,
            state="EXPIRED" if self.due_at is None else "PENDING",
            due_at=now if self.due_at is None else self.due_at,
            tries=claim.tries + 1,
            tries_from=_tries_from(self.attempt),
            reason=self.reason,
        )

    def row(self) -> AttemptRow:
        """The attempt as it is kept."""
        claim, outcome = self.attempt.claim, self.attempt.outcome
        return AttemptRow(
            delivery_id=claim.delivery,
            number=claim.attempts + 1,
            at=self.attempt.at,
            outcome=self.outcome.value,
            status=outcome.status,
            error_type=outcome.error_type.value,
            answer=outcome.answer,
            duration_us=int(outcome.duration_s * US_PER_S),
        )

    def in_turn(self, *, waiting_since: int | None, max_wait_s: int, now: int) -> "Verdict":
        """The verdict where the next events of the entity wait for this one, the first since `waiting_since`.

        Nobody waits longer than `max_wait_s`: the next try comes in time, and when time is up this delivery expires.
        """
        if self.due_at is None:
            return self
        max_wait = max_wait_s * US_PER_S
        if waiting_since is not None and waiting_since + max_wait <= now:
            reason = f"gave way after {span(max_wait_s)} to the next event of its entity; last: {self.reason}"
            return replace(self, due_at=None, reason=reason[:MAX_REASON])
        latest = now + max_wait if waiting_since is None else waiting_since + max_wait
        return replace(self, due_at=min(self.due_at, latest))


def judge(attempts: Sequence[Attempt], *, now: int, policy: RetryPolicy, uniform: Uniform) -> list[Verdict]:
    """A verdict on each attempt."""
    return [_judge(attempt, now, policy, uniform) for attempt in attempts]


def _judge(attempt: Attempt, now: int, policy: RetryPolicy, uniform: Uniform) -> Verdict:
    outcome = attempt.outcome
    if outcome.kind is OutcomeKind.DELIVERED:
        return Verdict(attempt, None, "")
    if outcome.kind is OutcomeKind.EXPIRED:
        return Verdict(attempt, None, outcome.answer[:MAX_REASON])
    due_at = next_try_us(
        failed=attempt.claim.tries + 1,
        tries_from=_tries_from(attempt),
        now=now,
        retry_after_s=outcome.retry_after_s,
        policy=policy,
        uniform=uniform,
    )
    reason = summary(outcome)
    if due_at is None:
        reason = f"gave up after {span(policy.horizon_s)}; last: {reason}"[:MAX_REASON]
    return Verdict(attempt, due_at, reason)


def summary(outcome: Outcome) -> str:
    """A failure in a few words, such as `http_status 500`."""
    return f"{outcome.error_type.value} {outcome.status or ''}".strip()


def span(seconds: float) -> str:
    """A length of time in words: days, or seconds where it is less than one."""
    return f"{seconds / S_PER_DAY:g} days" if seconds >= S_PER_DAY else f"{seconds:g} s"


def _tries_from(attempt: Attempt) -> int:
    return attempt.at if attempt.claim.tries_from is None else attempt.claim.tries_from
