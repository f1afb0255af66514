"""The language of conditions: CEL over the event, the customer and counters, typed by the contract's own messages.

Variables: `event`, `customer`, `counters` and `now`, the instant the event was recorded, so that a replay and a
backtest decide as the first time. Source: DESIGN.md section 4.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from cel_expr_python import cel

from tidings_server.expressions import cost
from tidings_server.expressions.compiler import ExpressionFailed, Expressions
from tidings_server.loyalty import periods
from tidings_server.loyalty.periods import Period
from tidings_server.platform.clock import parse_day
from tidings_server.platform.errors import InvalidInput

MAX_KEYS: Final = 10
"""Periods and days that one condition may count over."""
PACKAGE: Final = "tidings.loyalty.v1"

_NAMED: Final = {name: re.compile(rf"\b{name}\b") for name in ("customer", "counters")}
_MAPS: Final = re.compile(r"\bcounters\s*\.\s*(within|since)\b(?:\s*\[\s*(?:'([^'\\]*)'|\"([^\"\\]*)\")\s*\])?")


@dataclass(frozen=True, slots=True)
class Needs:
    """What a condition looks at beside the event; a name inside a text counts too, which costs a little and no more."""

    customer: bool = False
    counters: bool = False
    within: tuple[tuple[str, Period], ...] = ()
    since: tuple[tuple[str, date], ...] = ()


class Together:
    """Conditions on the same things, to be evaluated at once: each by itself costs several times what it does.

    Where one fails all do; from then on it is evaluated by itself.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        """An empty text is always true."""
        self.texts = [text or "true" for text in texts]
        self.apart: list[int] = []
        self.joined: list[int] = []
        self.text = ""
        self._join(range(len(texts)))

    def set_apart(self, failed: Collection[int]) -> None:
        """Evaluate these (their places) by themselves; all, if none has failed: then they are too many at once."""
        self._join([place for place in self.joined if place not in failed] if failed else [])

    def _join(self, places: Sequence[int]) -> None:
        self.joined = list(places) if len(places) > 1 else []
        self.apart = [place for place in range(len(self.texts)) if place not in self.joined]
        self.text = "[" + ", ".join(f"({self.texts[place]}\n)" for place in self.joined) + "]"


class Language:
    """Checks conditions when a rule is written, and evaluates them."""

    def __init__(self, pool: object) -> None:
        """`pool` is the protobuf descriptor pool that knows the contract's messages."""
        variables = {
            "event": cel.Type(f"{PACKAGE}.Event"),
            "customer": cel.Type(f"{PACKAGE}.CustomerFacts"),
            "counters": cel.Type(f"{PACKAGE}.Counters"),
            "now": cel.Type.TIMESTAMP,
        }
        self._expressions = Expressions(cel.NewEnv(pool, variables=variables, container=PACKAGE))
        self.holds = self._expressions.holds
        """Whether a condition that was checked is true, on an activation. Never raises for what a user wrote."""

    def check(self, text: str, field: str = "condition") -> None:
        """Raises InvalidInput on `field` for what is no condition, costs too much, or counts over an unknown period."""
        expression = self._expressions.checked(text, field)
        if expression.return_type() != cel.Type.BOOL:
            raise InvalidInput.of(field, "must be true or false", f"an expression of {expression.return_type().name()}")
        if problem := cost.excess(expression.serialize()):
            raise InvalidInput.of(field, problem)
        try:
            needs(text)
        except ValueError as error:
            raise InvalidInput.of(field, str(error)) from None

    def answers(self, conditions: Together, activation: cel.Activation) -> list[bool | ExpressionFailed]:
        """What `holds` says of each."""
        answers: list[bool | ExpressionFailed] = [False] * len(conditions.texts)
        for place in conditions.apart:
            answers[place] = self.holds(conditions.texts[place], activation)
        if not conditions.joined:
            return answers
        found = self._expressions.value(conditions.text, activation)
        if isinstance(found, list):
            for place, answer in zip(conditions.joined, found, strict=True):
                answers[place] = answer
            return answers
        for place in conditions.joined:
            answers[place] = self.holds(conditions.texts[place], activation)
        conditions.set_apart([place for place in conditions.joined if isinstance(answers[place], ExpressionFailed)])
        return answers

    def activation(self, event: object, now: datetime, *, customer: object, counters: object) -> cel.Activation:
        """The variables of one event: protobuf messages, or None for what no condition on it names."""
        told = {"event": event, "now": now}
        if customer is not None:
            told["customer"] = customer
        if counters is not None:
            told["counters"] = counters
        return self._expressions.activation(told)


def needs(text: str) -> Needs:
    """What a condition looks at. Raises ValueError for a period or a day that is not a literal, or not a good one."""
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
    return Needs(
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
