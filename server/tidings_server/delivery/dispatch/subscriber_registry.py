"""The subscriptions that this process sends to: their health, and their queues."""

from collections.abc import Iterable, Mapping
from itertools import islice

from tidings_server.delivery.dispatch.endpoint_health import EndpointHealth
from tidings_server.delivery.dispatch.subscription_queue import MAX_LOAD, SubscriptionQueue
from tidings_server.delivery.store.deliveries import Priority
from tidings_server.delivery.store.leases import Lease, QueueKey, ReadySubscription
from tidings_server.delivery.store.subscriptions import Subscription

MAX_SUBSCRIBERS = 10_000
MAX_HANDED = 32
"""Subscriptions that deliveries are leased for in the transaction that queues them: everybody waits for that one."""


class SubscriberRegistry:
    """Health of subscriptions as long as there is room, queues as long as there is work."""

    def __init__(self) -> None:
        self._health: dict[int, EndpointHealth] = {}
        self._queues: dict[QueueKey, SubscriptionQueue] = {}

    def queue(self, ready: ReadySubscription) -> SubscriptionQueue:
        """The queue of a ready subscription, with the limits that it has now."""
        health = self._health.setdefault(ready.subscription_key, EndpointHealth(ready))
        health.set_limits(ready)
        return self._queues.setdefault(ready.queue_key, SubscriptionQueue(health, ready.priority))

    def health(self, key: int) -> EndpointHealth | None:
        return self._health.get(key)

    def queues(self, key: int) -> list[SubscriptionQueue]:
        """The queues that one subscription has now."""
        return [queue for priority in Priority if (queue := self._queues.get((key, priority)))]

    def clear(self) -> list[Lease]:
        """Empties all queues; the leases to be released."""
        return [lease for queue in self._queues.values() for lease in queue.clear()]

    def held(self) -> list[Lease]:
        """The leases that wait in all queues."""
        return [lease for queue in self._queues.values() for lease in queue.held()]

    def lease_limits(self, queued: Iterable[tuple[Subscription, int]], *, now: int) -> Mapping[QueueKey, int]:
        """Deliveries that could go out at once, of first deliveries about to be queued, by subscription and count.

        Only of a subscription that is known here, does not fail and has nothing older waiting.
        """
        limits = ((each.key, min(count, self._spare(each, now))) for each, count in queued)
        return {(key, Priority.FIRST): limit for key, limit in islice((one for one in limits if one[1]), MAX_HANDED)}

    def hand_over(self, leases: Iterable[Lease]) -> tuple[set[SubscriptionQueue], list[Lease]]:
        """The queues that take deliveries leased elsewhere, and the leases of subscriptions unknown here."""
        queues, unknown = set(), []
        for lease in leases:
            if health := self._health.get(lease.subscription_key):
                key = (lease.subscription_key, lease.priority)
                queue = self._queues.setdefault(key, SubscriptionQueue(health, lease.priority, has_more=False))
                queue.hand_over(lease)
                queues.add(queue)
            else:
                unknown.append(lease)
        return queues, unknown

    def forget_idle(self) -> None:
        """Forgets queues without work and, when there are too many, the health of subscriptions without any."""
        self._queues = {key: queue for key, queue in self._queues.items() if not queue.is_idle}
        if len(self._health) > MAX_SUBSCRIBERS:
            busy = {key for key, _ in self._queues}
            self._health = {key: each for key, each in self._health.items() if key in busy or each.in_flight}

    def _spare(self, subscription: Subscription, now: int) -> int:
        health = self._health.get(subscription.key)
        if health is None:
            return 0
        health.set_limits(subscription)
        if health.is_failing or health.paused_until > now:
            return 0
        queue = self._queues.get((subscription.key, Priority.FIRST))
        return queue.spare if queue else MAX_LOAD
