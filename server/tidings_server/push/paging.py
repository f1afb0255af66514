"""Query of a listing: page by offset, filter and order. Source: WIRE.md 002 (c)."""

from dataclasses import dataclass
from typing import Final, Self

from tidings_server.platform.errors import InvalidInput
from tidings_server.push.filters import parse_filter, parse_sort
from tidings_server.push.store.filters import Comparison, Ordering

DEFAULT_PAGE_SIZE: Final = 20
MAX_PAGE_SIZE: Final = 200


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Page, filter and order of a listing; an empty order is the listing's own."""

    start_index: int = 0
    page_size: int = DEFAULT_PAGE_SIZE
    comparisons: tuple[Comparison, ...] = ()
    orderings: tuple[Ordering, ...] = ()

    @classmethod
    def of(cls, *, start_index: int, page_size: int, filter_text: str, sort_text: str) -> Self:
        """The query of a request's four parameters.

        A `page_size` of 0 or less is the default. Raises InvalidInput for a negative `start_index`, more than
        `MAX_PAGE_SIZE` rows, and a filter or an order that cannot be parsed.
        """
        if start_index < 0:
            raise InvalidInput.of("startIndex", "0 or more", "a number")
        if page_size > MAX_PAGE_SIZE:
            raise InvalidInput.of("pageSize", f"at most {MAX_PAGE_SIZE}", "a number")
        return cls(
            start_index=start_index,
            page_size=page_size if page_size > 0 else DEFAULT_PAGE_SIZE,
            comparisons=parse_filter(filter_text),
            orderings=parse_sort(sort_text),
        )

    def page_count(self, total: int) -> int:
        """Pages that `total` rows make."""
        return -(-total // self.page_size)
