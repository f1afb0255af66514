"""Messages of a client's stream: whatever the bytes, the good items of a list are there, and a bad one is alone."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings.collector.v1.events_pb2 import Event
from tidings.collector.v1.publishing_pb2 import PublishEventsRequest
from tidings_server.platform.errors import InvalidInput, PayloadTooLarge, TidingsError
from tidings_server.rpc.client_streams import MAX_ITEMS, ItemReader
from tidings_server.rpc.middleware.request_message import MAX_FIELDS, STEP_BYTES

MAX_BYTES = 1 << 20
READER = ItemReader(PublishEventsRequest, max_bytes=MAX_BYTES)

EVENTS = st.builds(
    Event,
    id=st.text("abc", min_size=1, max_size=5),
    entity_id=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50),
    event_type=st.just(Event.ORDER),
)


def listed(*items: bytes) -> bytes:
    """A message with these items, each behind its tag and length."""
    return b"".join(b"\x0a" + length(len(item)) + item for item in items)


def length(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])


@given(st.binary(max_size=300))
async def test_any_bytes_are_items_or_refused(raw: bytes) -> None:
    try:
        received = await READER.decode(raw, tenant=1)
    except (InvalidInput, PayloadTooLarge):
        return
    assert all(isinstance(item, Event | TidingsError) for item in received.items)


@given(st.lists(st.one_of(EVENTS, st.binary(max_size=40)), max_size=20))
async def test_good_items_are_there_beside_whatever_else(sent: list[Event | bytes]) -> None:
    raw = listed(*(each if isinstance(each, bytes) else each.SerializeToString() for each in sent))
    received = await READER.decode(raw, tenant=1)
    assert len(received.items) == len(sent)
    for item, each in zip(received.items, sent, strict=True):
        if isinstance(each, Event):
            assert item == each


async def test_a_message_over_its_limit_is_refused_for_each_of_its_items() -> None:
    small, large = Event(id="e").SerializeToString(), Event(entity_id="x" * MAX_BYTES).SerializeToString()
    received = await READER.decode(listed(small, large, small), tenant=1)
    assert [type(item) for item in received.items] == [PayloadTooLarge] * 3
    assert received.size == 0, "nothing of it is kept"


async def test_an_item_of_too_many_parts_is_refused_before_it_is_decoded() -> None:
    entry = listed()[:0] + b"\x22\x00"  # an empty entry of key_attributes
    deep = b"\x1a" + length(len(entry) * (MAX_FIELDS + 1)) + entry * (MAX_FIELDS + 1)
    assert len(deep) > STEP_BYTES
    good = Event(id="e", event_type=Event.ORDER)
    received = await READER.decode(listed(good.SerializeToString(), deep, good.SerializeToString()), tenant=1)
    assert received.items[0] == received.items[2] == good
    assert isinstance(received.items[1], InvalidInput)


@pytest.mark.parametrize("raw", [b"\x0a\x00" * (MAX_ITEMS + 1), listed(*[b"\x0a\xff"] * (MAX_ITEMS + 1))])
async def test_more_items_than_a_message_may_have_are_no_message(raw: bytes) -> None:
    with pytest.raises(InvalidInput, match=f"{MAX_ITEMS:,}"):
        await READER.decode(raw, tenant=1)


async def test_what_is_unknown_beside_the_items_is_passed_over() -> None:
    event = Event(id="e", event_type=Event.ORDER)
    for filling in (b"", b"x" * 2 * STEP_BYTES):
        unknown = b"\x7a" + length(len(filling)) + filling  # field 15
        received = await READER.decode(unknown + listed(event.SerializeToString()) + unknown, tenant=1)
        assert received.items == [event]


async def test_a_packed_message_is_unpacked_within_its_limit() -> None:
    event = Event(id="e", event_type=Event.ORDER)
    received = await READER.decode(gzip.compress(listed(event.SerializeToString())), tenant=1)
    assert received.items == [event]
    with pytest.raises(PayloadTooLarge):
        await READER.decode(gzip.compress(bytes(MAX_BYTES + 1)), tenant=1)
