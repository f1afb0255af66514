"""Deliveries of a push subscription that are made again: resends and replays."""

import re
import time
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

from tidings.push.v1.deliveries_pb2 import EventDeliverySummary, ListDeliveryAttemptsRequest
from tidings.push.v1.deliveries_pb2_grpc import DeliveryAttemptServiceStub
from tidings_cli.context import Session
from tidings_cli.failures import LOST, CommandFailed

POLL_S = 2.0
PAGE = 200
NEVER = "1970-01-01T00:00:00.000Z"
UNDASHED = re.compile("[0-9a-f]{32}")
ENDED = frozenset({"Succeeded", "Expired"})


class Redelivery(NamedTuple):
    """A notification that is delivered once more; `replay` is empty for a resent one."""

    body: dict[str, Any]
    replay: str


class Redeliveries:
    """Redeliveries to a subscription from the construction on, oldest change first.

    A round of tries that begins anew is a redelivery, and so is the first round of a delivery that a replay has made.
    Looks at most every `POLL_S` at the deliveries that have changed since the last look, among the newest 20,000.
    """

    def __init__(self, session: Session, subscription: str) -> None:
        self._session = session
        self._subscription = subscription
        self._rounds: dict[int, int] = {}
        newest = self._page(f"updateDate ge {NEVER}", sort_by="updateDate desc")
        self._since = newest[0].update_date if newest else NEVER
        self._looked_at = time.monotonic()
        for delivery in newest:
            self._is_new(delivery)

    def new(self) -> Iterator[Redelivery]:
        """Redeliveries since the last look; none where the server can't be reached. Raises CommandFailed."""
        if time.monotonic() - self._looked_at < POLL_S:
            return
        self._looked_at = time.monotonic()
        try:
            yield from self._changed()
        except CommandFailed as failure:
            if failure.code not in LOST:
                raise

    def _changed(self) -> Iterator[Redelivery]:
        while True:
            page = self._page(f"updateDate ge {self._since}", sort_by="updateDate asc")
            yield from (_redelivery(one) for one in page if self._is_new(one) and one.HasField("event_summary"))
            seen, self._since = self._since, page[-1].update_date if page else self._since
            if len(page) < PAGE or self._since == seen:
                return

    def _page(self, changed: str, *, sort_by: str) -> list[EventDeliverySummary]:
        request = ListDeliveryAttemptsRequest(
            subscription_id=self._subscription, page_size=PAGE, sort_by=sort_by, filter=changed
        )
        return list(self._session.call(DeliveryAttemptServiceStub, "ListDeliveryAttempts", request).items)

    def _is_new(self, delivery: EventDeliverySummary) -> bool:
        """Whether a round of it has begun that was not seen. Of first deliveries nothing is kept."""
        number = int(delivery.id)
        first = 0 if delivery.replay_id else 1
        rounds = _rounds(delivery)
        if rounds <= self._rounds.get(number, first):
            return False
        self._rounds[number] = rounds
        return True


def _redelivery(delivery: EventDeliverySummary) -> Redelivery:
    summary = delivery.event_summary
    body: dict[str, Any] = {
        "eventId": _dashed(summary.event_id),
        "topic": summary.topic,
        "entityId": summary.entity_id,
        "timestamp": summary.create_date,
        "correlationId": summary.correlation_id,
        "isTest": False,
    }
    if summary.extended_properties:
        body["extendedProperties"] = [{"key": one.key, "value": one.value} for one in summary.extended_properties]
    return Redelivery(body, delivery.replay_id)


def _dashed(event_id: str) -> str:
    """An event's id as notifications have it: with dashes where it is a UUID."""
    return str(UUID(event_id)) if UNDASHED.fullmatch(event_id) else event_id


def _rounds(delivery: EventDeliverySummary) -> int:
    """Rounds of tries that have begun: those that ended, and the one that is under way."""
    ended = sum(attempt.delivery_status in ENDED for attempt in delivery.delivery_attempts)
    return ended + (delivery.delivery_status not in ENDED)
