"""`tidings listen`: a local receiver is posted what a subscription would post, without a public address."""

import hmac
import json
import os
import secrets
import time
from base64 import b64encode
from dataclasses import dataclass, field
from email.utils import formatdate
from hashlib import sha256
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from tidings.collector.v1.events_pb2 import WatchEventsResponse
from tidings_cli.context import Session, in_words, session_of
from tidings_cli.failures import USAGE, CommandFailed
from tidings_cli.redeliveries import POLL_S, Redeliveries
from tidings_cli.watching import watched_or_idle

TIMEOUT_S = 30.0
TRIES, FIRST_PAUSE_S = 5, 0.5
SECRET_VARIABLE = "TIDINGS_SIGNING_SECRET"  # noqa: S105 - the name of a variable
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
            status, said = 0, in_words(error)
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
    count: Annotated[int, typer.Option(min=0, help="End after so many posts; 0: never.")] = 0,
) -> None:
    """Post events to a receiver of yours as they are stored, signed as the server signs them, and show each answer.

    The secret to verify with is TIDINGS_SIGNING_SECRET, else a new one that is shown at the start. An event that the
    receiver does not take is posted again up to four times. A lost connection resumes where it was. With --subscription
    what `tidings deliveries resend` and `replay` send again is posted too, within seconds, under the `webhook-id` that
    the server gives it.
    """
    session = session_of(context)
    if urlsplit(forward_to).scheme not in {"http", "https"} or not urlsplit(forward_to).hostname:
        raise CommandFailed("--forward-to must be an http or https URL", code=USAGE)
    secret = os.environ.get(SECRET_VARIABLE) or secrets.token_urlsafe(32)
    receiver = Receiver(forward_to, secret)
    if state is not None and not after and state.exists():
        after = state.read_text().strip()
    again = Redeliveries(session, subscription) if subscription else None
    session.printer.note(f"Forwarding {topic or 'all events'} to {forward_to}. Ctrl-C ends it.")
    if SECRET_VARIABLE not in os.environ:
        standard = b64encode(secret.encode()).decode()
        session.printer.note(f"Secret (x-vol-hmac-sha256): {secret}\nSecret (Standard Webhooks):  whsec_{standard}")
    forwarded, position = 0, after
    note, tick_s = session.printer.note, POLL_S if again else None
    try:
        for response in watched_or_idle(session.connection, topic=topic, after=after, note=note, tick_s=tick_s):
            if response is not None:
                _forward(session, receiver, _notification(response), kind="event")
                position = response.position
                if state is not None:
                    state.write_text(position + "\n")
                forwarded += 1
            for redelivery in again.new() if again else ():
                _forward(session, receiver, redelivery.body, kind="redelivery", replay=redelivery.replay)
                forwarded += 1
            if count and forwarded >= count:
                return
    finally:
        if position != after:
            session.printer.note(f"Resume with --after {position}")


def _forward(session: Session, receiver: Receiver, body: dict[str, Any], *, kind: str, replay: str = "") -> None:
    """Post one notification until the receiver takes it, at most TRIES times; each answer is a line."""
    sent = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    message_id = f"{body['eventId']}:{replay}" if replay else str(body["eventId"])
    pause_s = FIRST_PAUSE_S
    for attempt in range(1, TRIES + 1):
        status, took_ms, said = receiver.post(message_id, sent, {"x-tidings-attempt": str(attempt)})
        line = {
            "kind": kind,
            "topic": body["topic"],
            "eventId": body["eventId"],
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
