"""Reasons that pending deliveries wait for, and the instants at which they are tried next."""

from typing import Final, NamedTuple, TypedDict

from tidings_server.delivery.store.subscriptions import PauseReason, Subscription
from tidings_server.platform.clock import rfc3339_ms

MAX_AHEAD: Final = 1_000
"""Deliveries ahead of one that are counted."""


class PendingDelivery(NamedTuple):
    """A delivery that has not ended. Instants are microseconds.

    `failure` is that of its last attempt. `predecessor` is the delivery that it waits for in order, `ahead` the number
    of deliveries to the same subscription that are due before it, counted up to `MAX_AHEAD`.
    """

    due_at: int
    lease_until: int
    failure: str
    predecessor: int | None = None
    ahead: int = 0


class Wait(NamedTuple):
    """The reason that a delivery waits for, and the instant of its next try: never a past one, None for none."""

    reason: str
    next_attempt_at: int | None


def wait_of(pending: PendingDelivery, subscription: Subscription, *, now: int) -> Wait:
    """The wait of a delivery to this subscription."""
    if obstacle := obstacle_of(subscription):
        return Wait(obstacle, None)
    if pending.lease_until > now:
        return Wait(pending.failure or "being sent", now)
    paused_until = subscription.paused_until or 0
    next_attempt_at = max(pending.due_at, paused_until, now)
    if reason := pause_of(subscription, now=now):
        return Wait(reason, next_attempt_at)
    if pending.predecessor is not None:
        return Wait(f"waits for delivery {pending.predecessor}, which comes before it in order", next_attempt_at)
    if pending.due_at > now:
        return Wait(pending.failure, next_attempt_at)
    return Wait(_turn(pending, subscription) or pending.failure, next_attempt_at)


def obstacle_of(subscription: Subscription) -> str:
    """The reason that nothing is sent to a subscription until a client changes that; empty where something is."""
    if not subscription.is_active:
        return f"inactive: {subscription.inactive_reason}" if subscription.inactive_reason else "inactive"
    if subscription.is_confirmed:
        return ""
    return f"unconfirmed: {subscription.ping_error}" if subscription.ping_error else "unconfirmed"


def pause_of(subscription: Subscription, *, now: int) -> str:
    """The pause that a subscription is in; empty where it is in none."""
    until = subscription.paused_until or 0
    if until <= now or not subscription.is_confirmed:  # then it is the instant of the next ping
        return ""
    if subscription.pause_reason == PauseReason.FAILING:
        return f"circuit open until {rfc3339_ms(until)}: the endpoint fails; then one delivery is tried"
    return f"throttled until {rfc3339_ms(until)}: the endpoint asked for a pause"


def _turn(pending: PendingDelivery, subscription: Subscription) -> str:
    if not pending.ahead:
        return ""
    ahead = f"{MAX_AHEAD:,} or more" if pending.ahead >= MAX_AHEAD else f"{pending.ahead:,}"
    limit = f", at most {subscription.max_per_second:,} a second" if subscription.max_per_second else ""
    return f"waits for its turn behind {ahead} that are due before it{limit}"


class HealthFields(TypedDict):
    """Fields of a subscription's message that tell of its endpoint's health; None for those that are left out."""

    failing_since: str | None
    paused_until: str | None
    pause_reason: str | None


HEALTH: Final = tuple(HealthFields.__annotations__)


def health_of(subscription: Subscription) -> HealthFields:
    """The health of a subscription's endpoint as messages show it; a pause that is over must be left out before."""
    since = subscription.failing_since
    until = subscription.paused_until if subscription.is_confirmed else None
    return HealthFields(
        failing_since=None if since is None else rfc3339_ms(since),
        paused_until=None if until is None else rfc3339_ms(until),
        pause_reason=pause_of(subscription, now=0) or None,
    )
