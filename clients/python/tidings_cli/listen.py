"""`tidings listen`: a local receiver is posted what a subscription would post, without a public address."""

import hmac
import json
import os
import secrets
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from hashlib import sha256
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from tidings.collector.v1.events_pb2 import GetEventRequest, WatchEventsResponse
from tidings.collector.v1.events_pb2_grpc import EventServiceStub
from tidings.push.v1.deliveries_pb2 import ListDeliveryAttemptsRequest
from tidings.push.v1.deliveries_pb2_grpc import DeliveryAttemptServiceStub
from tidings_cli.context import Session, session_of
from tidings_cli.failures import USAGE, CommandFailed
from tidings_cli.printing import as_row
from tidings_cli.watching import watched

TIMEOUT_S = 30.0
TRIES, FIRST_PAUSE_S = 5, 0.5
SECRET_VARIABLE = "TIDINGS_SIGNING_SECRET"  # noqa: S105 - the name of a variable
POLL_S = 2.0
LOOKED_AT = 50
OK = range(200, 300)


@dataclass(slots=True)
class Receiver:
    """An address on this machine, and the secret that it is signed for."""

    url: str
    secret: str = field(repr=False)

    def post(self, message_id: str, body: bytes, extra: dict[str, str]) -> tuple[int, float, str]:
        """Status, milliseconds and the beginning of an answer; status 0 where there was none."""
        parts = urlsplit(self.url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.hostname or "localhost", parts.port, timeout=TIMEOUT_S)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        began = time.monotonic()
        try:
            connection.request("POST", target, body, headers={**signed(self.secret, message_id, body), **extra})
            answer = connection.getresponse()
            said = answer.read(1_024).decode("utf-8", "replace")
            status = answer.status
        except (OSError, HTTPException) as error:
            status, said = 0, str(error)
        finally:
            connection.close()
        return status, round((time.monotonic() - began) * 1_000, 1), said


def signed(secret: str, message_id: str, body: bytes) -> dict[str, str]:
    """Headers of a notification as the server signs it: Standard Webhooks, and the vendor's own."""
    sent_at = int(time.time())
    date = formatdate(sent_at, usegmt=True)
    signature = hmac.digest(secret.encode(), f"{message_id}.{sent_at}.".encode() + body, "sha256")
    key = b64encode(sha256((secret + secret).encode()).digest())
    return {
        "Content-Type": "application/json",
        "Date": date,
        "webhook-id": message_id,
        "webhook-timestamp": str(sent_at),
        "webhook-signature": f"v1,{b64encode(signature).decode()}",
        "x-vol-hmac-sha256": b64encode(sha256(key + date.encode() + body).digest()).decode(),
        "User-Agent": "tidings-listen",
    }


def listen(
    context: typer.Context,
    *,
    forward_to: Annotated[str, typer.Option("--forward-to", help="URL of your receiver, http://localhost:3000/hook.")],
    topic: Annotated[str, typer.Option(help="Exact topic, a prefix such as order.* or *; by default any.")] = "",
    after: Annotated[str, typer.Option(help="Position to resume after; by default the one of --state.")] = "",
    state: Annotated[
        Path | None, typer.Option(help="File that keeps the position, so that the next start misses nothing.")
    ] = None,
    subscription: Annotated[
        str, typer.Option(help="Subscription whose redeliveries and replays are forwarded too.")
    ] = "",
    count: Annotated[int, typer.Option(min=0, help="End after so many events; 0: never.")] = 0,
) -> None:
    """Post events to a receiver of yours as they are stored, signed as the server signs them, and show each answer.

    The secret to verify with is TIDINGS_SIGNING_SECRET, else a new one that is shown at the start. An event that the
    receiver does not take is posted again up to four times. A lost connection resumes where it was.
    """
    session = session_of(context)
    if urlsplit(forward_to).scheme not in {"http", "https"} or not urlsplit(forward_to).hostname:
        raise CommandFailed("--forward-to must be an http or https URL", code=USAGE)
    secret = os.environ.get(SECRET_VARIABLE) or secrets.token_urlsafe(32)
    receiver = Receiver(forward_to, secret)
    if state is not None and not after and state.exists():
        after = state.read_text().strip()
    session.printer.note(f"Forwarding {topic or 'all events'} to {forward_to}. Ctrl-C ends it.")
    if SECRET_VARIABLE not in os.environ:
        standard = b64encode(secret.encode()).decode()
        session.printer.note(f"Secret (x-vol-hmac-sha256): {secret}\nSecret (Standard Webhooks):  whsec_{standard}")
    again = _Redeliveries(session, subscription)
    forwarded, position = 0, after
    try:
        for response in watched(session.connection, topic=topic, after=after, note=session.printer.note):
            _forward(session, receiver, _notification(response), kind="event")
            position = response.position
            if state is not None:
                state.write_text(position + "\n")
            for notification, replay in again.new():
                _forward(session, receiver, notification, kind="redelivery", suffix=replay)
            forwarded += 1
            if forwarded == count:
                return
    finally:
        if position:
            session.printer.note(f"Resume with --after {position}")


