"""Filters and orders of listings, as data and as SQL conditions on the fields of a listing.

Source: WIRE.md 002: field names in any case; text compared without case; a field with several values matches if any
of them does. Text is folded by the database (SQLite folds ASCII only).
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum, StrEnum
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Integer, String, and_, cast, exists, func, literal, not_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from tidings_server.platform.clock import to_us
from tidings_server.platform.errors import InvalidInput
from tidings_server.platform.unknown_names import shown

MAX_DIGITS = 18
"""Every such number fits into 64 bits."""
US_PER_MS = 1_000

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[Tt ]|$)", re.ASCII)
"""How a date, or a time, begins: not every form of ISO 8601 that Python reads."""


class Operator(StrEnum):
    """Comparison of a field with a value."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"
    CONT = "cont"
    """Contains, text only."""
    SW = "sw"
    """Starts with, text only."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One term of a filter: `field` and `value` as the caller wrote them, the value without its quotes."""

    field: str
    operator: Operator
    value: str


@dataclass(frozen=True, slots=True)
class Ordering:
    """One key of an order."""

    field: str
    descending: bool = False


class FieldType(Enum):
    """Type of a field's values."""

    TEXT = "a text"
    GUID = "a GUID, with or without dashes"
    NUMBER = "a whole number"
    FLAG = "true or false"
    INSTANT = "a date, such as 2026-01-01 or 2026-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class FilterField:
    """A field of a listing: its column and the type of its values.

    An INSTANT is a column of microseconds, compared with the precision of the API: milliseconds. `is_list`: the
    column holds a JSON array; such a field cannot be sorted by.
    """

    column: ColumnElement[Any]
    type: FieldType = FieldType.TEXT
    is_list: bool = False


class FilterFields:
    """The fields that a listing can be filtered and sorted by; names in any case."""

    def __init__(self, fields: Mapping[str, FilterField]) -> None:
        self._by_name = {name.lower(): field for name, field in fields.items()}
        self._names = ", ".join(fields)

    def where(self, comparisons: Sequence[Comparison]) -> list[ColumnElement[bool]]:
        """One condition a comparison, all of which must hold.

        Raises InvalidInput for an unknown field, a value of another type or an operator that the type does not have.
        """
        return [_condition(self._named(each.field, "filter"), each) for each in comparisons]

    def order_by(self, orderings: Sequence[Ordering]) -> list[ColumnElement[Any]]:
        """The keys to sort by. Raises InvalidInput for an unknown field or one with several values."""
        return [self._key(ordering) for ordering in orderings]

    def _key(self, ordering: Ordering) -> ColumnElement[Any]:
        field = self._named(ordering.field, "sortBy")
        if field.is_list:
            raise InvalidInput.of("sortBy", f"{ordering.field} has several values and cannot be sorted by")
        return field.column.desc() if ordering.descending else field.column.asc()

    def _named(self, name: str, parameter: str) -> FilterField:
        field = self._by_name.get(name.lower())
        if field is None:
            raise InvalidInput.of(parameter, f"there is no field {shown(name)} here; there are {self._names}")
        return field


class json_elements(FunctionElement[Any]):  # noqa: N801 - named as SQL functions are
    """The elements of a JSON array that a text column holds, as rows with one column `value`."""

    inherit_cache = True


@compiles(json_elements)
def _json_elements_sqlite(element: json_elements, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(json_elements, "postgresql")
def _json_elements_postgresql(element: json_elements, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **options)} AS JSON))"


def _condition(field: FilterField, comparison: Comparison) -> ColumnElement[bool]:
    compare = _COMPARE[field.type]
    if not field.is_list:
        return compare(field.column, comparison)
    element = json_elements(field.column).table_valued("value")
    value = cast(element.c.value, Integer if field.type is FieldType.NUMBER else String)
    return exists(literal(1)).select_from(element).where(compare(value, comparison))


