"""Expressions of workflows: CEL over the event and the entity, in conditions (`when`) and in props (`${…}`).

Each variable is declared by its full name, `entity.status`, so that a name that does not exist is refused when the
workflow is written. Numbers in attributes are doubles, always: a rule that works for 10 works for 10.5.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from cel_expr_python import cel

from tidings_server.expressions import cost
from tidings_server.expressions.compiler import ExpressionFailed, Expressions
from tidings_server.platform import durations
from tidings_server.platform.clock import from_us, rfc3339_ms, to_us
from tidings_server.platform.errors import InvalidInput
from tidings_server.platform.json_type import MAX_WHOLE, Json
from tidings_server.workflow import attributes
from tidings_server.workflow.entities import Entity, Reference
from tidings_server.workflow.workflow_event import WorkflowEvent

MAX_TEXT: Final = 4_096
MAX_ITEMS: Final = 1_000
"""Longer texts, lists and objects in attributes read as null. The evaluator counts iterations, not time: a `filter` of
1,000 items takes 38 ms, of 9,000 (it copies the list for each) 3 s and 1.3 GB."""

EVENT_ATTRIBUTES: Final = "event.attributes"
ENTITY_ATTRIBUTES: Final = "entity.attributes"
ATTRIBUTES: Final = frozenset({EVENT_ATTRIBUTES, ENTITY_ATTRIBUTES})

VariableNames = tuple[str, ...]

_NO_ENTITY: Final = Reference("")
TEXTS: Final[Mapping[str, Callable[[WorkflowEvent, Entity], str]]] = {
    "event.id": lambda event, _: event.id,
    "event.name": lambda event, _: event.name,
    "event.retailerId": lambda event, _: event.retailer_id,
    "event.entityType": lambda event, _: event.entity.type,
    "event.entitySubtype": lambda event, _: event.subtype,
    "event.entityId": lambda event, _: event.entity.id or "",
    "event.entityRef": lambda event, _: event.entity.ref or "",
    "event.rootEntityType": lambda event, _: (event.root or _NO_ENTITY).type,
    "event.rootEntityId": lambda event, _: (event.root or _NO_ENTITY).id or "",
    "event.rootEntityRef": lambda event, _: (event.root or _NO_ENTITY).ref or "",
    "entity.type": lambda _, entity: entity.type,
    "entity.subtype": lambda _, entity: entity.subtype,
    "entity.id": lambda _, entity: entity.id,
    "entity.ref": lambda _, entity: entity.ref or "",
    "entity.status": lambda _, entity: entity.status,
}
_VALUES: Final[Mapping[str, Callable[[WorkflowEvent, Entity], object]]] = {
    **TEXTS,
    EVENT_ATTRIBUTES: lambda event, _: cel_value(event.attributes) or {},
    ENTITY_ATTRIBUTES: lambda _, entity: cel_value(entity.attributes) or {},
    "now": lambda event, _: from_us(event.recorded_at_us),
}
"""Every variable with the function that reads its value."""
_OF_EVENT: Final = frozenset(name for name in _VALUES if not name.startswith("entity."))

ANYTHING: Final = "DYN"
_UNPRINTABLE: Final = frozenset({"BYTES", "TYPE"})


class Variables:
    """Variables of one run: an activation for each set of variables, rebuilt when the entity has changed."""

    def __init__(self, event: WorkflowEvent) -> None:
        self._event = event
        self._activations: dict[VariableNames, tuple[Entity, cel.Activation]] = {}

    def activation(self, expressions: Expressions, text: str, entity: Entity) -> cel.Activation:
        names = _variables_in(text)
        of, activation = self._activations.get(names, (None, None))
        if activation is None or (of is not entity and not _OF_EVENT.issuperset(names)):
            activation = expressions.activation({name: _VALUES[name](self._event, entity) for name in names})
            self._activations[names] = entity, activation
        return activation


class WorkflowExpressions:
    """Checks expressions when a workflow is written, and evaluates them when it runs."""

    def __init__(self) -> None:
        variables = {
            **dict.fromkeys(TEXTS, cel.Type.STRING),
            **dict.fromkeys(ATTRIBUTES, cel.Type.Map(cel.Type.STRING, cel.Type.DYN)),
            "now": cel.Type.TIMESTAMP,
        }
        self._expressions = Expressions(cel.NewEnv(None, variables=variables))

    def check_condition(self, text: str, field: str) -> None:
        """Raises InvalidInput on `field` for a text that is no expression, not of type BOOL, or too costly."""
        kind = self._type_of(text, field)
        if kind != "BOOL":
            raise InvalidInput.of(field, "must be true or false", f"an expression of {kind}")

    def check_value(self, text: str, field: str, types: Iterable[str]) -> None:
        """Raises InvalidInput on `field` unless the text is an expression of a CEL type in `types` (empty: any)."""
        kind = self._type_of(text, field).partition("<")[0]
        allowed = frozenset(types)
        if kind in _UNPRINTABLE or (allowed and kind != ANYTHING and kind not in allowed):
            rule = f"must be {' or '.join(sorted(allowed))}" if allowed else "must have a JSON value"
            raise InvalidInput.of(field, rule, f"an expression of {kind}")

    def holds(self, text: str, variables: Variables, entity: Entity) -> bool | ExpressionFailed:
        """Whether a condition is true."""
        return self._expressions.holds(text, variables.activation(self._expressions, text, entity))

    def value(self, text: str, variables: Variables, entity: Entity) -> Json | ExpressionFailed:
        """The value of an expression as JSON: an instant as RFC 3339, a duration as ISO 8601."""
        value = self._expressions.value(text, variables.activation(self._expressions, text, entity))
        if isinstance(value, ExpressionFailed):
            return value
        try:
            return json_value(value)
        except ValueError as error:
            return ExpressionFailed(f"the value {error}")

    def _type_of(self, text: str, field: str) -> str:
        expression = self._expressions.checked(text, field)
        problem = cost.excess(expression.serialize(), ranges=ATTRIBUTES)
        if problem:
            raise InvalidInput.of(field, problem)
        return str(expression.return_type().name())


def cel_value(value: Json) -> object:
    """A JSON value in CEL: numbers as doubles, values that are too large as null."""
    match value:
        case None | bool() | float():
            return value
        case int():
            return float(value)
        case str():
            return value if len(value) <= MAX_TEXT else None
        case dict():
            return {name: cel_value(one) for name, one in value.items()} if len(value) <= MAX_ITEMS else None
        case _:
            return [*map(cel_value, value)] if len(value) <= MAX_ITEMS else None


def json_value(value: object) -> Json:
    """The result of an expression as JSON; whole doubles as whole numbers. Raises ValueError for other values."""
    problem = None
    match value:
        case datetime():
            return rfc3339_ms(to_us(value))
        case timedelta():
            return durations.text_of(value)
        case float() if value.is_integer() and abs(value) <= MAX_WHOLE:
            return int(value)
        case None | bool() | str() | int() | float():
            problem = attributes.problem(value)
            if problem is None:
                return value
        case dict():
            return {_name(name): json_value(one) for name, one in value.items()}
        case list():
            return [*map(json_value, value)]
    raise ValueError(problem or f"must be JSON, not {type(value).__name__}")


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise ValueError("must have texts for names")  # noqa: TRY004 - what is wrong is the user's value
    return name


@lru_cache(maxsize=4_096)
def _variables_in(text: str) -> VariableNames:
    """The variables that an expression may read: those whose names' parts all stand in its text."""
    return tuple(name for name in _VALUES if all(part in text for part in name.split(".")))
