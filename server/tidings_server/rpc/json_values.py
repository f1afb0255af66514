"""JSON of any shape as `google.protobuf.Value`, and back; and messages as the edge prints them."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import NULL_VALUE, ListValue, Struct, Value

from tidings_server.platform.json_type import Json


def null() -> Value:
    """Message that REST prints as null."""
    return Value(null_value=NULL_VALUE)


def value_of(json: Json) -> Value:
    """Message that REST prints as this JSON."""
    match json:
        case None:
            return null()
        case bool():
            return Value(bool_value=json)
        case int() | float():
            return Value(number_value=json)
        case str():
            return Value(string_value=json)
        case Mapping():
            return Value(struct_value=struct_of(json))
        case Sequence():
            return Value(list_value=ListValue(values=map(value_of, json)))


def struct_of(json: Mapping[str, Json]) -> Struct:
    """The message that REST prints as this JSON object."""
    return Struct(fields={name: value_of(value) for name, value in json.items()})


def text_or_null(text: str | None) -> Value:
    """Message of a text; null for None."""
    return null() if text is None else Value(string_value=text)


def json_of(value: Value) -> Any:
    """JSON of a message; whole numbers are ints, since JSON does not distinguish 1.0 from 1."""
    match value.WhichOneof("kind"):
        case "number_value":
            return whole(value.number_value)
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return {name: json_of(inner) for name, inner in value.struct_value.fields.items()}
        case "list_value":
            return [json_of(inner) for inner in value.list_value.values]
        case _:
            return None


def whole(number: float) -> int | float:
    """The number, as an int where it is one."""
    return int(number) if number.is_integer() else number


def printed(message: Message) -> dict[str, Any]:
    """The message as JSON with the edge's options: fields without presence always, whole doubles as whole numbers."""
    values: dict[str, Any] = _whole(json_format.MessageToDict(message, always_print_fields_with_no_presence=True))
    return values


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _whole(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return whole(value) if isinstance(value, float) else value
