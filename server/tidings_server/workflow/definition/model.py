"""Workflow definitions: read from JSON, whose form pydantic validates, and written back."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Annotated, Any, Final, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetPydanticSchema,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_core.core_schema import no_info_after_validator_function, no_info_plain_validator_function

from tidings_server.platform.errors import InvalidInput, Violation
from tidings_server.platform.json_type import Json
from tidings_server.workflow import attributes
from tidings_server.workflow.definition.props import MAX_NAME, MAX_TEXT, Props
from tidings_server.workflow.entities import kind

NAME_FORM: Final = re.compile(r"[A-Za-z0-9._:~-]{1,128}")
MAX_STATUSES: Final = 500
MAX_RULESETS: Final = 500
MAX_TRIGGERS: Final = 500
MAX_RULES: Final = 256
MAX_USER_ACTIONS: Final = 100

Definition: TypeAlias = Mapping[str, Json]

_MESSAGES: Final[Mapping[str, str]] = {
    "missing": "is required",
    "string_type": "must be a text",
    "too_short": "is required",
    "too_long": "must be at most {max_length:,} characters",
    "dataclass_type": "must be an object",
    "message": "{message}",
}
"""Messages by pydantic's types of errors; `message` is that of the validators below."""


def _error(message: str) -> PydanticCustomError:
    return PydanticCustomError("message", "{message}", {"message": message})


def _list_of(most: int, least: int = 0) -> BeforeValidator:
    """A list of `least` to `most` items; null is an empty one."""

    def check(value: object) -> object:
        items = () if value is None else value
        if not isinstance(items, Sequence) or isinstance(items, str):
            raise _error("must be a list")
        if not least <= len(items) <= most:
            raise _error(f"must have {least} to {most:,} items, not {len(items):,}")
        return items

    return BeforeValidator(check)


def _check_json(value: Any) -> Any:
    if problem := attributes.problem(value):
        raise _error(problem)
    return value


def _check_object(value: object) -> Any:
    if value is not None and not isinstance(value, Mapping):
        raise _error("must be an object")
    return _check_json(value or {})


def _check_name(value: str, info: ValidationInfo) -> str:
    """The form of a name, and that it is the one in the path, which is the context if there is one."""
    if not NAME_FORM.fullmatch(value):
        raise _error(f"must match {NAME_FORM.pattern}")
    if info.context and value != info.context:
        raise _error(f"must be {info.context}, as in the path")
    return value


def _plain(check: Callable[[Any], Any]) -> GetPydanticSchema:
    """A validator in place of the type's own, since pydantic cannot follow the recursion of `Json`."""
    return GetPydanticSchema(lambda _type, _handler: no_info_plain_validator_function(check))


_NULL_IS_EMPTY: Final = BeforeValidator(lambda value: "" if value is None else value)
_REQUIRED: Final = Field(min_length=1)
_Name = Annotated[str, _NULL_IS_EMPTY, Field(max_length=MAX_NAME)]
_Text = Annotated[str, _NULL_IS_EMPTY, Field(max_length=MAX_TEXT)]
_Kind = Annotated[_Name, AfterValidator(kind)]
_JsonValue = Annotated[Json, _plain(_check_json)]


@dataclass(frozen=True, slots=True)
class _Trigger:
    status: _Name = ""


_TriggerStatus = Annotated[
    str,
    GetPydanticSchema(lambda _, schema: no_info_after_validator_function(attrgetter("status"), schema(_Trigger))),
]
"""A text in the definition's objects `{"status": …}`."""


@dataclass(frozen=True, slots=True)
class EntityStatus:
    """A status that entities of one type may have; `category` groups statuses for people."""

    name: Annotated[_Name, _REQUIRED]
    entity_type: Annotated[_Kind, Field(alias="entityType")] = ""
    category: _Name = ""