def _forward(
    session: Session, receiver: Receiver, notification: dict[str, Any], *, kind: str, suffix: str = ""
) -> None:
    """Post one notification until the receiver takes it, at most TRIES times; each answer is a line."""
    body = json.dumps(notification, ensure_ascii=False, separators=(",", ":")).encode()
    message_id = str(notification["eventId"]) + suffix
    pause_s = FIRST_PAUSE_S
    for attempt in range(1, TRIES + 1):
        status, took_ms, said = receiver.post(message_id, body, {"x-tidings-attempt": str(attempt)})
        line = {
            "kind": kind,
            "topic": notification["topic"],
            "eventId": notification["eventId"],
            "attempt": attempt,
            "status": status,
            "ms": took_ms,
        }
        session.printer.line({**line, "answer": said} if status not in OK or not session.printer.is_table else line)
        if status in OK:
            return
        time.sleep(pause_s)
        pause_s *= 2


def _notification(response: WatchEventsResponse) -> dict[str, Any]:
    """The body that a push subscription posts about an event."""
    event = response.event
    body: dict[str, Any] = {
        "eventId": event.id,
        "topic": response.topic,
        "entityId": event.entity_id or event.event_payload.entity_id,
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
        "correlationId": event.event_payload.key_attributes.get("correlationId", ""),
        "isTest": False,
    }
    if facts := sorted(event.event_payload.key_attributes.items()):
        body["extendedProperties"] = [{"key": key, "value": value} for key, value in facts]
    return body


class _Redeliveries:
    """Deliveries of a subscription that are made again: those of events that are older than the delivery before."""

    def __init__(self, session: Session, subscription: str) -> None:
        self._session = session
        self._subscription = subscription
        self._seen: set[int] | None = None
        self._looked_at = 0.0

    def new(self) -> Iterator[tuple[dict[str, Any], str]]:
        """Notifications of what was sent again since the last look, with what their message id ends in."""
        if not self._subscription or time.monotonic() - self._looked_at < POLL_S:
            return
        self._looked_at = time.monotonic()
        request = ListDeliveryAttemptsRequest(subscription_id=self._subscription, page_size=LOOKED_AT)
        page = self._session.call(DeliveryAttemptServiceStub, "ListDeliveryAttempts", request)
        found = {int(one.id): one for one in page.items}
        known, self._seen = self._seen, (self._seen or set()) | found.keys()
        if known is None:
            return
        for number, delivery in sorted(found.items()):
            if number in known or delivery.create_date[:19] == delivery.event_summary.create_date[:19]:
                continue
            summary = as_row(delivery.event_summary)
            event = self._session.call(EventServiceStub, "GetEvent", GetEventRequest(id=summary["eventId"]))
            response = WatchEventsResponse(topic=summary["topic"], event=event)
            yield _notification(response), f".{number}"
