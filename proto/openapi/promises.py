"""Comments of the contract, and what their standard phrases promise about a field.

The phrases, which `proto/tidings` uses throughout: `Required.`, `Set by the server.`, `1 to 128 characters`, `At most
256 characters`, ``1 to 128 of `[A-Za-z0-9]` ``, `a UUID`, `RFC 3339`, `1 to 100` of numbers and
lists, `At most 20` of lists, `Default 0`, `not negative`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import FieldDescriptor

Schema = dict[str, object]

MAX_TEXT = 1_024
"""Most characters of a text of which nothing else is said. Source: WIRE.md, "Numbers and text"."""

NUMBERS = frozenset(
    {
        FieldDescriptor.TYPE_DOUBLE,
        FieldDescriptor.TYPE_FLOAT,
        FieldDescriptor.TYPE_INT32,
        FieldDescriptor.TYPE_UINT32,
    }
)
_NUMBER = r"(-?[\d,]+)"
_REQUIRED = re.compile(r"\bRequired(?: on create)?\.|^Required\b")
_ALL_REQUIRED = re.compile(r"All fields are required\.")
_BY_SERVER = re.compile(r"\b[Ss]et by the server\b")
_CHARACTERS = re.compile(rf"{_NUMBER} to {_NUMBER} (?:printable ASCII )?characters")
_MOST_CHARACTERS = re.compile(rf"[Aa]t most {_NUMBER} characters")
_OF_CLASS = re.compile(rf"{_NUMBER} to {_NUMBER} of `(\[[^`]+\])`")
_MOST_OF_CLASS = re.compile(rf"[Aa]t most {_NUMBER} of `(\[[^`]+\])`")
_BETWEEN = re.compile(rf"{_NUMBER} to {_NUMBER}\b(?! characters)")
_AT_MOST = re.compile(rf"\b[Aa]t most {_NUMBER}\b")
_AT_LEAST = re.compile(rf"\bat least {_NUMBER}\b")
_NOT_NEGATIVE = re.compile(r"\bnot negative\b")
_ZERO = re.compile(r"\b0: \d")
_ENTRIES = re.compile(rf"At most {_NUMBER} entries; keys up to {_NUMBER} and values up to {_NUMBER} characters")
_DEFAULT = re.compile(r"(?:Default|Absent:|\b0:) (-?\d+)\b")
_DURATION = re.compile(r"(\d+) s to ([\d,]+) (s|h|days)")
_SECONDS = {"s": 1, "h": 3_600, "days": 86_400}
_UUID = re.compile(r"\ba UUID\b(?! or name)")
_TIME = re.compile(r"\bRFC 3339\b")
_EMPTY = re.compile(r"\b[Ee]mpty\b")
_NOT_ONLY_TIME = re.compile(r"position or an RFC 3339")


@dataclass(frozen=True, slots=True)
class Comments:
    """Comments by the full name of what they stand before, each in one line."""

    texts: Mapping[str, str]

    def of(self, name: str) -> str:
        """The comment of a method, message or field; empty where there is none."""
        return self.texts.get(name, "")

    def is_required(self, field: FieldDescriptor) -> bool:
        """Whether a request must have the field, as long as it creates something."""
        text = self.of(field.full_name)
        if field.is_repeated and (said := _BETWEEN.search(text)) and _int(said[1]) > 0:
            return True  # a list of 1 to 500 is there
        around = field.containing_type
        all_of_them = around is not None and _ALL_REQUIRED.search(self.of(around.full_name))
        return bool(all_of_them or _REQUIRED.search(text))

    def is_by_server(self, field: FieldDescriptor) -> bool:
        """Whether the server alone sets the field: requests leave it out."""
        return bool(_BY_SERVER.search(self.of(field.full_name)))

    def bounds(self, field: FieldDescriptor) -> Schema:
        """Bounds of a request's field beside its type, as keywords for it: for a list, of the list."""
        text = self.of(field.full_name)
        inner = field.message_type
        if inner is not None and inner.GetOptions().map_entry:
            return _of_map(text)
        if field.is_repeated:
            return _of_list(text)
        if field.type == FieldDescriptor.TYPE_STRING:
            return _of_text(text, is_required=self.is_required(field))
        if inner is not None and inner.full_name == "google.protobuf.Duration":
            return _of_duration(text)
        return _of_number(text) if field.type in NUMBERS else {}


def comments(descriptors: descriptor_pb2.FileDescriptorSet) -> Comments:
    """The comments of descriptors that carry their source information."""
    return Comments(dict(_comments(descriptors)))


def form(field: FieldDescriptor, text: str, *, may_be_empty: bool = False) -> Schema:
    """The format of a text, by its comment. `may_be_empty`: of a response, which has an unset plain text as `""`."""
    if may_be_empty and not field.has_presence and _EMPTY.search(text):
        return {}
    if field.type != FieldDescriptor.TYPE_STRING or field.is_repeated:
        return {}
    if _TIME.search(text) and not _NOT_ONLY_TIME.search(text):
        return {"format": "date-time"}
    return {"format": "uuid"} if _UUID.search(text) else {}


