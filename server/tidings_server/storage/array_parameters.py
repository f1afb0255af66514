"""Lists of numbers or texts as one parameter of a statement, so that one text serves every length of the list."""

import json
from collections.abc import Collection
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    ColumnElement,
    Select,
    SelectBase,
    Text,
    any_,
    bindparam,
    cast,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine


def listed(conn: AsyncConnection, name: str) -> Select[Any]:
    """The numbers of the parameter `name`, which `as_list` makes: for `column.in_(...)`."""
    return listed_by(conn.dialect.name, name)


def as_list(numbers: Collection[int]) -> str:
    """Numbers as the one parameter that `listed` reads."""
    return json.dumps(list(numbers))


@lru_cache(maxsize=64)
def listed_by(dialect_name: str, name: str) -> Select[Any]:
    """As `listed`, for statements that are made once for each kind of database."""
    text = bindparam(name, type_=Text)
    if dialect_name == "postgresql":
        value = func.json_array_elements_text(cast(text, JSON)).table_valued("value").c.value
        return select(cast(value, BigInteger))
    return select(func.json_each(text).table_valued("value").c.value)


def is_listed(column: ColumnElement[int], dialect_name: str, name: str) -> ColumnElement[bool]:
    """The condition that a column is one of the numbers of `listed_by`, as `is_any_of` has it."""
    return is_any_of(column, dialect_name, listed_by(dialect_name, name), BigInteger())


def is_text_listed(column: ColumnElement[str], dialect_name: str, name: str) -> ColumnElement[bool]:
    """As `is_listed`, for texts."""
    return is_any_of(column, dialect_name, texts_listed_by(dialect_name, name), Text())


def is_any_of(
    column: ColumnElement[Any], dialect_name: str, values: SelectBase, kind: TypeEngine[Any]
) -> ColumnElement[bool]:
    """The condition that a column is one of the values that a query gives, by a look into its index for each.

    PostgreSQL makes a join of `column.in_(...)`, and joins by reading a table of some ten thousand rows from its start.
    Of two columns at once it looks up each pair: there a join may be better.
    """
    if dialect_name == "postgresql":
        return column == any_(func.array(values.scalar_subquery(), type_=ARRAY(kind)))
    return column.in_(values)


def texts_as_list(texts: Collection[str]) -> str:
    """Texts as the one parameter that `texts_listed_by` reads."""
    return json.dumps(list(texts))


@lru_cache(maxsize=64)
def texts_listed_by(dialect_name: str, name: str) -> Select[Any]:
    """As `listed_by`, for texts."""
    text = bindparam(name, type_=Text)
    unfold = func.json_array_elements_text(cast(text, JSON)) if dialect_name == "postgresql" else func.json_each(text)
    return select(unfold.table_valued("value").c.value)
