"""Export and redaction of event bodies: the port `BodyRedaction`.

What a message may keep is listed by name: words of the contract, ids of events, numbers. Every other text is free, and
may be about any person. A dialect whose bodies are messages adds its message to MESSAGES.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any, Final

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Value

from tidings.collector.v1.events_pb2 import Event
from tidings.loyalty.v1.events_pb2 import Event as LoyaltyEvent
from tidings_server.privacy.data_source import PersonalRow
from tidings_server.privacy.data_sources import is_about_customer
from tidings_server.privacy.person import Person, is_customer_field, redacted
from tidings_server.rpc.json_values import json_of, value_of
from tidings_server.storage.log.records import Api
from tidings_server.workflow.attributes import Attribute
from tidings_server.workflow.event_codec import decode_body

MESSAGES: Final[Mapping[int, type[Message]]] = {Api.COLLECTOR: Event, Api.LOYALTY: LoyaltyEvent}
"""APIs whose bodies are messages, with those; bodies of others are JSON."""

KEPT: Final = frozenset(
    (
        *("id", "event_id", "entity_name", "entity_id"),
        # loyalty: what its ledger and its rules go by
        *("tenant_id", "source_event_id", "order_id", "basket_id", "basket_item_id", "basket_item_part_id", "rule_id"),
        *("created_at", "name_space", "product_id", "sku", "currency_code", "order_status", "financial_status", "key"),
    )
)
"""Fields of messages whose texts are kept: ids of events and things, and names of kinds."""
KEPT_ATTRIBUTES: Final = frozenset({"url", "eventId"})
"""Attributes of workflow events that the server itself has made."""
ENTITY_IDS: Final = frozenset({"entity_id", "entity_ref"})
PAYLOAD: Final = "base64_"
"""Prefix of fields that hold JSON in base64."""


class PersonalEventBodies:
    """Event bodies of all dialects."""

    def shown(self, row: PersonalRow) -> Any:
        message = MESSAGES.get(row["api"])
        if message is None:
            return _shown_json(row)
        printed = json_format.MessageToDict(message.FromString(row["body"]), preserving_proto_field_name=True)
        return _with_payloads(printed)

    def redacted(self, row: PersonalRow, subject: Person) -> bytes:
        message = MESSAGES.get(row["api"])
        if message is None:
            return _redacted_json(row, subject)
        parsed = message.FromString(row["body"])
        _redact(parsed, subject, is_about=is_about_customer(row, subject))
        return bytes(parsed.SerializeToString(deterministic=True))


def _shown_json(row: PersonalRow) -> Any:
    if row["api"] != Api.ORCHESTRATION:
        return json.loads(row["body"])
    body = decode_body(row["body"])
    return {"attributes": {one.name: one.value for one in body.attributes}, "by": body.by, "message": body.message}


def _redacted_json(row: PersonalRow, subject: Person) -> bytes:
    if row["api"] != Api.ORCHESTRATION:
        return json.dumps(redacted(subject, json.loads(row["body"])), sort_keys=True, separators=(",", ":")).encode()
    body = json.loads(row["body"])
    if "attributes" in body:
        body["attributes"] = [_redacted_attribute(Attribute(*one), subject) for one in body["attributes"]]
    if "message" in body:
        body["message"] = redacted(subject, body["message"])
    if subject.is_named_in(body.get("by", "")) or subject.is_customer(body.get("by")):
        body["by"] = subject.pseudonym
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def _redacted_attribute(one: Attribute, subject: Person) -> Attribute:
    if one.name in KEPT_ATTRIBUTES and not subject.is_named_in(str(one.value)):
        return one
    return one._replace(value=redacted(subject, one.value, one.name))


def _with_payloads(printed: dict[str, Any]) -> dict[str, Any]:
    """A printed message with its payloads decoded as JSON; others stay as they are."""
    found: dict[str, Any] = {}
    for name, value in printed.items():
        if isinstance(value, dict):
            found[name] = _with_payloads(value)
        elif name.startswith(PAYLOAD) and isinstance(value, str):
            found[name] = _decoded(value)
        else:
            found[name] = value
    return found


def _decoded(payload: str) -> Any:
    alphabet = payload.rstrip("=").translate(str.maketrans("+/", "-_"))
    try:
        raw = urlsafe_b64decode(alphabet + "=" * (-len(alphabet) % 4)).decode("utf-8", "replace")
        return json.loads(raw)
    except (ValueError, RecursionError):
        return payload


def _redact(message: Any, subject: Person, *, is_about: bool) -> None:
    """Remove the free texts of a message. `is_about`: its entity is the person."""
    for field, value in list(message.ListFields()):
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            _redact_map(value, subject)
        elif field.type == FieldDescriptor.TYPE_MESSAGE:
            for one in value if field.is_repeated else (value,):
                _redact_message(one, subject, field.name, is_about=is_about)
        elif field.type in {FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES}:
            values = value if field.is_repeated else (value,)
            texts = [_text(subject, field, one, is_about=is_about) for one in values]
            _set(message, field, texts)


def _redact_message(message: Any, subject: Person, name: str, *, is_about: bool) -> None:
    if isinstance(message, Value):
        message.CopyFrom(value_of(redacted(subject, json_of(message), name)))
    elif message.DESCRIPTOR.file.package == "google.protobuf" and message.DESCRIPTOR.name in {"Struct", "ListValue"}:
        json_format.ParseDict(redacted(subject, json_format.MessageToDict(message), name), message)
    else:
        _redact(message, subject, is_about=is_about)


def _redact_map(values: Any, subject: Person) -> None:
    for key in list(values):
        if isinstance(values[key], Message):
            _redact_message(values[key], subject, key, is_about=False)
        elif isinstance(values[key], str):
            values[key] = redacted(subject, values[key], key)
        if isinstance(key, str) and subject.is_named_in(key):
            del values[key]


def _text(subject: Person, field: FieldDescriptor, value: Any, *, is_about: bool) -> Any:
    if isinstance(value, bytes):
        return b""
    if subject.is_customer(value) and (is_customer_field(field.name) or (is_about and field.name in ENTITY_IDS)):
        return subject.pseudonym
    if field.name in KEPT:
        return subject.pseudonym if subject.is_named_in(value) else value
    return ""


def _set(message: Any, field: FieldDescriptor, texts: list[Any]) -> None:
    if not field.is_repeated:
        setattr(message, field.name, texts[0])
        return
    del getattr(message, field.name)[:]
    getattr(message, field.name).extend(texts)
