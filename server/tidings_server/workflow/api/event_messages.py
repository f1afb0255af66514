"""Conversion of workflow events between messages and records.

Source: WIRE.md 001, its samples before its tables.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from hashlib import sha256
from typing import Final
from uuid import UUID

from google.protobuf.struct_pb2 import Value

from tidings.orchestration.v1 import events_pb2 as pb
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.platform.errors import InvalidInput, PayloadTooLarge, PermissionDenied, Unauthenticated, Violation
from tidings_server.platform.scope import Scope
from tidings_server.platform.unknown_names import shown
from tidings_server.rpc.field_rules import FieldRules, matching, text
from tidings_server.rpc.json_values import json_of, null, text_or_null, value_of
from tidings_server.storage.log.records import EventRecord
from tidings_server.workflow import attributes
from tidings_server.workflow.attributes import Attribute
from tidings_server.workflow.entities import Reference, kind, root_of
from tidings_server.workflow.event_codec import EventBody, event_record
from tidings_server.workflow.event_queries import WorkflowRecord

MAX_BYTES: Final = 256 << 10
NO_RETAILER: Final = "InvalidInput, Logged in user has no retailer"
"""The document's text."""

_TYPES: Final = dict(pb.Event.EventType.items())
_STATUSES: Final = dict(pb.Event.EventStatus.items())

_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_KIND: Final = text(128)

NEW_EVENT: Final = FieldRules(
    pb.NewEvent,
    {
        "id": matching(_UUID, "must be a UUID"),
        "retailer_id": _KIND,
        "root_entity_type": _KIND,
        "entity_type": _KIND,
        "entity_subtype": _KIND,
    },
    required=("name", "entity_type"),
)


def load(
    message: pb.NewEvent, scope: Scope, *, new_id: Callable[[], str], now_us: int, is_sync: bool = False
) -> EventRecord:
    """The record of a new event; a message without an id gets a new one.

    Raises InvalidInput with all rules that it breaks, PayloadTooLarge over 256 KiB, Unauthenticated and
    PermissionDenied by the rules for retailers.
    """
    retailer_id = retailer_of(message.retailer_id, scope)
    values = _checked(message)
    body = EventBody(attributes=values, by=scope.actor, subtype=kind(message.entity_subtype), is_sync=is_sync)
    stored = event_record(
        message.name,
        body,
        event_id=str(UUID(message.id)) if message.id else scope.reserved_id or new_id(),
        tenant_id=scope.tenant,
        retailer_id=retailer_id,
        entity=entity_of(message),
        root=root_of(entity_of(message), _root(message)),
        at_us=now_us,
        actor=scope.app_id,
        traceparent=scope.traceparent,
        hops=scope.hops,
        body_hash=sha256(retailer_id.encode() + b"\0" + message.SerializeToString(deterministic=True)).digest(),
    )
    if len(stored.body) > MAX_BYTES:
        raise PayloadTooLarge(f"The event has {len(stored.body):,} bytes; {MAX_BYTES:,} are allowed.")
    return stored._replace(recorded_at=0)


def retailer_of(named: str, scope: Scope) -> str:
    """The retailer of a new event: a retailer user's own, else the one that an account user names."""
    if scope.retailer_id is None and not named:
        raise Unauthenticated(NO_RETAILER)
    if scope.retailer_id is not None and named not in {"", scope.retailer_id}:
        raise PermissionDenied("This user may only send events of its own retailer.")
    return scope.retailer_id or named


def entity_of(message: pb.NewEvent) -> Reference:
    """The entity of an event."""
    return Reference(kind(message.entity_type), message.entity_id or None, message.entity_ref or None)


def attributes_of(message: pb.NewEvent) -> tuple[Attribute, ...]:
    """The attributes, from a list or an object. Raises InvalidInput."""
    loaded = list(_load_attributes(message.attributes)) if message.HasField("attributes") else []
    violations = [each for each in loaded if isinstance(each, Violation)]
    if violations:
        raise InvalidInput(violations=violations)
    return tuple(each for each in loaded if isinstance(each, Attribute))


def dump(record: WorkflowRecord, account: str) -> pb.Event:
    """The event as a read of one event prints it, with `meta`, `recordedBy` and `recordedOn`."""
    event = _listed_event(record, account, _context(record))
    event.meta.CopyFrom(null())
    event.recorded_by = record.recorded_by
    event.recorded_on = instant(record.recorded_at_us)
    return event


