"""Messages that a client compresses: taken, and never unpacked beyond what the call takes."""

import gzip
import zlib

import pytest

from tidings.collector.v1.events_pb2 import BatchCreateEventsRequest, Event
from tidings_server.platform.errors import InvalidInput, PayloadTooLarge
from tidings_server.rpc.compression import STEP_BYTES, is_packed, unpacked, unpacked_at_once

BROKEN = {
    "cut": gzip.compress(b"a" * 100_000)[:-9],
    "with more behind": gzip.compress(b"a") + b"b",
    "of another coding": b"\x1f\x8b\x08" + zlib.compress(b"a"),
}


@pytest.mark.parametrize("size", [0, 1, STEP_BYTES, 3 * STEP_BYTES + 1])
async def test_what_was_packed_is_unpacked(size: int) -> None:
    plain = bytes(number % 251 for number in range(size))
    packed = gzip.compress(plain)
    assert is_packed(packed)
    assert await unpacked(packed, most=size) == plain == unpacked_at_once(packed, most=size)


async def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(bytes(64 << 20))
    with pytest.raises(PayloadTooLarge):
        await unpacked(bomb, most=1 << 20)


@pytest.mark.parametrize("name", BROKEN)
async def test_what_is_no_gzip_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        await unpacked(BROKEN[name], most=1 << 20)


def test_no_message_of_the_contract_begins_as_gzip_does() -> None:
    """The first byte is a field's number and wire type, of which there is no seventh."""
    assert gzip.compress(b"")[0] & 0b111 == 7
    assert not is_packed(BatchCreateEventsRequest(events=[Event(id="1")]).SerializeToString())
