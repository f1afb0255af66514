"""Schemas of messages, in two directions: what responses have, and what requests may have.

A response always has its plain fields, since the transcoder prints them even when they are empty. A request leaves out
what the server sets and keeps to the bounds that the comments promise; its schema bears the name of the message with
`Input` where responses have that message too, and `Change` where nothing is required.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, OneofDescriptor

from openapi.promises import Comments, Schema, form

_TYPES: Mapping[int, Schema] = {
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_DOUBLE: {"type": "number", "format": "double"},
    FieldDescriptor.TYPE_FLOAT: {"type": "number", "format": "float"},
    FieldDescriptor.TYPE_INT32: {"type": "integer", "format": "int32", "minimum": -(2**31), "maximum": 2**31 - 1},
    FieldDescriptor.TYPE_UINT32: {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
    FieldDescriptor.TYPE_INT64: {"type": "string", "pattern": "^-?[0-9]{1,19}$"},
    FieldDescriptor.TYPE_UINT64: {"type": "string", "pattern": "^[0-9]{1,20}$"},
}
NO_CONTROL = r"^[^\u0000-\u001f\u007f]*$"
"""Texts of paths and queries."""
_WELL_KNOWN: Mapping[str, Schema] = {
    "google.protobuf.Value": {},
    "google.protobuf.Struct": {"type": "object"},
    "google.protobuf.ListValue": {"type": "array", "items": {}},
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$"},
    "google.api.HttpBody": {},
}

XML_NAMES: Mapping[str, str] = {
    "ScheduledEvent": "scheduledEvent",
    "ScheduledEventsResponse": "events",
    "PreviewScheduledEventResponse": "preview",
    "ScheduledEventRun": "run",
    "ListScheduledEventRunsResponse": "runs",
    "UserCredentials": "credentials",
    "LogInResponse": "login",
}
"""Root elements of document 004; ROOTS of scheduling/api/xml.py agrees."""
XML_ITEMS: Mapping[str, str] = {"events": "event", "runs": "run", "fireTimes": "fireTime", "mails": "mail"}
"""Elements of the items of its lists; ITEMS there agrees."""
IN_XML = "tidings.scheduling.v1"


@dataclass
class Schemas:
    """The components that operations ask for, made as they are asked for."""

    comments: Comments
    adjusted: Mapping[str, Any]
    in_responses: frozenset[str]
    components: dict[str, Schema] = field(default_factory=dict)

    def response(self, message: Descriptor) -> Schema:
        """Schema of a response of this message."""
        if (known := _WELL_KNOWN.get(message.full_name)) is not None:
            return dict(known)
        return self._component(message, _short(message), self._response_schema)

    def request(
        self, message: Descriptor, *, is_partial: bool = False, without: frozenset[str] = frozenset()
    ) -> Schema:
        """Schema of a request's body of this message. `without`: fields that the path gives already."""
        if (known := _WELL_KNOWN.get(message.full_name)) is not None:
            return dict(known)
        name = _short(message)
        if is_partial:
            name += "Change"
        elif message.full_name in self.in_responses:
            name += "Input"

        def make(one: Descriptor) -> Schema:
            return self._request_schema(one, is_partial=is_partial, without=without)

        return self._component(message, name, make)

    def response_field(self, one: FieldDescriptor) -> Schema:
        """Schema of a field of a response."""
        if (entry := _map_entry(one)) is not None:
            return {"type": "object", "additionalProperties": self._response_value(entry.fields_by_name["value"])}
        value = self._response_value(one)
        if not one.is_repeated:
            is_loose = one.full_name in self.adjusted["loose"]
            formatted = {} if is_loose else form(one, self.comments.of(one.full_name), may_be_empty=True)
            return {**value, **formatted} if "$ref" not in value else value
        around = one.containing_type
        if around is not None and around.file.package == IN_XML and one.json_name in XML_ITEMS:
            value = {**value, "xml": {"name": XML_ITEMS[one.json_name]}}
        return {"type": "array", "items": value}

    def request_field(self, one: FieldDescriptor) -> Schema:
        """Schema of a field of a request."""
        adjusted = dict(self.adjusted["fields"].get(one.full_name, {}))
        bounds = {} if adjusted.pop("instead", False) else self.comments.bounds(one)
        if (entry := _map_entry(one)) is not None:
            value = self._request_value(entry.fields_by_name["value"])
            return {"type": "object", "additionalProperties": value, **bounds, **adjusted}
        value = self._request_value(one)
        if one.is_repeated:
            if one.type == FieldDescriptor.TYPE_STRING:
                value |= {"maxLength": 1_024}
            return {"type": "array", "items": value, **bounds, **adjusted}
        if "$ref" in value:
            return value
        formatted = form(one, self.comments.of(one.full_name))
        return {**value, **bounds, **formatted, **adjusted}

    def parameter(self, one: FieldDescriptor) -> Schema:
        """Schema of a field in a path or a query, where control characters are refused."""
        schema = self.request_field(one)
        texts: Any = schema["items"] if schema.get("type") == "array" else schema
        if texts.get("type") == "string" and not texts.keys() & {"pattern", "format", "enum"}:
            texts["pattern"] = NO_CONTROL
        return schema

    def _component(self, message: Descriptor, name: str, make: Any) -> Schema:
        if name not in self.components:
            self.components[name] = {}  # it may contain itself
            self.components[name] = make(message)
        return {"$ref": f"#/components/schemas/{name}"}

    def _response_schema(self, message: Descriptor) -> Schema:
        properties = {one.json_name: self._described(one, self.response_field(one)) for one in message.fields}
        return self._object(
            message, properties, sorted(one.json_name for one in message.fields if is_always_there(one))
        )

    def _request_schema(self, message: Descriptor, *, is_partial: bool, without: frozenset[str]) -> Schema:
        fields = [one for one in message.fields if one.name not in without and self._may_be_sent(one)]
        adjusted = dict(self.adjusted["messages"].get(message.full_name, {}))
        hidden = set(adjusted.pop("hidden", ()))
        properties = {
            one.json_name: self._described(one, self.request_field(one))
            for one in fields
            if one.json_name not in hidden
        }
        required = [] if is_partial else sorted(one.json_name for one in fields if self.comments.is_required(one))
        choices = [_exactly_one(one) for one in message.oneofs if len(one.fields) > 1]
        return {**self._object(message, properties, required), **({"allOf": choices} if choices else {}), **adjusted}

    def _may_be_sent(self, one: FieldDescriptor) -> bool:
        return one.full_name in self.adjusted["sent"] or not self.comments.is_by_server(one)

    def _object(self, message: Descriptor, properties: Mapping[str, Schema], required: list[str]) -> Schema:
        made: Schema = {"type": "object", "description": self.comments.of(message.full_name), "properties": properties}
        if required:
            made["required"] = required
        if message.file.package == IN_XML and message.name in XML_NAMES:
            made["xml"] = {"name": XML_NAMES[message.name]}
        return made

    def _described(self, one: FieldDescriptor, schema: Schema) -> Schema:
        text = self.comments.of(one.full_name)
        return {"description": text, **schema} if text else schema

    def _response_value(self, one: FieldDescriptor) -> Schema:
        if one.message_type is not None:
            return self.response(one.message_type)
        return _enum(one) if one.enum_type is not None else dict(_TYPES[one.type])

    def _request_value(self, one: FieldDescriptor) -> Schema:
        if one.message_type is not None:
            return self.request(one.message_type)
        return _enum(one) if one.enum_type is not None else dict(_TYPES[one.type])