@dataclass(frozen=True, slots=True)
class RuleCall:
    """One step: a rule, its props, and the condition under which it runs (empty: always)."""

    name: Annotated[_Text, _REQUIRED]
    props: Annotated[Props, _plain(_check_object)] = field(default_factory=dict)
    when: Annotated[str, _NULL_IS_EMPTY] = ""


@dataclass(frozen=True, slots=True)
class Ruleset:
    """The steps for the event `name` of an entity of type `type`.

    `subtype` empty: of any; `triggers` empty: in any status, and the empty status is that of a new entity.
    """

    name: Annotated[_Text, _REQUIRED]
    type: _Kind = ""
    subtype: _Kind = ""
    triggers: Annotated[tuple[_TriggerStatus, ...], _list_of(MAX_TRIGGERS)] = ()
    rules: Annotated[tuple[RuleCall, ...], _list_of(MAX_RULES)] = ()
    user_actions: Annotated[tuple[_JsonValue, ...], _list_of(MAX_USER_ACTIONS), Field(alias="userActions")] = ()
    description: _Text = ""


@dataclass(frozen=True, slots=True)
class Workflow:
    """The rulesets for the events of one type of root entity. Types and subtypes are in upper case."""

    name: Annotated[str, _NULL_IS_EMPTY, _REQUIRED, AfterValidator(_check_name)]
    entity_type: Annotated[_Name, _REQUIRED, AfterValidator(kind), Field(alias="entityType")]
    entity_subtype: Annotated[_Kind, Field(alias="entitySubtype")] = ""
    description: _Text = ""
    statuses: Annotated[tuple[EntityStatus, ...], _list_of(MAX_STATUSES)] = ()
    rulesets: Annotated[tuple[Ruleset, ...], _list_of(MAX_RULESETS, least=1), Field(validate_default=True)] = ()


_READER: Final = TypeAdapter(Workflow)


def load(definition: object, *, name: str = "") -> Workflow:
    """The workflow of a JSON document; unknown fields are ignored. `name` is that in the path; the body may repeat it.

    Raises InvalidInput with every violation of the form, at most 20; `validation` checks what the parts refer to.
    """
    if name and isinstance(definition, Mapping) and definition.get("name") is None:
        definition = {**definition, "name": name}
    try:
        workflow = _READER.validate_python(definition, context=name)
    except ValidationError as error:
        violations = [_violation(each) for each in error.errors(include_url=False, include_input=False)]
        raise InvalidInput(violations=violations) from None
    return replace(
        workflow,
        statuses=tuple(
            each if each.entity_type else replace(each, entity_type=workflow.entity_type) for each in workflow.statuses
        ),
        rulesets=tuple(each if each.type else replace(each, type=workflow.entity_type) for each in workflow.rulesets),
    )


def dump(workflow: Workflow) -> dict[str, Json]:
    """The JSON of a workflow; `load` reads the same workflow from it."""
    return {
        "name": workflow.name,
        "entityType": workflow.entity_type,
        "entitySubtype": workflow.entity_subtype,
        "description": workflow.description,
        "statuses": [
            {"name": each.name, "entityType": each.entity_type, "category": each.category} for each in workflow.statuses
        ],
        "rulesets": [_dump_ruleset(each) for each in workflow.rulesets],
    }


def _dump_ruleset(ruleset: Ruleset) -> dict[str, Json]:
    return {
        "name": ruleset.name,
        "type": ruleset.type,
        "subtype": ruleset.subtype,
        "description": ruleset.description,
        "triggers": [{"status": status} for status in ruleset.triggers],
        "rules": [
            {"name": call.name, "props": call.props, **({"when": call.when} if call.when else {})}
            for call in ruleset.rules
        ],
        "userActions": ruleset.user_actions,
    }


def _violation(error: ErrorDetails) -> Violation:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"]).removeprefix(".")
    message = _MESSAGES.get(error["type"])
    message = message.format_map(error.get("ctx", {})) if message else error["msg"]
    return Violation(path or "workflow", message)
