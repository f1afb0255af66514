"""Pages of the loyalty API's lists: `after`, `pageSize` and `next`."""

from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar

from google.protobuf.message import Message

from tidings_server.log.positions import Positions
from tidings_server.platform.errors import InvalidInput
from tidings_server.platform.scope import Scope
from tidings_server.rpc.answer_size import fitting

DEFAULT_SIZE: Final = 20
MAX_SIZE: Final = 100

T = TypeVar("T")
M = TypeVar("M", bound=Message)


NEWEST: Final = 1 << 62
"""Above every key."""


class PageRequest(NamedTuple):
    """A requested page: rows after the key `start` (0: from the first), at most `size`."""

    start: int
    size: int

    @property
    def before(self) -> int:
        """The start of a list with the newest row first: its rows have a smaller key."""
        return self.start or NEWEST


class KeysetPage(NamedTuple, Generic[M]):
    """The messages of a page, and the `after` of the next one; None at the end."""

    messages: Sequence[M]
    next: str | None


class ListPaging:
    """Reads page requests, and cuts lists into pages. A list is read with one row more than `size`."""

    def __init__(self, positions: Positions) -> None:
        self._positions = positions

    def request(self, scope: Scope, message: Any, *, default_size: int = DEFAULT_SIZE) -> PageRequest:
        """The page of a message with `after` and `page_size`. Raises InvalidInput."""
        size = message.page_size if message.HasField("page_size") else default_size
        if not 1 <= size <= MAX_SIZE:
            raise InvalidInput.of("pageSize", f"1 to {MAX_SIZE}", "a number")
        return PageRequest(self._positions.parse(scope.tenant, message.after) if message.after else 0, size)

    def cut(
        self, scope: Scope, rows: Sequence[T], *, size: int, key: Callable[[T], int], dump: Callable[[T], M]
    ) -> KeysetPage[M]:
        """The first page of rows that are in the order of `key`; fewer than `size` where these are large."""
        messages = fitting(map(dump, rows[:size]))
        has_more = len(rows) > len(messages)
        return KeysetPage(messages, self.after(scope, key(rows[len(messages) - 1])) if has_more else None)

    def after(self, scope: Scope, key: int) -> str:
        """The `after` of the page that follows a key."""
        return self._positions.print(scope.tenant, key)
