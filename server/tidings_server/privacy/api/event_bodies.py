"""Export and redaction of event bodies: the port `BodyRedaction`.

What a message of the person's own may keep is listed by name: words of the contract, ids of events, numbers; any other
text stays only if it is no words. A message that only mentions the person keeps all that does not. A dialect whose
bodies are messages adds its message to MESSAGES.
"""

import json
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Value

from tidings.collector.v1.events_pb2 import Event
from tidings.loyalty.v1.events_pb2 import Event as LoyaltyEvent
from tidings_server.delivery.requested_deliveries import EMAIL_REQUESTED
from tidings_server.privacy.data_source import PersonalRow
from tidings_server.privacy.data_sources import is_about_customer
from tidings_server.privacy.fields import is_personal
from tidings_server.privacy.person import Person, is_customer_field
from tidings_server.privacy.redaction import Owner, owner_of, redacted, redacted_fields, redacted_text
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
PAIR: Final = "KeyValue"
"""Message of loyalty that is one field: its name and its value."""
STRUCTS: Final = frozenset({"Struct", "ListValue"})
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

    def redacted(self, row: PersonalRow, subject: Person, owner: Owner | None) -> bytes:
        whose = owner_of(subject, self.shown(row)) if owner is None else owner
        message = MESSAGES.get(row["api"])
        if message is None:
            return _redacted_json(row, subject, whose)
        parsed = message.FromString(row["body"])
        _MessageRedaction(subject, whose, is_about=is_about_customer(row, subject)).redact(parsed)
        return bytes(parsed.SerializeToString(deterministic=True))


def _shown_json(row: PersonalRow) -> Any:
    if row["api"] != Api.ORCHESTRATION:
        return json.loads(row["body"])
    body = decode_body(row["body"])
    return {"attributes": {one.name: one.value for one in body.attributes}, "by": body.by, "message": body.message}


def _redacted_json(row: PersonalRow, subject: Person, owner: Owner) -> bytes:
    body = json.loads(row["body"])
    if row["api"] != Api.ORCHESTRATION:
        left = _redacted_mail(body, subject) if row["topic"] == EMAIL_REQUESTED else None
        left = redacted(subject, body, owner=owner) if left is None else left
        return json.dumps(left, sort_keys=True, separators=(",", ":")).encode()
    if "attributes" in body:
        body["attributes"] = _redacted_attributes([Attribute(*one) for one in body["attributes"]], subject, owner)
    if "message" in body:
        body["message"] = redacted(subject, body["message"], "message", owner=owner)
    if subject.is_named_in(body.get("by", "")) or subject.is_customer(body.get("by")):
        body["by"] = subject.pseudonym
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def _redacted_mail(body: Any, subject: Person) -> Any:
    """A mail without its contents, so that it can't be sent again; another recipient stays."""
    left = redacted(subject, body, owner=Owner.PERSON, is_detail_of=True)
    return left | {"to": redacted(subject, body["to"], "to", owner=Owner.ANOTHER)}


def _redacted_attributes(attributes: list[Attribute], subject: Person, owner: Owner) -> list[Attribute]:
    left = redacted_fields(subject, [(one.name, one.value) for one in attributes], owner=owner)
    return [
        one
        if one.name in KEPT_ATTRIBUTES and not subject.is_named_in(str(one.value))
        else one._replace(name=name, value=value)
        for one, (name, value) in zip(attributes, left, strict=True)
    ]


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
    try:
        return json.loads(_raw(payload))
    except (ValueError, RecursionError):
        return payload


def _raw(payload: str) -> str:
    """The text in base64, of either alphabet. Raises ValueError for what is none."""
    alphabet = payload.rstrip("=").translate(str.maketrans("+/", "-_"))
    return urlsafe_b64decode(alphabet + "=" * (-len(alphabet) % 4)).decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class _MessageRedaction:
    """Redaction of one message.

    `owner` is whose it is. `is_about`: its entity is the person. `is_detail_of`: it holds details of the person.
    """

    subject: Person
    owner: Owner
    is_about: bool
    is_detail_of: bool = False

    def redact(self, message: Any) -> None:
        """Take the person out of a message, in place."""
        for field, value in list(message.ListFields()):
            if field.message_type is not None and field.message_type.GetOptions().map_entry:
                self._redact_map(value)
            elif field.type == FieldDescriptor.TYPE_MESSAGE:
                is_detail_of = self.is_detail_of or (self.owner is Owner.PERSON and is_personal(field.name))
                for one in value if field.is_repeated else (value,):
                    replace(self, is_detail_of=is_detail_of).redact_field(one, field.name)
            elif field.type in {FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES}:
                values = value if field.is_repeated else (value,)
                name = message.key if message.DESCRIPTOR.name == PAIR and field.name == "value" else field.name
                _set(message, field, [self._text(name, one) for one in values])

    def redact_field(self, message: Any, name: str) -> None:
        """Take the person out of a message that is the value of a field, in place."""
        if isinstance(message, Value):
            message.CopyFrom(value_of(self._json(json_of(message), name)))
        elif message.DESCRIPTOR.file.package == "google.protobuf" and message.DESCRIPTOR.name in STRUCTS:
            json_format.ParseDict(self._json(json_format.MessageToDict(message), name), message)
        else:
            self.redact(message)

    def _redact_map(self, values: Any) -> None:
        texts = {key: value for key, value in values.items() if isinstance(key, str) and isinstance(value, str)}
        left = redacted_fields(self.subject, list(texts.items()), owner=self.owner, is_detail_of=self.is_detail_of)
        for key, (_, value) in zip(texts, left, strict=True):
            values[key] = value
        for key in list(values):
            if isinstance(values[key], Message):
                replace(self, is_about=False).redact_field(values[key], key)
            if isinstance(key, str) and self.subject.stands_in(key):
                del values[key]

    def _json(self, json: Any, name: str) -> Any:
        return redacted(self.subject, json, name, owner=self.owner, is_detail_of=self.is_detail_of)

    def _text(self, name: str, value: Any) -> Any:
        if isinstance(value, bytes):
            return b""
        subject = self.subject
        if subject.is_customer(value) and (is_customer_field(name) or (self.is_about and name in ENTITY_IDS)):
            return subject.pseudonym
        if name in KEPT:
            return subject.pseudonym if subject.is_named_in(value) else value
        if name.startswith(PAYLOAD):
            return self._payload(value)
        return redacted_text(subject, value, name, owner=self.owner, is_detail_of=self.is_detail_of)

    def _payload(self, payload: str) -> str:
        """JSON in base64 without the person; one that is none goes, if it is the person's or has the person in it."""
        decoded = _decoded(payload)
        if decoded == payload:
            is_gone = self.owner is Owner.PERSON or self.subject.stands_in(_raw(payload))
            return "" if is_gone else payload
        left = self._json(decoded, "")
        return payload if left == decoded else b64encode(json.dumps(left, separators=(",", ":")).encode()).decode()


def _set(message: Any, field: FieldDescriptor, texts: list[Any]) -> None:
    if not field.is_repeated:
        setattr(message, field.name, texts[0])
        return
    del getattr(message, field.name)[:]
    getattr(message, field.name).extend(texts)
