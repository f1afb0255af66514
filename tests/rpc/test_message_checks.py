"""Message checks, on a message type that has every kind of field."""

import asyncio
import math
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Value
from hypothesis import given
from hypothesis import strategies as st

from tidings.orchestration.v1.events_pb2 import Attribute
from tidings_server.platform.errors import MAX_VIOLATIONS, InvalidInput
from tidings_server.rpc.message_checks import violations_in
from tidings_server.rpc.middleware.request_message import MAX_FIELDS, STEP_BYTES, RequestReader

FIELD = descriptor_pb2.FieldDescriptorProto


def _field(name: str, number: int, kind: Any, *, type_name: str = "", repeated: bool = False) -> Any:
    label = FIELD.LABEL_REPEATED if repeated else FIELD.LABEL_OPTIONAL
    return FIELD(name=name, json_name=name, number=number, type=kind, label=label, type_name=type_name or None)


def _everything() -> type[Message]:
    """`message M`: strings, doubles, enums with and without presence, lists and maps of them, and M itself."""
    file = descriptor_pb2.FileDescriptorProto(name="every.proto", package="every", syntax="proto3")
    file.enum_type.add(name="E", value=[{"name": "E_UNSPECIFIED", "number": 0}, {"name": "ONE", "number": 1}])
    file.enum_type.add(name="Z", value=[{"name": "ZERO", "number": 0}, {"name": "TWO", "number": 2}])
    message = file.message_type.add(name="M")
    enum, double, text, sub = FIELD.TYPE_ENUM, FIELD.TYPE_DOUBLE, FIELD.TYPE_STRING, FIELD.TYPE_MESSAGE
    message.field.extend(
        [
            _field("text", 1, text),
            _field("texts", 2, text, repeated=True),
            _field("number", 3, double),
            _field("numbers", 4, double, repeated=True),
            _field("plain", 5, enum, type_name=".every.E"),
            _field("plains", 6, enum, type_name=".every.E", repeated=True),
            _field("zero", 7, enum, type_name=".every.Z"),
            _field("below", 8, sub, type_name=".every.M"),
            _field("list", 9, sub, type_name=".every.M", repeated=True),
            _field("named", 10, sub, type_name=".every.M.NamedEntry", repeated=True),
            _field("data", 11, FIELD.TYPE_BYTES),
            _field("maybe", 12, enum, type_name=".every.E"),
        ]
    )
    message.oneof_decl.add(name="_maybe")
    message.field[-1].oneof_index, message.field[-1].proto3_optional = 0, True
    entry = message.nested_type.add(name="NamedEntry", options={"map_entry": True})
    entry.field.extend([_field("key", 1, text), _field("value", 2, sub, type_name=".every.M")])
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("every.M"))


M = _everything()


def _decoding(message: Any, max_bytes: int) -> Callable[[bytes], Any]:
    """Gives what a request is taken as, or the error that it is refused with."""
    reader = RequestReader(message, max_bytes=max_bytes)

    def decode(raw: bytes) -> Any:
        try:
            return asyncio.run(reader.decode(raw))
        except InvalidInput as error:
            return error

    return decode


DECODE = _decoding(M, 10_000)
LARGE = _decoding(M, 16 << 20)


def _fields(message: Any) -> list[str]:
    """The fields that a request is refused for; empty when it is taken."""
    taken = DECODE(message.SerializeToString())
    return [violation.field for violation in taken.violations] if isinstance(taken, InvalidInput) else []


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (M(text="a\0b"), "text"),
        (M(texts=["a", "\0"]), "texts[1]"),
        (M(number=math.nan), "number"),
        (M(number=-math.inf), "number"),
        (M(numbers=[1.5, math.inf]), "numbers[1]"),
        (M(plain=9), "plain"),
        (M(plains=[1, 9]), "plains[1]"),
        (M(plains=[0]), "plains[0]"),
        (M(zero=1), "zero"),
        (M(maybe=0), "maybe"),
        (M(maybe=-1), "maybe"),
        (M(below=M(below=M(maybe=9))), "below.below.maybe"),
        (M(list=[M(), M(number=math.nan)]), "list[1].number"),
        (M(named={"k": M(plain=9)}), "named.k.plain"),
        (M(named={"k\0": M()}), "named (a key)"),
    ],
)
def test_a_refused_message_names_its_field(message: Any, field: str) -> None:
    assert _fields(message) == [field]


@pytest.mark.parametrize(
    "message",
    [
        M(),
        M(text="ä€😀", texts=["", "x"], number=-0.0, numbers=[1.5], plain=1, plains=[1], zero=0, maybe=1),
        M(data=b"a\0b"),
        M(number=1.0, below=M(list=[M(number=1e300)]), named={"": M(zero=2)}),
    ],
)
def test_a_valid_message_is_accepted_unchanged(message: Any) -> None:
    assert DECODE(message.SerializeToString()) == message


