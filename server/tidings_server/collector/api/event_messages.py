"""Conversion between collector events as clients send them and as the log stores them.

Source: WIRE.md 000; DESIGN.md section 3 for topics; the bounds are the contract's.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Final

from tidings.collector.v1 import events_pb2 as pb
from tidings_server.log import topics
from tidings_server.platform.errors import InvalidInput, PayloadTooLarge
from tidings_server.platform.scope import Scope
from tidings_server.platform.turns import Turn
from tidings_server.rpc.field_rules import FieldRules, base64, entries, identifier, text
from tidings_server.storage.log.records import Api, EventRecord, StoredEvent

MAX_BYTES: Final = 256 << 10
MAX_BATCH: Final = 1_000
MAX_CORRELATION_ID: Final = 128
CORRELATION_ID: Final = "correlationId"
"""Key attribute that becomes the correlation id of the envelope. Source: the vendor's apiFails.md."""

PATH_NAMES: Final = frozenset({"actions", "basket", "batch", "orders", "redemptions", "transactions"})
"""Path segments after /api/v1/events/, here and in document 003; an event with such an id would have no URL."""

NewId = Callable[[], str]

_OF_PATHS: Final = f"an id other than {', '.join(sorted(PATH_NAMES))}, which are names of paths"

EVENT: Final = FieldRules(
    pb.Event,
    {
        "id": lambda value: _OF_PATHS if value in PATH_NAMES else identifier(value),
        "entity_name": text(128),
        "event_payload": FieldRules(
            pb.EventPayload,
            {
                "base64_encoded_fault_json": base64,
                "base64_encoded_payload_json": base64,
                "key_attributes": entries(256, key=128, value=1_024),
            },
        ),
    },
    required=("event_type",),
)
BULKY: Final = frozenset({"base64_encoded_fault_json", "base64_encoded_payload_json"})
"""Fields as long as the event may be, of which conditions can only take the size and compare."""

_ID_TAG: Final = pb.Event(id="0").SerializeToString()[:1]

_Type = pb.Event.EventType
_Operation = pb.EventPayload.Operation

_VERBS_OF_TYPES: Final[Mapping[int, str]] = {
    _Type.SYSTEM_EVENT: topics.SYSTEM,
    _Type.FAULT: topics.FAULT,
    _Type.WARNING: topics.WARNING,
}
_KINDS: Final[frozenset[int]] = frozenset({_Type.ENTITY_EVENT, *_VERBS_OF_TYPES})
"""Event types that name a kind of event; the others name an entity type."""

_TYPE_NAMES: Final[Mapping[int, str]] = {number: name for name, number in _Type.items()}

_VERBS: Final[Mapping[int, str]] = {
    _Operation.CREATE: topics.CREATED,
    _Operation.BULK_CREATE: topics.CREATED,
    _Operation.UPDATE: topics.UPDATED,
    _Operation.BULK_UPDATE: topics.UPDATED,
    _Operation.DELETE: topics.DELETED,
    _Operation.READ: topics.READ,
}

_SOURCES: Final[Mapping[int, str | None]] = {
    number: name if number else None for name, number in pb.Event.EventSource.items()
}


def load(message: pb.Event, scope: Scope, *, new_id: NewId, now_us: int, prefix: str = "") -> EventRecord:
    """The log record of a message; a message without an id gets a new one.

    Raises InvalidInput with all violations, their fields prefixed with `prefix`, and PayloadTooLarge beyond MAX_BYTES.
    """
    if (size := message.ByteSize()) > MAX_BYTES:
        name = prefix.rstrip(".") or "The event"
        raise PayloadTooLarge(f"{name} has {size:,} bytes; {MAX_BYTES:,} are allowed.")
    violations = EVENT.violations(message, prefix)
    if violations:
        raise InvalidInput(violations=violations)
    body = message.SerializeToString(deterministic=True)
    body_hash = sha256(body).digest()
    if not message.id:
        message.id = new_id()
        body += _encoded_id(message.id)
    return _record(message, scope, body=body, body_hash=body_hash, now_us=now_us)


async def load_batch(messages: Sequence[pb.Event], scope: Scope, *, new_id: NewId, now_us: int) -> list[EventRecord]:
    """The records of a batch, in order, made in turns of the loop.

    Raises as `load` for the first bad event, InvalidInput for a duplicate id.
    """
    if not 1 <= len(messages) <= MAX_BATCH:
        raise InvalidInput.of("events", f"1 to {MAX_BATCH:,} events", f"{len(messages):,} events")
    records, turn = [], Turn()
    for index, message in enumerate(messages):
        records.append(load(message, scope, new_id=new_id, now_us=now_us, prefix=f"events[{index}]."))
        await turn.give()
    seen: set[str] = set()
    for index, record in enumerate(records):
        if record.event_id in seen:
            raise InvalidInput.of(f"events[{index}].id", "no id twice in one batch")
        seen.add(record.event_id)
    return records


def dump(event: StoredEvent) -> pb.Event:
    """The event as it was sent, with its id."""
    return pb.Event.FromString(event.body)


def _record(message: pb.Event, scope: Scope, *, body: bytes, body_hash: bytes, now_us: int) -> EventRecord:
    """The record. Its `actor` is the sending application, which a subscription's `noCallback` is compared with.

    Built from a tuple in field order, since keyword arguments take five times as long, and a batch has 1,000 events.
    """
    payload = message.event_payload
    topic, entity_type, kind = _envelope(message.entity_name, message.event_type, payload.operation)
    entity_id = message.entity_id or payload.entity_id or None
    entity = (topic, entity_type, entity_id, None)
    root = (None, None, None)
    owner = (scope.retailer_id, scope.site_id)
    labels = (None, None, kind, _SOURCES[message.event_source], scope.app_id)
    cause = (_correlation_id(payload.key_attributes, scope), scope.traceparent, scope.hops)
    content = (now_us, 0, body_hash, body)
    return EventRecord._make(
        (scope.tenant, Api.COLLECTOR, message.id, *entity, *root, *owner, *labels, *cause, *content)
    )


def _encoded_id(event_id: str) -> bytes:
    """The encoded field `id`; appended to the bytes of a message without an id it sets the id."""
    return _ID_TAG + bytes((len(event_id),)) + event_id.encode()


@lru_cache(maxsize=4_096)
def _envelope(name: str, event_type: int, operation: int) -> tuple[str, str | None, str]:
    """Topic, entity type and event type. Source: DESIGN.md section 3."""
    kind = _TYPE_NAMES[event_type]
    entity = name or ("" if event_type in _KINDS else kind)
    verb = _VERBS.get(operation) or _VERBS_OF_TYPES.get(event_type, topics.CREATED)
    return topics.client_topic(entity, verb), topics.part(entity).upper() or None, kind


def _correlation_id(attributes: Mapping[str, str], scope: Scope) -> str:
    """The producer's correlation id where it is valid, else the request's id."""
    given = attributes[CORRELATION_ID] if CORRELATION_ID in attributes else ""  # noqa: SIM401 - .get() copies more
    return given if 0 < len(given) <= MAX_CORRELATION_ID else scope.request_id
