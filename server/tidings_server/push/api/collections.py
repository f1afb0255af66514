"""Listings as the three kinds of collection messages have them: the parameters of the request, and one page."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from tidings_server.push.paging import ListQuery
from tidings_server.push.store.pages import OffsetPage

C = TypeVar("C")
T = TypeVar("T")


class ListRequest(Protocol):
    """A request of a listing."""

    start_index: int
    page_size: int
    filter: str
    sort_by: str


def list_query(request: ListRequest) -> ListQuery:
    """The page, filter and order of a request. Raises InvalidInput."""
    return ListQuery.of(
        start_index=request.start_index,
        page_size=request.page_size,
        filter_text=request.filter,
        sort_text=request.sort_by,
    )


def collection(message: Callable[..., C], query: ListQuery, page: OffsetPage[T], *, items: Iterable[Any]) -> C:
    """One page as a collection message; `items` are its messages."""
    return message(
        start_index=query.start_index,
        page_size=query.page_size,
        page_count=query.page_count(page.total),
        total_count=page.total,
        items=items,
        total_count_is_lower_bound=page.is_lower_bound or None,
    )
