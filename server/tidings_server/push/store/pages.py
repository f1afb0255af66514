"""One page of a query by offset, with the number of all rows, counted up to a bound."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import ColumnElement, Row, Select, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.errors import InvalidInput

MAX_TOTAL: Final = 10_000
"""Bound of the count of rows, which costs time. Deviates: the vendor counts all."""

MAX_OFFSET: Final = 100_000
"""Largest offset; a longer listing must be narrowed by a filter."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OffsetPage(Generic[T]):
    """Items of one page; `total` is the number of all rows, or a lower bound of it if `is_lower_bound`.

    `is_cut`: the page has fewer items than were asked for, since these are large.
    """

    items: Sequence[T]
    total: int
    is_lower_bound: bool = False
    is_cut: bool = False


async def fetch_page(
    conn: AsyncConnection, query: Select[Any], *, order_by: Sequence[ColumnElement[Any]], offset: int, limit: int
) -> OffsetPage[Row[Any]]:
    """The rows `offset` to `offset + limit` of `query` in order; `order_by` must be a total order.

    Beyond the end there are none. Raises InvalidInput for an offset over `MAX_OFFSET` where that many rows may exist.
    """
    bounded = query.with_only_columns(literal(1)).limit(MAX_TOTAL + 1).subquery()
    counted: int = (await conn.execute(select(func.count()).select_from(bounded))).scalar_one()
    total, is_lower_bound = min(counted, MAX_TOTAL), counted > MAX_TOTAL
    if offset > MAX_OFFSET and is_lower_bound:
        raise InvalidInput.of("startIndex", f"at most {MAX_OFFSET:,} in a list this long; narrow it by a filter")
    if offset >= total and not is_lower_bound:
        return OffsetPage((), total)
    rows = await conn.execute(query.order_by(*order_by).offset(offset).limit(limit))
    return OffsetPage(rows.all(), total, is_lower_bound)
