"""The subscriptions that this process sends to, and their work at hand."""

from collections.abc import Iterable
from itertools import islice

from tidings_server.delivery.dispatch.endpoint_health import Subscriber
from tidings_server.delivery.dispatch.port import Claim, Lane, Queued, Ready, Want
from tidings_server.delivery.dispatch.subscription_queue import MAX_LOAD, Stream

MAX_SUBSCRIBERS = 10_000
MAX_HANDED = 32
"""Subscriptions that deliveries are claimed for in the unit that queues them: everybody waits for that unit."""


class Roster:
    """Subscribers as long as there is room, streams as long as there is work."""

    def __init__(self) -> None:
        self._subscribers: dict[int, Subscriber] = {}
        self._streams: dict[tuple[int, Lane], Stream] = {}

    def stream(self, ready: Ready) -> Stream:
        """The stream of what the outbox speaks of, with the limits that it names."""
        subscriber = self._subscribers.setdefault(ready.subscription, Subscriber(ready))
        subscriber.limit(ready)
        return self._streams.setdefault((ready.subscription, ready.lane), Stream(subscriber, ready.lane))

    def subscriber(self, key: int) -> Subscriber | None:
        return self._subscribers.get(key)

    def streams(self, key: int) -> list[Stream]:
        """Of one subscription, those that there are."""
        return [stream for lane in Lane if (stream := self._streams.get((key, lane)))]

    def give_up(self) -> list[Claim]:
        """Empties all streams; the claims to be released."""
        return [claim for stream in self._streams.values() for claim in stream.give_up()]

    def wanted(self, queued: Iterable[Queued], *, now: int) -> list[Want]:
        """Claims for those that could go out at once.

        Only for who is known here, does not fail and has nothing older waiting.
        """
        wants = (Want(each.subscription, Lane.FIRST, min(each.deliveries, self._spare(each, now))) for each in queued)
        return list(islice((want for want in wants if want.limit), MAX_HANDED))

    def taken(self, claims: Iterable[Claim]) -> tuple[set[Stream], list[Claim]]:
        """The streams that first deliveries claimed elsewhere have gone to, and those that nobody is known for."""
        streams, strays = set(), []
        for claim in claims:
            if subscriber := self._subscribers.get(claim.subscription):
                key = (claim.subscription, Lane.FIRST)
                stream = self._streams.setdefault(key, Stream(subscriber, Lane.FIRST, has_more=False))
                stream.handed(claim)
                streams.add(stream)
            else:
                strays.append(claim)
        return streams, strays

    def forget_idle(self) -> None:
        """Lets go of streams without work and, when there are too many, of subscribers without any."""
        self._streams = {key: stream for key, stream in self._streams.items() if not stream.is_idle}
        if len(self._subscribers) > MAX_SUBSCRIBERS:
            busy = {key for key, _ in self._streams}
            self._subscribers = {
                key: subscriber for key, subscriber in self._subscribers.items() if key in busy or subscriber.in_flight
            }

    def _spare(self, queued: Queued, now: int) -> int:
        subscriber = self._subscribers.get(queued.subscription)
        if subscriber is None:
            return 0
        subscriber.limit(queued)
        if subscriber.is_failing or subscriber.paused_until > now:
            return 0
        stream = self._streams.get((queued.subscription, Lane.FIRST))
        return stream.spare if stream else MAX_LOAD