def dump_all(records: Iterable[WorkflowRecord], account: str) -> list[pb.Event]:
    """The events as lists print them; records of one run share one context message."""
    contexts: dict[Hashable, pb.EventContext] = {}
    events = []
    for one in records:
        key = (one.source_events, one.entity, one.root)
        context = contexts.get(key)
        if context is None:
            context = contexts[key] = _context(one)
        events.append(_listed_event(one, account, context))
    return events


def dump_attribute(attribute: Attribute) -> pb.Attribute:
    """One attribute, its value in its JSON type."""
    return pb.Attribute(name=attribute.name, value=value_of(attribute.value), type=attribute.type)


def instant(at_us: int) -> str:
    """`yyyy-MM-dd'T'HH:mm:ss.SSS+0000`."""
    return rfc3339_ms(at_us).removesuffix("Z") + "+0000"


def _checked(message: pb.NewEvent) -> tuple[Attribute, ...]:
    """The attributes of a valid event. Raises InvalidInput with all violations."""
    violations = list(NEW_EVENT.violations(message))
    if not message.entity_id and not message.entity_ref:
        violations.append(Violation("entityId", "one of entityId and entityRef is required"))
    if not message.root_entity_type and (message.root_entity_id or message.root_entity_ref):
        violations.append(Violation("rootEntityType", "is required with rootEntityId or rootEntityRef"))
    values: tuple[Attribute, ...] = ()
    try:
        values = attributes_of(message)
    except InvalidInput as refused:
        violations.extend(refused.violations)
    if violations:
        raise InvalidInput(violations=violations)
    return values


def _root(message: pb.NewEvent) -> Reference | None:
    """The root that was sent; without id and ref it is the entity itself, or unknown if that is of another type."""
    if message.root_entity_id or message.root_entity_ref:
        root_id, root_ref = message.root_entity_id or None, message.root_entity_ref or None
        return Reference(kind(message.root_entity_type), root_id, root_ref)
    return entity_of(message) if message.root_entity_type.upper() == message.entity_type.upper() else None


def _load_attributes(sent: Value) -> Iterator[Attribute | Violation]:
    values = json_of(sent)
    if isinstance(values, dict):
        for name, value in values.items():
            if not name:
                yield Violation("attributes", "names must not be empty")
            elif problem := attributes.problem(value):
                yield Violation(f"attributes.{shown(name)}", problem)
            else:
                yield attributes.attribute(name, value)
    elif isinstance(values, list):
        for index, item in enumerate(values):
            yield _listed(item, f"attributes[{index}]")
    elif values is not None:
        yield Violation("attributes", "must be an object, or a list of {name, value, type}")


def _listed(item: object, path: str) -> Attribute | Violation:
    if not isinstance(item, dict):
        return Violation(path, "must be an object {name, value, type}")
    name, type_name = item.get("name"), item.get("type")
    if not isinstance(name, str) or not name:
        return Violation(f"{path}.name", "is required, a text")
    if "value" not in item:
        return Violation(f"{path}.value", "is required")
    if type_name is not None and not isinstance(type_name, str):
        return Violation(f"{path}.type", "must be a text")
    if problem := attributes.problem(item["value"]):
        return Violation(f"{path}.value", problem)
    return Attribute(name, item["value"], type_name or attributes.type_of(item["value"]))


def _listed_event(record: WorkflowRecord, account: str, context: pb.EventContext) -> pb.Event:
    return pb.Event(
        id=record.id,
        name=record.name,
        type=_TYPES[record.type],
        account_id=account,
        retailer_id=record.retailer_id,
        category=record.category,
        context=context,
        event_status=_STATUSES[record.status.value],
        attributes=map(dump_attribute, record.attributes),
        source=text_or_null(record.source),
        generated_by=record.by,
        generated_on=instant(record.at_us),
    )


def _context(record: WorkflowRecord) -> pb.EventContext:
    root = record.root
    return pb.EventContext(
        source_events=record.source_events,
        entity_type=record.entity.type,
        entity_id=text_or_null(record.entity.id),
        entity_ref=text_or_null(record.entity.ref),
        root_entity_type=text_or_null(root.type if root else None),
        root_entity_id=text_or_null(root.id if root else None),
        root_entity_ref=text_or_null(root.ref if root else None),
    )