def messages_of(message: Descriptor) -> Iterator[Descriptor]:
    """A message with all that its fields lead to."""
    seen: set[str] = set()
    waiting = [message]
    while waiting:
        one = waiting.pop()
        if one.full_name in seen or one.full_name in _WELL_KNOWN:
            continue
        seen.add(one.full_name)
        yield one
        waiting += [inner.message_type for inner in one.fields if inner.message_type is not None]


def is_always_there(one: FieldDescriptor) -> bool:
    """Whether a response has the field even when it is empty."""
    return one.is_repeated or not one.has_presence


def _exactly_one(choice: OneofDescriptor) -> Schema:
    """That a request has one field of a choice."""
    return {"oneOf": [{"required": [one.json_name]} for one in choice.fields]}


def _enum(one: FieldDescriptor) -> Schema:
    assert one.enum_type is not None  # noqa: S101 - for mypy; the callers have asked
    return {"type": "string", "enum": _values(one.enum_type)}


def _values(enum: EnumDescriptor) -> list[str]:
    return [value.name for value in enum.values if not value.name.endswith("_UNSPECIFIED")]


def _map_entry(one: FieldDescriptor) -> Descriptor | None:
    entry = one.message_type
    return entry if entry is not None and entry.GetOptions().map_entry else None


def _short(message: Descriptor) -> str:
    """`tidings.collector.v1.Job` as `collector.Job`."""
    package = message.file.package.split(".")[1]
    return f"{package}.{message.full_name.removeprefix(message.file.package + '.')}"
