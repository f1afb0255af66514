"""The condition language: CEL over the event, the customer and counters, typed by the contract's own messages.

Variables: `event`, `customer`, `counters` and `now`, the instant the event was recorded, so that a replay and a
backtest decide as the first time. Source: DESIGN.md section 4.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from typing import Final, NamedTuple

from cel_expr_python import cel

from tidings_server.expressions import cost
from tidings_server.expressions.compiler import ExpressionFailed, Expressions
from tidings_server.loyalty import periods
from tidings_server.loyalty.periods import Period
from tidings_server.platform.clock import parse_day
from tidings_server.platform.errors import InvalidInput

MAX_KEYS: Final = 10
"""Periods and days that one condition may count over."""
MAX_JOINED: Final = 8_000
"""Characters of conditions that are joined: the library compiles them in about 10 ms, and keeps the interpreter."""
MAX_LOOPED_BYTES: Final = 20_000
"""Conditions that go over an event's elements, times its bytes: at 1 µs for an element of two bytes, some 10 ms."""
PACKAGE: Final = "tidings.loyalty.v1"

_NAMED: Final = {name: re.compile(rf"\b{name}\b") for name in ("customer", "counters")}
_LOOP: Final = re.compile(r"\.\s*(?:all|exists|exists_one|filter|map|matches)\s*\(")
_MAPS: Final = re.compile(r"\bcounters\s*\.\s*(within|since)\b(?:\s*\[\s*(?:'([^'\\]*)'|\"([^\"\\]*)\")\s*\])?")


@dataclass(frozen=True, slots=True)
class ConditionInputs:
    """Variables that a condition reads beside the event; a name inside a text counts too, which costs only time."""

    customer: bool = False
    counters: bool = False
    within: tuple[tuple[str, Period], ...] = ()
    since: tuple[tuple[str, date], ...] = ()


class ConditionBatch:
    """Conditions on the same variables, joined into one expression: evaluating each alone costs several times as much.

    A failing condition fails the joined expression; from then on it is evaluated alone. Threads may share a batch.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        """An empty condition is always true."""
        self.texts = [text or "true" for text in texts]
        self.length = sum(map(len, self.texts))
        self.loops = sum(bool(_LOOP.search(text)) for text in self.texts)
        self.split = self._split(range(len(texts)))

    @property
    def joined(self) -> list[int]:
        """Indexes of the conditions that are evaluated together."""
        return self.split.joined

    def is_costly(self, event_bytes: int) -> bool:
        """Whether the conditions may take more than some milliseconds on an event of that size."""
        return self.length > MAX_JOINED or self.loops * event_bytes > MAX_LOOPED_BYTES

    def separate(self, failed: Collection[int]) -> None:
        """Evaluate these (their indexes) alone; all, if none has failed: then they cost too much together."""
        self.split = self._split([index for index in self.joined if index not in failed] if failed else [])

    def _split(self, indexes: Sequence[int]) -> "_Split":
        """Join these conditions, as many as keep within MAX_JOINED."""
        lengths = accumulate(len(self.texts[index]) for index in indexes)
        joined = [index for index, length in zip(indexes, lengths, strict=True) if length <= MAX_JOINED]
        if len(joined) < 2:  # noqa: PLR2004 - one alone is not joined to anything
            joined = []
        alone = sorted(set(range(len(self.texts))) - set(joined))
        return _Split(joined, alone, "[" + ", ".join(f"({self.texts[index]}\n)" for index in joined) + "]")


class _Split(NamedTuple):
    """Indexes of the conditions that are joined, of those that are not, and the joined expression."""

    joined: list[int]
    separated: list[int]
    text: str


class ConditionLanguage:
    """Checks conditions when a rule is written, and evaluates them."""

    def __init__(self, pool: object) -> None:
        """`pool` is the protobuf descriptor pool with the contract's messages."""
        variables = {
            "event": cel.Type(f"{PACKAGE}.Event"),
            "customer": cel.Type(f"{PACKAGE}.CustomerFacts"),
            "counters": cel.Type(f"{PACKAGE}.Counters"),
            "now": cel.Type.TIMESTAMP,
        }
        self._expressions = Expressions(cel.NewEnv(pool, variables=variables, container=PACKAGE))
        self.holds = self._expressions.holds
        """Whether a checked condition is true on an activation. Never raises for a user's condition."""

    def check(self, text: str, field: str = "condition") -> None:
        """Raises InvalidInput on `field` for a text that is no condition, costs too much or has a bad period."""
        expression = self._expressions.checked(text, field)
        if expression.return_type() != cel.Type.BOOL:
            raise InvalidInput.of(field, "must be true or false", f"an expression of {expression.return_type().name()}")
        if problem := cost.excess(expression.serialize()):
            raise InvalidInput.of(field, problem)
        try:
            condition_inputs(text)
        except ValueError as error:
            raise InvalidInput.of(field, str(error)) from None

    def results(self, conditions: ConditionBatch, activation: cel.Activation) -> list[bool | ExpressionFailed]:
        """The result of `holds` for each condition."""
        results: list[bool | ExpressionFailed] = [False] * len(conditions.texts)
        split = conditions.split
        for index in split.separated:
            results[index] = self.holds(conditions.texts[index], activation)
        if not split.joined:
            return results
        found = self._expressions.value(split.text, activation)
        if isinstance(found, list):
            for index, result in zip(split.joined, found, strict=True):
                results[index] = result
            return results
        for index in split.joined:
            results[index] = self.holds(conditions.texts[index], activation)
        conditions.separate([index for index in split.joined if isinstance(results[index], ExpressionFailed)])
        return results

    def activation(self, event: object, now: datetime, *, customer: object, counters: object) -> cel.Activation:
        """The variables of one event: protobuf messages, or None for a variable that no condition reads."""
        variables = {"event": event, "now": now}
        if customer is not None:
            variables["customer"] = customer
        if counters is not None:
            variables["counters"] = counters
        return self._expressions.activation(variables)


def condition_inputs(text: str) -> ConditionInputs:
    """The variables that a condition reads. Raises ValueError for a period or a day that is no valid literal."""
    within: dict[str, Period] = {}
    since: dict[str, date] = {}
    for name, single, double in _MAPS.findall(text):
        literal = single or double
        if not literal:
            raise ValueError(f"counters.{name} takes a literal, such as counters.{name}{_EXAMPLES[name]}")
        if name == "within":
            within[literal] = periods.parse_short(literal)
        else:
            since[literal] = _day(literal)
    if len(within) + len(since) > MAX_KEYS:
        raise ValueError(f"counts over at most {MAX_KEYS} periods")
    return ConditionInputs(
        customer=bool(_NAMED["customer"].search(text)),
        counters=bool(_NAMED["counters"].search(text)),
        within=tuple(within.items()),
        since=tuple(since.items()),
    )


_EXAMPLES: Final = {"within": "['30d']", "since": "['2026-01-01']"}


def _day(text: str) -> date:
    try:
        return parse_day(text)
    except ValueError:
        raise ValueError("counters.since takes a day, such as counters.since['2026-01-01']") from None
