"""Expressions: CEL that users write, compiled once, with its faults as answers.

Source: DESIGN.md section 4. Limits of their cost stand in cost.py.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final

from cel_expr_python import cel

from tidings_server.platform.errors import InvalidInput

MAX_LENGTH: Final = 2_048
MAX_COMPILED_LENGTH: Final = 250_000
"""Characters of the expressions that are kept compiled, about 130 bytes each; the least recently used go first."""
MAX_ERROR_LENGTH: Final = 300

MAX_FAULTS: Final = 20
MAX_INT32: Final = 2**31 - 1

_AT = re.compile(r"<input>:(\d+:\d+: [^\n]*)")
_PLACED = re.compile(r"<input>:(\d{1,10}):(\d{1,10}): ([^\n]*)")
_MIXED = re.compile(
    r"<input>:(\d+):(\d+): found no matching overload for '([^']*)' applied to "
    r"'\((double, int|int, double|string, (?:int|double)|(?:int|double), string)\)'"
)
_WHOLE_AFTER = re.compile(r"[^\w\s.]{1,2}\s*(-?\d+)(?![\w.])")
_WHOLE_BEFORE = re.compile(r"(?<![\w.])(-?\d+)\s*$")
_QUOTED = re.compile(r"'([^']*)'")
_NAMED = re.compile(r"[\w.(), \[\]<>=!+*/%&|?:-]{1,80}")
_CODES = re.compile(r"^[A-Z_]+: | \[[A-Z_]+\]$")


@dataclass(frozen=True, slots=True)
class ExpressionFailed:
    """An evaluation without a result, because of a missing key, for example."""

    error: str


@dataclass(frozen=True, slots=True)
class ExpressionFault:
    """A fault of a text that is no expression. Line and column, in code points, begin at 1; 0: the text as a whole."""

    message: str
    line: int = 0
    column: int = 0


class Expressions:
    """Expressions over the same variables. Threads may share them."""

    def __init__(self, environment: cel.Env) -> None:
        self._env = environment
        self._compiled: OrderedDict[str, cel.Expression] = OrderedDict()
        self._length = 0
        self._lock = Lock()

    def checked(self, text: str, field: str) -> cel.Expression:
        """The compiled text. Raises InvalidInput on `field`, with line and column, for what is no expression."""
        if len(text) > MAX_LENGTH:
            raise InvalidInput.of(field, f"at most {MAX_LENGTH:,} characters", f"string of {len(text):,} characters")
        try:
            return self._expression(text)
        except RuntimeError as error:
            raise InvalidInput.of(field, f"does not compile: {_reason(error)}{_hint(text, str(error))}") from None

    def tried(self, text: str) -> cel.Expression | list[ExpressionFault]:
        """The compiled text, which is not kept, or its faults, at most 20. Raises nothing for what a user wrote."""
        if len(text) > MAX_LENGTH:
            return [ExpressionFault(f"at most {MAX_LENGTH:,} characters")]
        try:
            return self._env.compile(text)
        except RuntimeError as error:
            return _faults(text, str(error))

    def activation(self, variables: Mapping[str, object]) -> cel.Activation:
        """The variables by name, to be shared by all expressions on the same things."""
        return self._env.Activation(variables)

    def value(self, text: str, activation: cel.Activation) -> object | ExpressionFailed:
        """The value of an expression, as a Python object. Never raises for what a user wrote, even if it is no CEL."""
        try:
            found = self._expression(text).eval(activation)
            value: object = found.plain_value()
        except RuntimeError as error:
            return ExpressionFailed(_reason(error))
        if isinstance(value, str) and found.type() == cel.Type.ERROR:
            return ExpressionFailed(_reason(value))
        return value

    def holds(self, text: str, activation: cel.Activation) -> bool | ExpressionFailed:
        """Whether a condition that was checked is true. Never raises, as `value`."""
        try:
            value = self._expression(text).eval(activation).value()
        except RuntimeError as error:
            return ExpressionFailed(_reason(error))
        return value if isinstance(value, bool) else ExpressionFailed(_reason(value))

    def _expression(self, text: str) -> cel.Expression:
        with self._lock:
            expression = self._compiled.get(text)
            if expression is not None:
                self._compiled.move_to_end(text)
                return expression
        expression = self._env.compile(text)
        with self._lock:
            if text not in self._compiled:
                self._length += len(text)
            self._compiled[text] = expression
            while self._length > MAX_COMPILED_LENGTH:
                self._length -= len(self._compiled.popitem(last=False)[0])
        return expression


def _reason(error: object) -> str:
    """The library's message without its codes: `line:column: what is wrong`, or what happened."""
    text = str(error)
    located = _AT.search(text)
    return _QUOTED.sub(_shown, located[1] if located else _CODES.sub("", text.partition("\n")[0]))[:MAX_ERROR_LENGTH]


def _faults(text: str, error: str) -> list[ExpressionFault]:
    """Faults that the library found, with places; its whole message where it names none."""
    hint = _hint(text, error)
    found: list[ExpressionFault] = []
    for at in _PLACED.finditer(error):
        message = _QUOTED.sub(_shown, _CODES.sub("", at[3]))[:MAX_ERROR_LENGTH]
        is_mixed = hint if not found and _MIXED.match(at[0]) else ""
        found.append(ExpressionFault(f"{message}{is_mixed}", *(min(int(each), MAX_INT32) for each in at.groups()[:2])))
        if len(found) == MAX_FAULTS:
            break
    return found or [ExpressionFault(_reason(error))]


def _shown(quoted: re.Match[str]) -> str:
    """The quoted part where it is a name, an operator or a type; a text of the expression may be a secret."""
    return quoted[0] if _NAMED.fullmatch(quoted[1]) else "'…'"


def _hint(text: str, error: str) -> str:
    """Hint where a whole number or a text stands beside what CEL does not mix it with; empty for other faults."""
    found = _MIXED.search(error)
    if found is None:
        return ""
    line, column = int(found[1]), int(found[2])
    source = text.split("\n")[line - 1]
    whole = _WHOLE_AFTER.match(source, column - 1) or _WHOLE_BEFORE.search(source[: column - 1])
    if "string" in found[4]:
        return _hint_of_text(found[3], whole[1] if whole else "")
    return f"; write {whole[1]}.0" if whole else "; write double(…) around the whole number"


def _hint_of_text(operator: str, whole: str) -> str:
    if operator == "_+_":
        return "; write string(…) around the number"
    if whole and operator in {"_==_", "_!=_"}:
        return f"; write '{whole}'"
    return "; write double(…) around the text" + (f" and {whole}.0" if whole else "")
