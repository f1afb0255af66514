"""Listings as the three kinds of collection messages have them: the parameters of the request, and one page."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from tidings_server.push.paging import ListQuery
from tidings_server.push.store.pages import OffsetPage
from tidings_server.rpc.answer_size import fitting

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


def collection(message: Callable[..., C], query: ListQuery, page: OffsetPage[T], *, dump: Callable[[T], Any]) -> C:
    """One page as a collection message; of large items fewer than requested, and that many is its page size then."""
    items = fitting(map(dump, page.items))
    is_cut = page.is_cut or len(items) < len(page.items)
    size = max(1, len(items)) if is_cut else query.page_size
    return message(
        start_index=query.start_index,
        page_size=size,
        page_count=-(-page.total // size),
        total_count=page.total,
        items=items,
        total_count_is_lower_bound=page.is_lower_bound or None,
        has_more=is_cut or None,
    )