def _text(column: ColumnElement[Any], comparison: Comparison) -> ColumnElement[bool]:
    value = comparison.value
    if comparison.operator is Operator.CONT:
        return column.icontains(value, autoescape=True)
    if comparison.operator is Operator.SW:
        return column.istartswith(value, autoescape=True)
    return _compared(func.lower(column), comparison.operator, func.lower(value))


def _guid(column: ColumnElement[Any], comparison: Comparison) -> ColumnElement[bool]:
    return _text(column, Comparison(comparison.field, comparison.operator, comparison.value.replace("-", "")))


def _number(column: ColumnElement[Any], comparison: Comparison) -> ColumnElement[bool]:
    digits = comparison.value.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS):
        raise _not_a(FieldType.NUMBER, comparison)
    return _compared(column, _only(comparison, _ORDERED), literal(int(comparison.value), BigInteger))


def _flag(column: ColumnElement[Any], comparison: Comparison) -> ColumnElement[bool]:
    value = {"true": True, "false": False}.get(comparison.value.lower())
    if value is None:
        raise _not_a(FieldType.FLAG, comparison)
    is_true = value is (_only(comparison, {Operator.EQ, Operator.NE}) is Operator.EQ)
    return column.is_(is_true)


def _instant(column: ColumnElement[Any], comparison: Comparison) -> ColumnElement[bool]:
    if comparison.operator is Operator.NE:
        return not_(_instant(column, replace(comparison, operator=Operator.EQ)))
    first, after = instants(comparison)
    bounds = [] if first is None else [column >= first]
    return and_(*bounds, *([] if after is None else [column < after]))


def instants(comparison: Comparison) -> tuple[int | None, int | None]:
    """The first instant that matches a comparison of dates, and the first one after: microseconds, None is no bound.

    Raises InvalidInput for a value that is no date, and for operators other than eq, gt, ge, lt and le.
    """
    start = _micros(comparison) // US_PER_MS * US_PER_MS
    end = start + US_PER_MS
    bounds: dict[Operator, tuple[int | None, int | None]] = {
        Operator.EQ: (start, end),
        Operator.GT: (end, None),
        Operator.GE: (start, None),
        Operator.LT: (None, start),
        Operator.LE: (None, end),
    }
    return bounds[_only(comparison, bounds.keys())]


def _micros(comparison: Comparison) -> int:
    """A date is its first instant; a time without an offset is UTC."""
    if not _DATE.match(comparison.value):
        raise _not_a(FieldType.INSTANT, comparison)
    try:
        instant = datetime.fromisoformat(comparison.value.upper())
        return to_us(instant if instant.tzinfo else instant.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise _not_a(FieldType.INSTANT, comparison) from None


def _compared(left: ColumnElement[Any], operator: Operator, right: ColumnElement[Any]) -> ColumnElement[bool]:
    conditions: dict[Operator, Callable[[], ColumnElement[bool]]] = {
        Operator.EQ: lambda: left == right,
        Operator.NE: lambda: left != right,
        Operator.GT: lambda: left > right,
        Operator.GE: lambda: left >= right,
        Operator.LT: lambda: left < right,
        Operator.LE: lambda: left <= right,
    }
    return conditions[operator]()


def _only(comparison: Comparison, operators: Collection[Operator]) -> Operator:
    if comparison.operator not in operators:
        known = ", ".join(sorted(operators))
        raise InvalidInput.of("filter", f"{comparison.field} can be compared by {known} only")
    return comparison.operator


def _not_a(expected: FieldType, comparison: Comparison) -> InvalidInput:
    return InvalidInput.of(
        "filter", f"{comparison.field} takes {expected.value}", f"{len(comparison.value)} characters"
    )


_ORDERED = frozenset({Operator.EQ, Operator.NE, Operator.GT, Operator.GE, Operator.LT, Operator.LE})
_COMPARE: dict[FieldType, Callable[[ColumnElement[Any], Comparison], ColumnElement[bool]]] = {
    FieldType.TEXT: _text,
    FieldType.GUID: _guid,
    FieldType.NUMBER: _number,
    FieldType.FLAG: _flag,
    FieldType.INSTANT: _instant,
}
