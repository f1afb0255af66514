"""Message, destination and outcome: the vocabulary of every destination.

A refused message is data, an `Outcome`: destinations raise for nothing that a receiver or the network can do.
"""

from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from tidings_server.delivery.store.subscriptions import DestinationKind
from tidings_server.platform.texts import storable
from tidings_server.storage.log.records import StoredEvent

MAX_ANSWER_BYTES = 1024
"""Bytes of a receiver's answer that are stored with the attempt."""

STATUSES = range(100, 1_000)
"""HTTP statuses that are stored; any other of a receiver counts as none."""


@dataclass(frozen=True, slots=True)
class Payload:
    """The bytes of one message, in the form of the subscription's dialect.

    `headers` are the dialect's own (a webhook sends them, queues do not). `group` is the entity, the message group of a
    FIFO queue or topic. `url` is where a webhook goes, where that is not the subscription's endpoint itself.
    """

    body: bytes
    content_type: str
    headers: Mapping[str, str]
    group: str
    url: str = ""


class NothingToSend(Exception):
    """There is nothing in an event any more that a message could be made of; its text says why."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message on its way to one subscription.

    `message_id` is the `webhook-id`: the event's id, on a replay `<event id>:<replay id>`. `dedup_id` is the
    MessageDeduplicationId of FIFO queues and topics (see `dedup_id`).
    """

    payload: Payload
    event_id: str
    message_id: str
    dedup_id: str
    topic: str
    traceparent: str | None = None
    tracestate: str = ""


def message_attributes(message: Message) -> dict[str, str]:
    """Attributes of a message in a queue or a topic, by name."""
    values = {"topic": message.topic, "eventId": message.event_id, "traceparent": message.traceparent}
    values["tracestate"] = message.tracestate
    return {name: value for name, value in values.items() if value}


class OutcomeKind(StrEnum):
    """Consequence of an attempt for its delivery; stored as its value."""

    DELIVERED = "DELIVERED"
    RETRY = "RETRY"
    """Failed, and may pass later."""
    EXPIRED = "EXPIRED"
    """Failed, and no later attempt can pass."""
    GONE = "GONE"
    """The endpoint is gone for good: the subscription is stopped."""


class ErrorType(StrEnum):
    """Reason of a failed attempt, for people and for counting."""

    NONE = ""
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    DNS = "dns"
    TLS = "tls"
    EGRESS_REFUSED = "egress_refused"
    BAD_ANSWER = "bad_answer"
    """What arrived is not HTTP."""
    REDIRECT = "redirect"
    HTTP_STATUS = "http_status"
    THROTTLED = "throttled"
    GONE = "gone"
    TOO_LARGE = "too_large"
    REFUSED_CONTENT = "refused_content"
    WITHDRAWN = "withdrawn"
    """What the message depends on has been taken back, such as the consent to mail, or is no longer true."""
    CREDENTIALS = "credentials"
    NO_SUCH_DESTINATION = "no_such_destination"
    SERVICE = "service"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one attempt.

    `status` is the HTTP status, where there was one. `answer` is the first KiB of the receiver's answer, or of the
    error's text. `throttled`: the receiver requests a pause, of `retry_after_s` if it names one. Texts that a
    database does not store are made storable here: one alone would stop the attempts of all tenants in its write.
    """

    kind: OutcomeKind
    status: int | None = None
    error_type: ErrorType = ErrorType.NONE
    answer: str = ""
    retry_after_s: float | None = None
    duration_s: float = 0.0
    throttled: bool = False
    is_well: bool = False
    """Whether the receiver works although the attempt failed: it refuses this message alone, for now."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "answer", storable(self.answer, max_bytes=MAX_ANSWER_BYTES))
        if self.status is not None and self.status not in STATUSES:
            object.__setattr__(self, "status", None)


class Destination(Protocol):
    """One subscription's receiver, ready to be sent to.

    `send` takes 1 to `max_batch` messages and answers one Outcome each, in their order, within a bounded time. It
    raises nothing but cancellation.
    """

    @property
    def max_batch(self) -> int: ...

    async def send(self, batch: Sequence[Message]) -> list[Outcome]: ...


@dataclass(frozen=True, slots=True)
class DestinationSettings:
    """The settings of a subscription's destination.

    `endpoint` is a URL, a queue's URL or a topic's ARN. `secrets` are the active ones, the newest first: a webhook's
    signing secrets, two of them during a rotation, or the secret of the tenant's own AWS key.
    """

    kind: DestinationKind
    endpoint: str = ""
    region: str = ""
    access_key: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    tenant_id: int = 0


def message_group_of(event: StoredEvent) -> str:
    """The message group of an event: its entity, or its topic where it names none."""
    return event.entity_id or event.entity_ref or event.topic


def kept_answer(raw: bytes) -> str:
    """The first KiB of an answer as text that any database stores: invalid UTF-8 and NUL replaced, without a BOM."""
    text = raw.removeprefix(BOM_UTF8)[:MAX_ANSWER_BYTES].decode("utf-8", "replace")
    return storable(text, max_bytes=MAX_ANSWER_BYTES)