@pytest.mark.parametrize("raw", [b"\x0a\x02\xc3\x28", b"\x0a\xff", b"\xff" * 8, M(text="x").SerializeToString()[:-1]])
def test_bytes_that_are_no_message_are_refused_without_an_exception(raw: bytes) -> None:
    taken = DECODE(raw)
    assert isinstance(taken, InvalidInput)
    assert taken.reason == "INVALID_INPUT"


def test_a_message_nested_too_deep_is_refused() -> None:
    raw = b""
    for _ in range(200):
        raw = b"\x42" + _varint(len(raw)) + raw
    assert isinstance(DECODE(raw), InvalidInput)


def test_a_request_over_its_bound_is_refused() -> None:
    taken = DECODE(b"\x0a" + _varint(20_000) + b"x" * 20_000)
    assert isinstance(taken, InvalidInput)
    assert taken.reason == "PAYLOAD_TOO_LARGE"


@given(st.lists(st.integers(1, STEP_BYTES // 3), min_size=20, max_size=30))
def test_a_large_request_decodes_as_a_small_one_does(sizes: list[int]) -> None:
    message = M(list=[M(text="x" * size, texts=["a", "b"]) for size in sizes], text="y" * STEP_BYTES)
    assert LARGE(message.SerializeToString()) == message


def test_faults_in_a_large_request_have_their_own_places() -> None:
    good = [M(text="x" * 1_000) for _ in range(150)]
    taken = LARGE(M(list=[*good, M(text="\0"), *good, M(text="\0")]).SerializeToString())
    assert [violation.field for violation in taken.violations] == ["list[150].text"], "the first part that has any"


def test_a_refusal_names_so_many_faults_and_no_more() -> None:
    taken = LARGE(M(texts=["\0"] * 1_000).SerializeToString())
    assert len(taken.violations) == MAX_VIOLATIONS


@pytest.mark.parametrize("nested", [b"\x42\x00", b"\x4a\x00"])
def test_a_large_part_of_too_many_values_is_refused_for_their_number(nested: bytes) -> None:
    inner = nested * (MAX_FIELDS + 1)
    taken = LARGE(b"\x42" + _varint(len(inner)) + inner)
    assert [str(each) for each in taken.violations] == [
        f"below: must have at most {MAX_FIELDS:,} values, with all that is in them"
    ]


@pytest.mark.parametrize("cut", [1, 70_000])
def test_a_large_request_that_is_cut_short_is_refused(cut: int) -> None:
    raw = M(list=[M(text="x" * 60_000)] * 3).SerializeToString()
    assert LARGE(raw[:-cut]).reason == "INVALID_INPUT"


TEXTS = st.text(st.sampled_from("ab\0"), max_size=3)
NUMBERS = st.sampled_from([0.0, 1.5, math.nan, math.inf])
ENUMS = st.sampled_from([0, 1, 2, 9])
MESSAGES = st.recursive(
    st.builds(M, text=TEXTS, number=NUMBERS, plain=ENUMS, maybe=ENUMS, zero=ENUMS, plains=st.lists(ENUMS, max_size=2)),
    lambda inner: st.builds(
        M, below=inner, list=st.lists(inner, max_size=2), named=st.dictionaries(TEXTS, inner, max_size=2)
    ),
    max_leaves=4,
)


@given(MESSAGES)
def test_the_quick_look_overlooks_nothing_that_the_walk_finds(message: Any) -> None:
    assert sorted(_fields(message)) == sorted(violation.field for violation in violations_in(message))


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def nested(levels: int) -> Any:
    inner: Any = 1
    for _ in range(levels):
        inner = [inner]
    return inner


def free(json: Any) -> Attribute:
    return Attribute(name="a", value=json_format.ParseDict(json, Value()))


FREE = _decoding(Attribute, 1 << 20)


@pytest.mark.parametrize(
    ("json", "violations"),
    [
        ({"a": 2**53}, ["value.a: must be whole numbers up to ±9007199254740991"]),
        ({"a": {"b": [1, -(2**53)]}}, ["value.a.b[1]: must be whole numbers up to ±9007199254740991"]),
        ({"a": 1e300}, ["value.a: must be whole numbers up to ±9007199254740991"]),
        ({"a": nested(32)}, ["value.a" + "[0]" * 31 + ": must not be nested deeper than 32 levels"]),
        ({"a": "x\0"}, ["value.a: must not contain NUL"]),
        ({"a": {"b\0": 1}}, ["value.a (a key): must not contain NUL"]),
    ],
)
def test_free_form_json_has_its_bounds(json: Any, violations: list[str]) -> None:
    taken = FREE(free(json).SerializeToString())
    assert isinstance(taken, InvalidInput)
    assert [str(violation) for violation in taken.violations] == violations


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_free_form_json_has_no_numbers_that_are_none(number: float) -> None:
    assert isinstance(FREE(Attribute(value=Value(number_value=number)).SerializeToString()), InvalidInput)


@pytest.mark.parametrize(
    "json", [{"a": 2**53 - 1}, {"a": -(2**53) + 1.0}, {"a": nested(31)}, {"a": None}, [], "a", 1.5]
)
def test_json_within_the_bounds_is_accepted(json: Any) -> None:
    assert FREE(free(json).SerializeToString()) == free(json)