def _of_map(text: str) -> Schema:
    said = _ENTRIES.search(text)
    if not said:
        return {}
    most, key, value = map(_int, said.groups())
    return {
        "maxProperties": most,
        "propertyNames": {"maxLength": key},
        "additionalProperties": {"type": "string", "maxLength": value},
    }


def _of_list(text: str) -> Schema:
    if said := _BETWEEN.search(text):
        return {"minItems": _int(said[1]), "maxItems": _int(said[2])}
    return {"maxItems": _int(said[1])} if (said := _AT_MOST.search(text)) else {}


def _of_text(text: str, *, is_required: bool) -> Schema:
    least = {"minLength": 1} if is_required else {}
    if said := _OF_CLASS.search(text):
        optional = "" if is_required else "?"
        return {"pattern": f"^(?:{said[3]}{{{_int(said[1])},{_int(said[2])}}}){optional}$"}
    if said := _MOST_OF_CLASS.search(text):
        return {"pattern": f"^{said[2]}{{0,{_int(said[1])}}}$"}
    if said := _CHARACTERS.search(text):
        ascii_only = {"pattern": "^[ -~]*$"} if "printable ASCII" in said[0] else {}
        return {"minLength": _int(said[1]), "maxLength": _int(said[2]), **ascii_only}
    if said := _MOST_CHARACTERS.search(text):
        return {**least, "maxLength": _int(said[1])}
    return {**least, "maxLength": MAX_TEXT}


def _of_number(text: str) -> Schema:
    default = {"default": int(said[1])} if (said := _DEFAULT.search(text)) else {}
    if _NOT_NEGATIVE.search(text) or default == {"default": 0}:
        default = {"minimum": 0, **default}
    if said := _AT_LEAST.search(text):
        default = {"minimum": _int(said[1]), **default}
    if (said := _BETWEEN.search(text)) and _ZERO.search(text):
        return {"minimum": 0, "maximum": _int(said[2]), **default}
    if said := _BETWEEN.search(text):
        return {"minimum": _int(said[1]), "maximum": _int(said[2]), **default}
    if said := _AT_MOST.search(text):
        return {"maximum": _int(said[1]), **default}
    return dict(default)


def _of_duration(text: str) -> Schema:
    """Whole seconds in bounds, as a pattern: JSON Schema has no bounds of numbers in texts."""
    if not (said := _DURATION.search(text)):
        return {}
    least, most = int(said[1]), _int(said[2]) * _SECONDS[said[3]]
    fewer = f"(?!(?:{_up_to(least - 1)})s$)" if least > 1 else ""
    return {"pattern": f"^{fewer}(?:{'0|' if least == 0 else ''}{_up_to(most)})s$"}


def _up_to(most: int) -> str:
    """A pattern of the whole numbers from 1 to `most`, without leading zeros."""
    digits = str(most)
    found = [f"[1-9][0-9]{{0,{len(digits) - 2}}}"] if len(digits) > 1 else []
    for place, digit in enumerate(digits):
        low, rest = int(place == 0), len(digits) - place - 1
        if int(digit) > low:
            found.append(f"{digits[:place]}[{low}-{int(digit) - 1}][0-9]{{{rest}}}")
    return "|".join([*found, digits])


def _int(text: str) -> int:
    return int(text.replace(",", ""))


def _comments(descriptors: descriptor_pb2.FileDescriptorSet) -> Iterator[tuple[str, str]]:
    for file in descriptors.file:
        names = dict(_names(file))
        for location in file.source_code_info.location:
            name = names.get(tuple(location.path))
            if name and location.leading_comments:
                yield name, " ".join(location.leading_comments.split())


def _names(file: descriptor_pb2.FileDescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    """Source paths of everything that may have a comment; the numbers are those of descriptor.proto."""
    for index, service in enumerate(file.service):
        yield (6, index), f"{file.package}.{service.name}"
        for number, method in enumerate(service.method):
            yield (6, index, 2, number), f"{file.package}.{service.name}.{method.name}"
    for index, message in enumerate(file.message_type):
        yield from _names_in(message, file.package, (4, index))


def _names_in(
    message: descriptor_pb2.DescriptorProto, around: str, at: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], str]]:
    name = f"{around}.{message.name}"
    yield at, name
    for number, field in enumerate(message.field):
        yield (*at, 2, number), f"{name}.{field.name}"
    for number, inner in enumerate(message.nested_type):
        yield from _names_in(inner, name, (*at, 3, number))
    for number, enum in enumerate(message.enum_type):
        yield (*at, 4, number), f"{name}.{enum.name}"
        for value_number, value in enumerate(enum.value):
            yield (*at, 4, number, 2, value_number), f"{name}.{enum.name}.{value.name}"
