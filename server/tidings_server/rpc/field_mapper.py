"""Mapping between a message and a record with the same fields, without a line for each.

A `FieldMapper` reads the message's descriptor once, when its module is imported, and fails there when a field of the
contract is neither in the record nor mapped by hand: no field is forgotten.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from typing import Any, Final, Generic, TypeVar, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from tidings_server.rpc.whole_numbers import int32, uint32

M = TypeVar("M", bound=Message)
_FITTING: Final = {FieldDescriptor.CPPTYPE_INT32: int32, FieldDescriptor.CPPTYPE_UINT32: uint32}


class FieldMapper(Generic[M]):
    """Mapping between messages of type `message` and records of the dataclass `record`.

    Fields are paired by name, or by `rename` (message → record); `by_hand` names those that the caller maps.
    Enums are their value's name in the record, durations whole seconds. `unset` (by the record's names) are values that
    a message expresses by leaving the field out. Raises TypeError when the two do not fit.
    """

    def __init__(
        self,
        message: type[M],
        record: type,
        *,
        rename: Mapping[str, str] | None = None,
        by_hand: Collection[str] = (),
        unset: Mapping[str, Any] | None = None,
    ) -> None:
        descriptor = cast("Descriptor", message.DESCRIPTOR)
        names = {field.name: (rename or {}).get(field.name, field.name) for field in descriptor.fields}
        unknown = (set(by_hand) | set(rename or {})) - names.keys()
        paired = {name: names[name] for name in names if name not in by_hand}
        lacking = (set(paired.values()) | set(unset or {})) - {field.name for field in fields(record)}
        if unknown or lacking:
            raise TypeError(f"{descriptor.full_name} has no {unknown or ''}, {record.__name__} no {lacking or ''}")
        self._message = message
        self._unset = dict(unset or {})
        self._pairs = [
            (field, paired[field.name], _loader(field)) for field in descriptor.fields if field.name in paired
        ]

    def load(self, message: M) -> dict[str, Any]:
        """Values for the record; without those of optional fields that are not set."""
        return {
            name: loaded(getattr(message, field.name))
            for field, name, loaded in self._pairs
            if not field.has_presence or message.HasField(field.name)
        }

    def dump(self, record: object) -> M:
        """The message of a record."""
        message = self._message()
        for field, name, _ in self._pairs:
            value = getattr(record, name)
            if name not in self._unset or value != self._unset[name]:
                _dump(message, field, value)
        return message


def _loader(field: FieldDescriptor) -> Callable[[Any], Any]:
    """Conversion of a field's value into the record's."""
    enum = field.enum_type
    if enum is not None:
        return lambda number: enum.values_by_number[number].name
    return _seconds if _is_duration(field) else _as_it_is


def _dump(message: Message, field: FieldDescriptor, value: Any) -> None:
    if _is_duration(field):
        getattr(message, field.name).seconds = value
    elif field.enum_type is not None:
        setattr(message, field.name, field.enum_type.values_by_name[value].number)
    elif (fitting := _FITTING.get(field.cpp_type)) and isinstance(value, int):
        setattr(message, field.name, fitting(value))
    else:
        setattr(message, field.name, value)


def _is_duration(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.full_name == Duration.DESCRIPTOR.full_name


def _seconds(duration: Duration) -> int:
    return duration.seconds


def _as_it_is(value: Any) -> Any:
    return value
