"""Lists are cut where an answer would be too large, and never to nothing."""

from google.protobuf.wrappers_pb2 import StringValue
from hypothesis import given
from hypothesis import strategies as st

from tidings_server.rpc.answer_size import FRAME_BYTES, fitting


@given(st.lists(st.integers(0, 500), max_size=50), st.integers(0, 2_000))
def test_as_many_messages_are_taken_as_fit_and_at_least_one(sizes: list[int], most: int) -> None:
    messages = [StringValue(value="x" * size) for size in sizes]
    taken = fitting(messages, max_bytes=most)
    size = sum(message.ByteSize() + FRAME_BYTES for message in taken)
    assert taken == messages[: len(taken)]
    assert len(taken) >= min(1, len(messages))
    assert size <= most or len(taken) == 1
    if len(taken) < len(messages):
        assert size + messages[len(taken)].ByteSize() + FRAME_BYTES > most
