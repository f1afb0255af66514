"""Cost limits of conditions, checked on the syntax tree when a condition is written.

The evaluator stops a condition by iterations only, not by time or memory. Tried on one event of 256 KiB: ten chained
`map(s, s + s)` doubled a text a thousand times, `matches` inside an `exists` ran for 7 s, one text searched in another
for seconds. So: one level of comprehension, few regular expressions and those outside it, and large fields only
measured or compared. What is left stays below some tens of milliseconds.

The tree is `cel.expr.CheckedExpr`, which the library serialises (github.com/google/cel-spec, proto/cel/expr); its wire
form is read here by field number, since core knows no generated code.
"""

from collections.abc import Iterator
from typing import Final

MAX_REGEXES: Final = 4
MAX_REGEX_LENGTH: Final = 200

NESTED: Final = "a comprehension inside a comprehension is not allowed"
REGEX_INSIDE: Final = "matches() inside a comprehension is not allowed"
REGEX_COUNT: Final = f"matches() is allowed {MAX_REGEXES} times"
OUTSIDE: Final = "{} may only be read outside a comprehension, or as what it goes over"
REGEX_PATTERN: Final = f"matches() takes a literal pattern of at most {MAX_REGEX_LENGTH} characters"
BULKY: Final = "{} may only be given to size(), == and !=, outside a comprehension"

# Field numbers of cel.expr: Any → CheckedExpr → Expr, and of the kinds of Expr.
ANY_VALUE, CHECKED_EXPR = 2, 4
CONST, IDENT, SELECT, CALL, LIST, STRUCT, COMPREHENSION = 3, 4, 5, 6, 7, 8, 9
CONST_STRING = 6
IDENT_NAME = 1
SELECT_OPERAND, SELECT_FIELD = 1, 2
CALL_TARGET, CALL_FUNCTION, CALL_ARGS = 1, 2, 3
LIST_ELEMENTS = 1
STRUCT_ENTRIES, ENTRY_KEY, ENTRY_VALUE = 2, 3, 4
COMPREHENSION_RANGE = 2
COMPREHENSION_BODY = frozenset({4, 5, 6, 7})
"""The accumulator's start, the condition, the step and the result: what is evaluated for every element, and around."""

CHEAP: Final = frozenset({b"size", b"_==_", b"_!=_"})
REGEX: Final = b"matches"

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def excess(
    serialised: bytes, bulky: frozenset[str] = frozenset(), *, ranges: frozenset[str] = frozenset()
) -> str | None:
    """The first rule that a compiled expression breaks; None for one that keeps them all.

    `bulky` are names of fields that may hold hundreds of KiB. `ranges` are variables of many small values: a
    comprehension may go over them, but not read them again for every element.
    """
    checked = _part(serialised, ANY_VALUE)
    walk = _Walk(_encoded(bulky), _encoded(ranges))
    return next(walk.expression(_part(checked, CHECKED_EXPR), within=b"", inside=False), None)


class _Walk:
    """One pass over a tree; `within` is the function that an expression is an argument of, `inside` a comprehension."""

    def __init__(self, bulky: frozenset[bytes], ranges: frozenset[bytes]) -> None:
        self._bulky = bulky
        self._ranges = ranges
        self._in_body = False
        self._regexes = 0

    def expression(self, expr: bytes, *, within: bytes, inside: bool) -> Iterator[str]:
        for kind, body in _parts(expr):
            if kind == IDENT:
                yield from self._ident(_part(body, IDENT_NAME))
            elif kind == SELECT:
                yield from self._select(body, within=within, inside=inside)
            elif kind == CALL:
                yield from self._call(body, inside=inside)
            elif kind == COMPREHENSION:
                yield from self._comprehension(body, inside=inside)
            elif kind == LIST:
                yield from self._all(body, {LIST_ELEMENTS}, inside=inside)
            elif kind == STRUCT:
                for entry in _parts_of(body, {STRUCT_ENTRIES}):
                    yield from self._all(entry, {ENTRY_KEY, ENTRY_VALUE}, inside=inside)

    def _comprehension(self, comprehension: bytes, *, inside: bool) -> Iterator[str]:
        if inside:
            yield NESTED
        yield from self._all(comprehension, {COMPREHENSION_RANGE}, inside=True)
        self._in_body = True
        yield from self._all(comprehension, COMPREHENSION_BODY, inside=True)
        self._in_body = False

    def _ident(self, name: bytes) -> Iterator[str]:
        if self._in_body and name in self._ranges:
            yield OUTSIDE.format(name.decode())

    def _select(self, select: bytes, *, within: bytes, inside: bool) -> Iterator[str]:
        name = _part(select, SELECT_FIELD)
        if name in self._bulky and (inside or within not in CHEAP):
            yield BULKY.format(name.decode())
        yield from self._all(select, {SELECT_OPERAND}, inside=inside)

    def _call(self, call: bytes, *, inside: bool) -> Iterator[str]:
        function = _part(call, CALL_FUNCTION)
        if function == REGEX:
            yield from self._regex(call, inside=inside)
        yield from self._all(call, {CALL_TARGET, CALL_ARGS}, within=function, inside=inside)

    def _regex(self, call: bytes, *, inside: bool) -> Iterator[str]:
        self._regexes += 1
        *_, pattern = _parts_of(call, {CALL_ARGS})
        literal = [_part(constant, CONST_STRING) for constant in _parts_of(pattern, {CONST})]
        if inside:
            yield REGEX_INSIDE
        if self._regexes > MAX_REGEXES:
            yield REGEX_COUNT
        if not literal or len(literal[0].decode()) > MAX_REGEX_LENGTH:
            yield REGEX_PATTERN

    def _all(
        self, message: bytes, numbers: frozenset[int] | set[int], *, within: bytes = b"", inside: bool
    ) -> Iterator[str]:
        for expr in _parts_of(message, numbers):
            yield from self.expression(expr, within=within, inside=inside)


def _encoded(names: frozenset[str]) -> frozenset[bytes]:
    return frozenset(name.encode() for name in names)


def _part(message: bytes, number: int) -> bytes:
    """The text or message in field `number`; empty when it is absent."""
    return next(_parts_of(message, {number}), b"")


def _parts_of(message: bytes, numbers: frozenset[int] | set[int]) -> Iterator[bytes]:
    return (body for number, body in _parts(message) if number in numbers)


def _parts(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a protobuf message that hold texts or messages, in order."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        wire_type = tag & 7
        if wire_type == VARINT:
            _, at = _varint(message, at)
        elif wire_type == BYTES:
            length, at = _varint(message, at)
            yield tag >> 3, message[at : at + length]
            at += length
        else:
            at += {FIXED64: 8, FIXED32: 4}[wire_type]


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at += 1
        shift += 7
        if not byte & 0x80:
            return value, at
