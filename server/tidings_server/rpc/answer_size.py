"""Size of answers: below what gRPC clients take unless they are told otherwise, which is 4 MiB."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Generic, NamedTuple, TypeVar
from urllib.parse import urlencode

from google.protobuf.message import Message

MAX_ANSWER_BYTES: Final = 7 << 19
"""3.5 MiB: messages of one list, with room for the rest of the answer."""

FRAME_BYTES: Final = 6
"""Tag and length of one message in a list, at most."""

M = TypeVar("M", bound=Message)


class FittingMessages(NamedTuple, Generic[M]):
    """Those messages of a list that fit in one answer, and the `after` of the rest; None without any."""

    messages: list[M]
    next: str | None

    @property
    def link(self) -> str:
        """The query of the rest, for a `Link` header; empty without any."""
        return "" if self.next is None else urlencode({"after": self.next})


def fitting_with_next(messages: Sequence[M], after: Callable[[M], str]) -> FittingMessages[M]:
    """The fitting part of a list that its document does not page; `after` names the place behind a message."""
    taken = fitting(messages)
    return FittingMessages(taken, after(taken[-1]) if len(taken) < len(messages) else None)


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
