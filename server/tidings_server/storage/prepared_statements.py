"""Statements compiled once by SQLAlchemy, for connections that hand them to the driver themselves.

SQLAlchemy finds the compiled form of a statement by its structure, each time, and makes a context for its execution: on
both databases that costs more than the statement itself does where a row is found by its key. Here the form is found by
its identity. Leans on how SQLAlchemy orders the parameters of a compiled statement: a test pins the version.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Delete, Dialect, Insert, Select, Update
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData

_Convert = Callable[[Any], Any]
_Statement = Select[Any] | Insert | Update | Delete
_PREPARABLE: Final = (Select, Insert, Update, Delete)


class _Parameter(NamedTuple):
    """A parameter: its name, the value that the statement has for it, and how the driver takes it."""

    name: str
    value: Any
    convert: _Convert | None


class StatementResult(IteratorResult[Any]):
    """The rows of a statement, and how many it has written."""

    def __init__(self, columns: SimpleResultMetaData, rows: Sequence[Any], rowcount: int) -> None:
        super().__init__(columns, iter(rows))
        self.rowcount = rowcount


class PreparedStatement(NamedTuple):
    """A compiled statement; `converts` are the columns whose values the driver does not give as they are."""

    sql: str
    parameters: tuple[_Parameter, ...]
    columns: SimpleResultMetaData
    converts: tuple[tuple[int, _Convert], ...]

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        """The values that the driver takes, in its order."""
        return [
            convert(given.get(name, value)) if convert else given.get(name, value)
            for name, value, convert in self.parameters
        ]

    def outcome(self, rows: Sequence[Any], rowcount: int) -> StatementResult:
        """The driver's rows as SQLAlchemy's users take them."""
        if self.converts:
            rows = [_converted(row, self.converts) for row in rows]
        return StatementResult(self.columns, rows, rowcount)


class PreparedStatements:
    """The statements of a dialect that come again as the same object."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._known: WeakKeyDictionary[_Statement, dict[tuple[str, ...], PreparedStatement | None]] = (
            WeakKeyDictionary()
        )

    def find(self, statement: object, parameters: object) -> PreparedStatement | None:
        """The form for parameters of these names, from which the columns of an INSERT or UPDATE follow.

        None at first, since what is asked once does not pay, and for what the driver cannot run as it is.
        """
        if not isinstance(statement, _PREPARABLE) or not (parameters is None or isinstance(parameters, Mapping)):
            return None
        forms = self._known.get(statement)
        if forms is None:
            self._known[statement] = {}
            return None
        names = tuple(parameters or ())
        if names not in forms:
            forms[names] = _prepare(statement, parameters or {}, self._dialect)
        return forms[names]


def named_rows(names: Sequence[str], rows: Sequence[Any], rowcount: int) -> StatementResult:
    """The rows of a statement in the driver's own words."""
    return StatementResult(SimpleResultMetaData(names), rows, rowcount)


def _prepare(statement: _Statement, given: Mapping[str, Any], dialect: Dialect) -> PreparedStatement | None:
    is_write = not isinstance(statement, Select)
    compiled: Any = statement.compile(dialect=dialect, column_keys=list(given) if is_write else None)
    if compiled.post_compile_params:
        return None
    if is_write and (compiled.insert_prefetch or compiled.update_prefetch or compiled.implicit_returning):
        return None  # SQLAlchemy has values of its own to add, or to read
    state = compiled.construct_expanded_state(dict(given))  # constants that stand in the text
    parameters = tuple(
        _Parameter(name, bind.effective_value, bind.type.dialect_impl(dialect).bind_processor(dialect))
        for name, bind in ((name, compiled.binds[name]) for name in state.positiontup or ())
    )
    columns = statement.exported_columns
    converts = (column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns)
    return PreparedStatement(
        state.statement,
        parameters,
        SimpleResultMetaData(list(map(str, columns.keys()))),
        tuple((place, convert) for place, convert in enumerate(converts) if convert),
    )


def _converted(row: tuple[Any, ...], converts: tuple[tuple[int, _Convert], ...]) -> tuple[Any, ...]:
    values = list(row)
    for place, convert in converts:
        values[place] = convert(values[place])
    return tuple(values)
