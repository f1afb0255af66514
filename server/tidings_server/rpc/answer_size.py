"""Size of answers: below what gRPC clients take unless they are told otherwise, which is 4 MiB."""

from collections.abc import Iterable
from typing import Final, TypeVar

from google.protobuf.message import Message

MAX_ANSWER_BYTES: Final = 7 << 19
"""3.5 MiB: messages of one list, with room for the rest of the answer."""

FRAME_BYTES: Final = 6
"""Tag and length of one message in a list, at most."""

M = TypeVar("M", bound=Message)


def fitting(messages: Iterable[M], *, max_bytes: int = MAX_ANSWER_BYTES) -> list[M]:
    """The first of the messages that fit in one answer, and at least one where there is any."""
    taken: list[M] = []
    size = 0
    for message in messages:
        size += message.ByteSize() + FRAME_BYTES
        if taken and size > max_bytes:
            break
        taken.append(message)
    return taken
