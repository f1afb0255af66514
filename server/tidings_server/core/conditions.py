"""Conditions: CEL that users write, checked when written, evaluated on the event's own message.

Variables: `event` (the message of one type), `topic` (text) and `now` (the instant the event was recorded, so that a
replay decides as the first time). Names of the message's package need no prefix: `Event.EventType.ORDER`.
Source: DESIGN.md section 4.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cel_expr_python import cel

from tidings_server.core import condition_cost
from tidings_server.errors import InvalidInput

MAX_LENGTH: Final = 2_048
MAX_COMPILED_LENGTH: Final = 250_000
"""Characters of the conditions that are kept compiled, about 130 bytes each; the least recently used go first."""
MAX_ERROR_LENGTH: Final = 300

_AT = re.compile(r"<input>:(\d+:\d+: [^\n]*)")
_CODES = re.compile(r"^[A-Z_]+: | \[[A-Z_]+\]$")


@dataclass(frozen=True, slots=True)
class ConditionFailed:
    """An evaluation that came to no answer, such as a missing key. Counts as not matched."""

    error: str


class Conditions:
    """Conditions on messages of one type.

    `pool` is the protobuf descriptor pool that knows `message_type`. `bulky` are fields that may hold hundreds of KiB:
    a comprehension must not read them, since it would do so for every element.
    """

    def __init__(self, pool: object, message_type: str, *, bulky: frozenset[str] = frozenset()) -> None:
        variables = {"event": cel.Type(message_type), "topic": cel.Type.STRING, "now": cel.Type.TIMESTAMP}
        package = message_type.rpartition(".")[0]
        self._env = cel.NewEnv(pool, variables=variables, container=package)
        self._bulky = bulky
        self._compiled: OrderedDict[str, cel.Expression] = OrderedDict()
        self._length = 0

    def check(self, text: str, field: str = "condition") -> None:
        """Raises InvalidInput on `field`, with line and column, for text that is no condition or costs too much."""
        if len(text) > MAX_LENGTH:
            raise InvalidInput.of(field, f"at most {MAX_LENGTH:,} characters", f"string of {len(text):,} characters")
        try:
            expression = self._expression(text)
        except RuntimeError as error:
            raise InvalidInput.of(field, f"does not compile: {_reason(error)}") from None
        if expression.return_type() != cel.Type.BOOL:
            raise InvalidInput.of(field, "must be true or false", f"an expression of {expression.return_type().name()}")
        problem = condition_cost.excess(expression.serialize(), self._bulky)
        if problem:
            raise InvalidInput.of(field, problem)

    def activation(self, event: object, topic: str, now: datetime) -> cel.Activation:
        """The variables of one event, to be shared by all conditions on it. `event` is the protobuf message."""
        return self._env.Activation({"event": event, "topic": topic, "now": now})

    def evaluate(self, text: str, activation: cel.Activation) -> bool | ConditionFailed:
        """Whether the condition holds. Never raises for what a user wrote; text that no longer compiles has failed."""
        try:
            value = self._expression(text).eval(activation)
        except RuntimeError as error:
            return ConditionFailed(_reason(error))
        if value.type() == cel.Type.BOOL:
            return bool(value.value())
        return ConditionFailed(_reason(value.value()))

    def _expression(self, text: str) -> cel.Expression:
        expression = self._compiled.get(text)
        if expression is not None:
            self._compiled.move_to_end(text)
            return expression
        expression = self._compiled[text] = self._env.compile(text)
        self._length += len(text)
        while self._length > MAX_COMPILED_LENGTH:
            self._length -= len(self._compiled.popitem(last=False)[0])
        return expression


def _reason(error: object) -> str:
    """The library's message without its codes: `line:column: what is wrong`, or what happened."""
    text = str(error)
    located = _AT.search(text)
    return (located[1] if located else _CODES.sub("", text.partition("\n")[0]))[:MAX_ERROR_LENGTH]
