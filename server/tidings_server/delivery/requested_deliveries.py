"""Deliveries that the server itself requests: webhooks of rules, and mail.

Each is an event of the log addressed to one internal endpoint of its tenant: a web server (one for each origin), or the
tenant's mail. The router queues it for that endpoint, whatever subscriptions match it, so it is tried again, counted,
expired and explained as all deliveries are, and a web server that fails holds up no other.

An internal endpoint is a row of the table of subscriptions that no client sees or changes, and that matching never
finds. The router adds it with its first event, and starts it again where it was stopped because its receiver failed for
days. Webhooks are not signed, since no secret is agreed with their receivers.

Only events that the server made are addressed: `api` together with `category` or `topic` marks them, which no call of a
client can set. A client's event that bears the same topic is matched like any other.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.json_body import json_body
from tidings_server.delivery.message import Payload
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.subscriptions import DestinationKind, Subscription
from tidings_server.delivery.subscription_drafts import STARTED, SubscriptionDraft
from tidings_server.delivery.subscriptions import MAX_PER_TENANT
from tidings_server.log import topics
from tidings_server.platform.errors import LostRace
from tidings_server.platform.scope import SYSTEM_ACTOR
from tidings_server.storage.log.records import Api, EventRecord, StoredEvent
from tidings_server.storage.text_hashes import hashed

EMAIL_REQUESTED: Final = "email.requested"
"""The topic of every mail. No subscription to `*` or `email.*` gets it: it holds addresses and messages."""

WEBHOOK: Final = "webhook"
"""Category, and first part of the topic, of every webhook that a rule requests."""

GENERAL: Final = "GENERAL"
MAIL_ID: Final = "mail"
MAIL_CONCURRENCY: Final = 64
WEBHOOK_CONCURRENCY: Final = 32
JSON: Final = "application/json"

EntityNames = tuple[str, str | None, str | None]
"""Type, id and reference of an entity."""

logger = structlog.get_logger(__name__)


class InternalEndpoint(NamedTuple):
    """The receiver of an addressed event: a tenant's mail, or one web server of a tenant's rules."""

    tenant_id: int
    api: Api
    id: str
    destination: DestinationKind
    url: str = ""
    max_concurrency: int = WEBHOOK_CONCURRENCY


def webhook_event(
    url: str,
    message: Mapping[str, Any],
    *,
    name: str,
    cause: StoredEvent,
    event_id: str,
    entity: EntityNames,
    root: EntityNames,
    at_us: int,
    retailer_id: str | None = None,
    source: str | None = None,
) -> EventRecord:
    """The event that has `message` (a JSON object) posted to `url`, for the transaction that requests it to append.

    `cause` is the event that a rule matched. `source` names what requests it, for those who must know when it was not
    delivered. It is an event of the workflows' API, whose clients find it among theirs; the body is JSON like theirs.
    """
    body = json_body({"attributes": [["url", url, "STRING"]], "message": message})
    return EventRecord(
        tenant_id=cause.tenant_id,
        api=Api.ORCHESTRATION,
        event_id=event_id,
        topic=webhook_topic(url),
        entity_type=entity[0],
        entity_id=entity[1],
        entity_ref=entity[2],
        root_type=root[0],
        root_id=root[1],
        root_ref=root[2],
        retailer_id=retailer_id,
        name=name,
        category=WEBHOOK,
        type=GENERAL,
        source=source,
        actor=cause.actor or SYSTEM_ACTOR,
        correlation_id=cause.event_id,
        traceparent=cause.traceparent,
        hops=cause.hops + 1,
        occurred_at=at_us,
        recorded_at=at_us,
        body_hash=hashlib.sha256(body).digest(),
        body=body,
    )


def is_mail(event: StoredEvent) -> bool:
    """Whether the event is a request of mail, as `mail.requests` makes them."""
    return event.api is Api.SCHEDULING and event.topic == EMAIL_REQUESTED


def is_webhook(event: StoredEvent) -> bool:
    """Whether the event was made by `webhook_event`: the server alone sets categories of the workflows' events."""
    return event.api is Api.ORCHESTRATION and event.category == WEBHOOK


