"""From an action to the mails that it asks for: the same for a run and for a preview."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from tidings_server.catalogue.event_attributes import SCALE
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
"""What templates see where no event is the cause: nothing, under the same names."""

LISTED: Final = 200
"""Articles or orders in one mail; it says how many there are."""


class EventFacts(Protocol):
    """What a template sees of an event, whichever API it came by."""

    def attributes(self, event: StoredEvent) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class ActionContext:
    """Why mails are asked for. `event` is the one that set the trigger off, as templates see it."""

    tenant: int
    store_id: int
    scheduled_at: int
    zone: str = "UTC"
    event: Mapping[str, Any] = field(default_factory=lambda: NO_EVENT)

    def today(self, clock: Clock) -> date:
        """The date where the trigger is at home."""
        return from_us(clock.now_us()).astimezone(ZoneInfo(self.zone)).date()


class MailComposer:
    """Reads what the log knows of the shop, and writes nothing."""

    def __init__(self, shop: Catalogue, facts: EventFacts, clock: Clock) -> None:
        self._shop = shop
        self._facts = facts
        self._clock = clock

    async def mails(self, action: ScheduledAction, occasion: ActionContext) -> list[EmailRequest]:
        """One request for each recipient; none where a report has nothing to report.

        Raises RenderFailed for a template that this occasion does not fill, Unavailable while the shop is not known.
        """
        if isinstance(action, EmailAction):
            return _mails(action, occasion)
        data = await self._reported(action, occasion)
        if not data["total"]:
            return []
        fallback = "best_before" if action.kind is ActionType.BEST_BEFORE_EMAIL else "undelivered"
        return [EmailRequest(to=to, fallback=fallback, data={"days": action.days, **data}) for to in action.to]

    def seen(self, event: StoredEvent) -> Mapping[str, Any]:
        """The event as templates see it."""
        told = {
            "id": event.event_id,
            "topic": event.topic,
            "entityType": event.entity_type,
            "entityId": event.entity_id or event.entity_ref,
            "occurredAt": rfc3339_ms(event.occurred_at),
        }
        return {name: value or "" for name, value in told.items()} | {"attributes": dict(self._facts.attributes(event))}

    async def _reported(self, report: ReportAction, occasion: ActionContext) -> dict[str, Any]:
        await self._shop.settled()
        tenant, days = occasion.tenant, report.days
        if report.kind is ActionType.BEST_BEFORE_EMAIL:
            found = await self._shop.best_before(tenant, days=days, today=occasion.today(self._clock), limit=LISTED)
            return {"total": found.total, "items": list(map(_article, found.items))}
        late = await self._shop.undelivered(tenant, days=days, now_us=self._clock.now_us(), limit=LISTED)
        return {"total": late.total, "orders": list(map(_order, late.items))}


def _mails(mail: EmailAction, occasion: ActionContext) -> list[EmailRequest]:
    variables = {
        "event": occasion.event,
        "store": str(occasion.store_id),
        "scheduledAt": rfc3339_ms(occasion.scheduled_at),
    }
    subject, text = one_line(render(mail.subject, variables)), render(mail.body, variables)
    return [EmailRequest(to=to, subject=subject, text=text) for to in mail.to]


def _article(row: ExpiringArticle) -> dict[str, Any]:
    quantity = row.quantity
    shown = None if quantity is None else quantity / SCALE if quantity % SCALE else quantity // SCALE
    return {**row._asdict(), "quantity": shown}


def _order(row: OpenOrder) -> dict[str, Any]:
    return {"id": row.id, "created_at": rfc3339_ms(row.created_at), "status": row.status}
