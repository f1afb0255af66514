"""Conditions: CEL that users write, checked when written, evaluated on the event's own message.

Variables: `event` (the message of one type), `topic` (text) and `now` (the instant the event was recorded, so that a
replay decides as the first time). Names of the message's package need no prefix: `Event.EventType.ORDER`.
Source: DESIGN.md section 4.
"""

from collections.abc import Sequence
from datetime import datetime

from cel_expr_python import cel

from tidings_server.expressions import compiler, cost
from tidings_server.expressions.compiler import ExpressionFault, Expressions
from tidings_server.platform.errors import InvalidInput

MAX_LENGTH = compiler.MAX_LENGTH
NO_BOOL = "must be true or false"

ConditionFailed = compiler.ExpressionFailed
"""An evaluation that came to no answer counts as not matched."""


class Conditions:
    """Conditions on messages of one type.

    `pool` is the protobuf descriptor pool that knows `message_type`. `bulky` are fields that may hold hundreds of KiB:
    a comprehension must not read them, since it would do so for every element.
    """

    def __init__(self, pool: object, message_type: str, *, bulky: frozenset[str] = frozenset()) -> None:
        variables = {"event": cel.Type(message_type), "topic": cel.Type.STRING, "now": cel.Type.TIMESTAMP}
        package = message_type.rpartition(".")[0]
        self._expressions = Expressions(cel.NewEnv(pool, variables=variables, container=package))
        self._bulky = bulky

    def check(self, text: str, field: str = "condition") -> None:
        """Raises InvalidInput on `field`, with line and column, for text that is no condition or costs too much."""
        expression = self._expressions.checked(text, field)
        if expression.return_type() != cel.Type.BOOL:
            raise InvalidInput.of(field, NO_BOOL, f"an expression of {expression.return_type().name()}")
        problem = cost.excess(expression.serialize(), self._bulky)
        if problem:
            raise InvalidInput.of(field, problem)

    def faults(self, text: str) -> Sequence[ExpressionFault]:
        """Faults for which `check` would refuse a text, with their places. Nothing of it is kept."""
        expression = self._expressions.tried(text)
        if isinstance(expression, list):
            return expression
        if expression.return_type() != cel.Type.BOOL:
            return [ExpressionFault(f"{NO_BOOL}, not {expression.return_type().name()}")]
        problem = cost.excess(expression.serialize(), self._bulky)
        return [ExpressionFault(problem)] if problem else []

    def activation(self, event: object, topic: str, now: datetime) -> cel.Activation:
        """The variables of one event, to be shared by all conditions on it. `event` is the protobuf message."""
        return self._expressions.activation({"event": event, "topic": topic, "now": now})

    def evaluate(self, text: str, activation: cel.Activation) -> bool | ConditionFailed:
        """Whether the condition holds. Never raises for what a user wrote; text that no longer compiles has failed."""
        return self._expressions.holds(text, activation)
