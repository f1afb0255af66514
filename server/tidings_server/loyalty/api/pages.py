"""Pages of the loyalty API's lists: `after`, `pageSize` and `next`."""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from tidings_server.log.cursors import Cursors
from tidings_server.platform.errors import InvalidInput
from tidings_server.platform.scope import Scope

DEFAULT_SIZE: Final = 20
MAX_SIZE: Final = 100

T = TypeVar("T")


NEWEST: Final = 1 << 62
"""Above every key."""


class Asked(NamedTuple):
    """Which page: the rows behind the key `start` (0: from the first), at most `size`."""

    start: int
    size: int

    @property
    def before(self) -> int:
        """The same for a list whose newest row comes first: rows with a smaller key."""
        return self.start or NEWEST


class Page(NamedTuple):
    """The rows of a page, and what the next one's `after` is; None after the last."""

    rows: Sequence[Any]
    next: str | None


class Pages:
    """Reads what a request asks for, and cuts what was found. Ask for one row more than `size`."""

    def __init__(self, positions: Cursors) -> None:
        self._positions = positions

    def asked(self, scope: Scope, request: Any) -> Asked:
        """The page of a request with `after` and `page_size`. Raises InvalidInput."""
        size = request.page_size if request.HasField("page_size") else DEFAULT_SIZE
        if not 1 <= size <= MAX_SIZE:
            raise InvalidInput.of("pageSize", f"1 to {MAX_SIZE}", str(size))
        return Asked(self._positions.parse(scope.tenant, request.after) if request.after else 0, size)

    def cut(self, scope: Scope, found: Sequence[T], size: int, key: Callable[[T], int]) -> Page:
        """The page that begins what was found, by the numbers that its rows are in order of."""
        rows = found[:size]
        return Page(rows, self.after(scope, key(rows[-1])) if len(found) > size else None)

    def after(self, scope: Scope, key: int) -> str:
        """What `after` of the page behind this key is."""
        return self._positions.print(scope.tenant, key)
