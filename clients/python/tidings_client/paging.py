"""All pages of a list, fetched as they are consumed, in each of the three ways that the five APIs page."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, TypeVar

from google.protobuf.message import Message

Request = TypeVar("Request", bound=Message)
Page = TypeVar("Page", bound=Message)


async def pages(call: Callable[[Request], Awaitable[Page]], request: Request) -> AsyncGenerator[Page, None]:
    """The pages of a list from the one that `request` asks for on; the request itself is not changed.

    `async for page in pages(rules.ListRules, ListRulesRequest(status="ACTIVE")): …`
    """
    asked: Any = type(request)()
    asked.CopyFrom(request)
    while True:
        page = await call(asked)
        yield page
        if not turned(asked, page):
            return


def turned(request: Any, page: Any) -> bool:
    """Whether there is a page after this one; the request asks for it then.

    Pages are linked by `next` and `after`; Orchestration counts in `start` and `has_more`, Push in `start_index` and
    `total_count`, which is a lower bound where `has_more` says so.
    """
    fields = page.DESCRIPTOR.fields_by_name
    if "next" in fields:
        request.after = page.next
        return bool(page.next)
    if "results" in fields:
        request.start += len(page.results)
        return bool(page.has_more and page.results)
    request.start_index += len(page.items)
    return bool(page.items) and (page.has_more or request.start_index < page.total_count)
