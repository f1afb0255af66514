"""Attempts by the hour in which they were sent, as the counts of deliveries have them."""

from collections.abc import Sequence

from tidings_server.delivery.retry_decision import AttemptResult
from tidings_server.delivery.store.delivery_counts import HourlyAttempts
from tidings_server.platform.clock import US_PER_HOUR


def tallied(attempts: Sequence[AttemptResult]) -> list[HourlyAttempts]:
    """Counts of these attempts by tenant, hour and subscription, in the order of the rows that they change."""
    counts: dict[tuple[int, int, int], list[int]] = {}
    for attempt in attempts:
        lease = attempt.lease
        key = (lease.tenant_id, attempt.at // US_PER_HOUR, lease.subscription_key)
        outcomes = counts.setdefault(key, [0, 0, 0])
        outcomes[0] += attempt.is_delivered
        outcomes[1] += not attempt.is_delivered
        outcomes[2] += attempt.is_expired
    return [HourlyAttempts(*key, *counts[key]) for key in sorted(counts)]