def endpoint_of(event: StoredEvent) -> InternalEndpoint | None:
    """The endpoint that an event is addressed to; None for an event that goes to subscriptions alone."""
    if is_mail(event):
        mail = DestinationKind.MAIL
        return InternalEndpoint(event.tenant_id, event.api, MAIL_ID, mail, max_concurrency=MAIL_CONCURRENCY)
    if is_webhook(event):
        url = origin(_opened(event)[0])
        return InternalEndpoint(event.tenant_id, event.api, event.topic, DestinationKind.WEBHOOK, url)
    return None


def is_addressed_to(event: StoredEvent, endpoint: Subscription) -> bool:
    """Whether the event is addressed to this internal endpoint, one of the event's own tenant."""
    to = endpoint_of(event)
    return to is not None and (to.api, to.id) == (endpoint.api, endpoint.id)


def webhook_payload(event: StoredEvent) -> Payload:
    """The message that the event of a webhook holds, and the URL it is posted to. Source: WIRE.md 001 (b)."""
    url, message = _opened(event)
    return Payload(
        body=json_body(message),
        content_type=JSON,
        headers={},
        group=event.entity_id or event.entity_ref or event.topic,
        url=url,
    )


def webhook_topic(url: str) -> str:
    """The topic of all webhooks to the web server of a URL."""
    return topics.topic(WEBHOOK, f"{hashed(origin(url)) & (1 << 64) - 1:016x}")


def origin(url: str) -> str:
    """Scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


async def open_in(conn: AsyncConnection, endpoints: Collection[InternalEndpoint], *, at_us: int) -> None:
    """Adds or starts the rows of these endpoints.

    A web server counts as one of the tenant's subscriptions. Where the tenant has too many, no row is added: webhooks
    to it go nowhere, and a log line reports it. Raises LostRace when a row is changed meanwhile.
    """
    await table.hold(conn)
    for endpoint in sorted(endpoints):
        stored = await table.get(conn, endpoint.tenant_id, endpoint.api, endpoint.id)
        if stored is None and await _has_no_room(conn, endpoint):
            logger.warning("delivery.too_many_endpoints", tenant=endpoint.tenant_id, server=endpoint.url)
        elif stored is None:
            await table.bump(conn)
            await table.add(conn, _columns(endpoint, at_us=at_us))
        elif not stored.is_active:
            await table.bump(conn)
            if not await table.change(conn, stored, STARTED):
                raise LostRace


async def _has_no_room(conn: AsyncConnection, endpoint: InternalEndpoint) -> bool:
    is_limited = endpoint.destination is DestinationKind.WEBHOOK
    return is_limited and await table.count(conn, endpoint.tenant_id) >= MAX_PER_TENANT


def _columns(endpoint: InternalEndpoint, *, at_us: int) -> dict[str, Any]:
    """Every column of a new row but `key`."""
    draft = SubscriptionDraft(
        destination=endpoint.destination, endpoint=endpoint.url, max_concurrency=endpoint.max_concurrency
    )
    return {
        **draft.columns(),
        "id": endpoint.id,
        "tenant_id": endpoint.tenant_id,
        "api": endpoint.api,
        "version": 1,
        "is_confirmed": True,
        "created_at": at_us,
        "created_by": SYSTEM_ACTOR,
        "updated_at": at_us,
        "updated_by": SYSTEM_ACTOR,
        "after_seq": 0,
        "inactive_reason": "",
        "last_condition_error": "",
        "request_hash": b"",
    }


def _opened(event: StoredEvent) -> tuple[str, Any]:
    """URL and message of the event of a webhook."""
    body = json.loads(event.body)
    [[_, url, _]] = body["attributes"]
    return url, body["message"]
