"""Events for operators about endpoints, on transitions alone: failing, a delivery exhausted, recovered.

Each is told once of an endpoint that fails since an instant, in the transaction of the attempts that show it. It is of
that subscription, so it never goes to that one; and since others are told on transitions of their own, nothing loops.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.retry_decision import AttemptResult
from tidings_server.delivery.store import attempts as table
from tidings_server.delivery.store import endpoint_alerts, subscriptions
from tidings_server.delivery.store.endpoint_alerts import EndpointAlert
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.log.server_events import operation_event
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.storage.log.records import EventRecord

FAILING: Final = "endpoint.failing"
RECOVERED: Final = "endpoint.recovered"
EXHAUSTED: Final = "delivery.exhausted"
LEVELS: Final = (90, 70, 50)
"""Percent of the time from the first failure to the deactivation at which operators are told."""


class EndpointAlerts:
    """The alerts that follow from the attempts of one transaction, at the instant `now`."""

    def __init__(self, *, now: int, deactivate_after_us: int, new_id: Callable[[], str]) -> None:
        self._now = now
        self._deactivate_after_us = deactivate_after_us
        self._new_id = new_id

    async def failed(
        self, conn: AsyncConnection, stored: Mapping[int, Subscription], failed: Sequence[AttemptResult]
    ) -> list[EventRecord]:
        """Events of endpoints that have failed, by these attempts, which are all their fault."""
        since, last = _episodes(stored, failed)
        levels = {key: self._level(began) for key, began in since.items()}
        exhausted = {each.lease.subscription_key: each for each in reversed(failed) if each.is_expired}
        concerned = sorted(key for key in since if levels[key] or key in exhausted)
        if not concerned:
            return []
        told = await endpoint_alerts.of(conn, concerned)
        causes = await table.summaries(conn, sorted({each.lease.seq for each in (*last.values(), *exhausted.values())}))
        events, changed = [], []
        for key in concerned:
            new = EndpointAlert(key, stored[key].tenant_id, since[key])
            before = told.get(key, new)
            before = before if before.since == new.since else new
            after = before._replace(
                level=max(before.level, levels[key]), is_exhausted=before.is_exhausted or key in exhausted
            )
            if after.level > before.level:
                events.append(self._failing(stored[key], after, causes.get(last[key].lease.seq)))
            if after.is_exhausted and not before.is_exhausted:
                events.append(self._exhausted(stored[key], exhausted[key], causes.get(exhausted[key].lease.seq)))
            if after != told.get(key):
                changed.append(after)
        await endpoint_alerts.put(conn, changed)
        return events

    async def recovered(self, conn: AsyncConnection, keys: Sequence[int]) -> list[EventRecord]:
        """Events of endpoints that deliver again, of which operators had been told that they fail."""
        told = await endpoint_alerts.remove(conn, keys)
        stored = await subscriptions.by_keys(conn, [alert.subscription_key for alert in told]) if told else {}
        return [
            self._event(
                RECOVERED, stored[alert.subscription_key], {"failingSince": rfc3339_ms(alert.since)}, cause=None
            )
            for alert in told
        ]

    def _level(self, since: int) -> int:
        """Highest of `LEVELS` that is reached; 0 for none."""
        share = 100 * (self._now - since) / self._deactivate_after_us
        return next((level for level in LEVELS if share >= level), 0)

    def _failing(self, to: Subscription, alert: EndpointAlert, cause: table.EventSummary | None) -> EventRecord:
        facts = {
            "percent": str(alert.level),
            "failingSince": rfc3339_ms(alert.since),
            "deactivatesAt": rfc3339_ms(alert.since + self._deactivate_after_us),
        }
        return self._event(FAILING, to, facts, cause)

    def _exhausted(self, to: Subscription, attempt: AttemptResult, cause: table.EventSummary | None) -> EventRecord:
        facts = {
            "deliveryId": str(attempt.lease.id),
            "eventId": cause.event_id if cause else "",
            "topic": cause.topic if cause else "",
            "reason": attempt.reason,
        }
        return self._event(EXHAUSTED, to, facts, cause)

    def _event(
        self, topic: str, to: Subscription, facts: Mapping[str, str], cause: table.EventSummary | None
    ) -> EventRecord:
        return operation_event(
            topic,
            tenant_id=to.tenant_id,
            entity_id=to.id,
            subscription_id=to.id,
            facts={"subscriptionId": to.id, **facts},
            event_id=self._new_id(),
            at_us=self._now,
            hops=cause.hops + 1 if cause else 1,
        )


def _episodes(
    stored: Mapping[int, Subscription], failed: Sequence[AttemptResult]
) -> tuple[dict[int, int], dict[int, AttemptResult]]:
    """By subscription the instant since which it fails, and its last failed attempt; of clients' active ones."""
    since: dict[int, int] = {}
    last: dict[int, AttemptResult] = {}
    for attempt in failed:
        key = attempt.lease.subscription_key
        to = stored.get(key)
        if to is not None and to.is_active and not to.is_internal:
            since[key] = min(since.get(key, attempt.at), attempt.at if to.failing_since is None else to.failing_since)
            last[key] = attempt
    return since, last
