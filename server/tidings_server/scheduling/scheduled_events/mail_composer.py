"""Composition of the mails of an action, the same for a run and for a preview."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from tidings_server.catalogue.event_attributes import SCALE, AttributeReader
from tidings_server.catalogue.queries import Catalogue
from tidings_server.catalogue.store.stock_reports import ExpiringArticle, OpenOrder
from tidings_server.mail.rendering import one_line
from tidings_server.mail.requests import EmailRequest
from tidings_server.mail.templates import render
from tidings_server.platform.clock import Clock, from_us, rfc3339_ms
from tidings_server.scheduling.scheduled_events.actions import ActionType, EmailAction, ReportAction, ScheduledAction
from tidings_server.storage.log.records import StoredEvent

NO_EVENT: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("id", "topic", "entityType", "entityId", "occurredAt"), ""),
    "attributes": {},
}
"""Template variable `event` of a run that no event caused: the same keys with empty values."""

MAX_LISTED: Final = 200
"""Articles or orders listed in one mail; the total is given beside them."""


@dataclass(frozen=True, slots=True)
class ActionContext:
    """Context of one execution of an action. `event` is the template variable of the event that fired the trigger."""

    tenant: int
    store_id: int
    scheduled_at: int
    zone: str = "UTC"
    event: Mapping[str, Any] = field(default_factory=lambda: NO_EVENT)

    def today(self, clock: Clock) -> date:
        """The current date in the trigger's time zone."""
        return from_us(clock.now_us()).astimezone(ZoneInfo(self.zone)).date()


class MailComposer:
    """Composes mail requests from actions and the catalogue, without writing anything."""

    def __init__(self, catalogue: Catalogue, events: AttributeReader, clock: Clock) -> None:
        self._catalogue = catalogue
        self._events = events
        self._clock = clock

    async def mails(self, action: ScheduledAction, context: ActionContext) -> list[EmailRequest]:
        """One request for each recipient; none where a report is empty.

        Raises RenderFailed for a template that fails with this context, Unavailable while the catalogue is behind the
        log.
        """
        if isinstance(action, EmailAction):
            return _rendered(action, context)
        data = await self._report(action, context)
        if not data["total"]:
            return []
        fallback = "best_before" if action.kind is ActionType.BEST_BEFORE_EMAIL else "undelivered"
        return [EmailRequest(to=to, fallback=fallback, data={"days": action.days, **data}) for to in action.to]

    def template_event(self, event: StoredEvent) -> Mapping[str, Any]:
        """Template variable `event` of an event."""
        envelope = {
            "id": event.event_id,
            "topic": event.topic,
            "entityType": event.entity_type,
            "entityId": event.entity_id or event.entity_ref,
            "occurredAt": rfc3339_ms(event.occurred_at),
        }
        return {name: value or "" for name, value in envelope.items()} | {
            "attributes": dict(self._events.attributes(event))
        }

    async def _report(self, report: ReportAction, context: ActionContext) -> dict[str, Any]:
        await self._catalogue.wait_until_current(context.tenant)
        tenant, days = context.tenant, report.days
        if report.kind is ActionType.BEST_BEFORE_EMAIL:
            articles = await self._catalogue.best_before(
                tenant, days=days, today=context.today(self._clock), limit=MAX_LISTED
            )
            return {"total": articles.total, "items": list(map(_article, articles.items))}
        orders = await self._catalogue.undelivered(tenant, days=days, now_us=self._clock.now_us(), limit=MAX_LISTED)
        return {"total": orders.total, "orders": list(map(_order, orders.items))}


def _rendered(action: EmailAction, context: ActionContext) -> list[EmailRequest]:
    variables = {
        "event": context.event,
        "store": str(context.store_id),
        "scheduledAt": rfc3339_ms(context.scheduled_at),
    }
    subject, text = one_line(render(action.subject, variables)), render(action.body, variables)
    return [EmailRequest(to=to, subject=subject, text=text) for to in action.to]


def _article(row: ExpiringArticle) -> dict[str, Any]:
    quantity = row.quantity
    shown = None if quantity is None else quantity / SCALE if quantity % SCALE else quantity // SCALE
    return {**row._asdict(), "quantity": shown}


def _order(row: OpenOrder) -> dict[str, Any]:
    return {"id": row.id, "created_at": rfc3339_ms(row.created_at), "status": row.status}
