"""Definitions: workflows as data, read from JSON and written back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from tidings_server.platform.json_type import Json
from tidings_server.workflow.definition.json_reader import NAME_FORM, Faults, Node
from tidings_server.workflow.definition.props import MAX_NAME, MAX_TEXT, Props
from tidings_server.workflow.entities import kind

MAX_STATUSES: Final = 500
MAX_RULESETS: Final = 500
MAX_TRIGGERS: Final = 500
MAX_RULES: Final = 256
MAX_USER_ACTIONS: Final = 100

Definition: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class EntityStatus:
    """A state that entities of one kind may have; `category` groups states for people."""

    name: str
    entity_type: str
    category: str = ""


@dataclass(frozen=True, slots=True)
class RuleCall:
    """One step: the rule, what it is given, and the condition under which it runs (empty: always)."""

    name: str
    props: Props
    when: str = ""


@dataclass(frozen=True, slots=True)
class Ruleset:
    """What to do about the event `name` of an entity of kind `type`.

    `subtype` empty: of any; `triggers` empty: in any state, and the state that is empty is that of a new entity.
    """

    name: str
    type: str
    subtype: str = ""
    triggers: tuple[str, ...] = ()
    rules: tuple[RuleCall, ...] = ()
    user_actions: tuple[Json, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Workflow:
    """What shall be done about the events of one kind of root entity. Kinds and subtypes are in upper case."""

    name: str
    entity_type: str
    entity_subtype: str = ""
    description: str = ""
    statuses: tuple[EntityStatus, ...] = ()
    rulesets: tuple[Ruleset, ...] = ()


def load(definition: object, *, name: str = "") -> Workflow:
    """The workflow that JSON says; unknown fields are ignored. `name` is that in the path, which the body may repeat.

    Raises InvalidInput with every fault of form; what the parts mean is `validation`'s to check.
    """
    faults = Faults()
    node = Node.root(definition, faults)
    own_name = node.text("name", default=name, required=True, form=NAME_FORM)
    if name and own_name != name:
        faults.add("name", f"must be {name}, as in the path")
    entity_type = kind(node.text("entityType", required=True, max_length=MAX_NAME))
    workflow = Workflow(
        name=own_name,
        entity_type=entity_type,
        entity_subtype=kind(node.text("entitySubtype", max_length=MAX_NAME)),
        description=node.text("description", max_length=MAX_TEXT),
        statuses=tuple(_status(each, entity_type) for each in node.items("statuses", most=MAX_STATUSES)),
        rulesets=tuple(_ruleset(each, entity_type) for each in node.items("rulesets", most=MAX_RULESETS, least=1)),
    )
    faults.raise_any()
    return workflow


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
        "rulesets": [_dumped(each) for each in workflow.rulesets],
    }


def _status(node: Node, entity_type: str) -> EntityStatus:
    return EntityStatus(
        name=node.text("name", required=True, max_length=MAX_NAME),
        entity_type=kind(node.text("entityType", max_length=MAX_NAME)) or entity_type,
        category=node.text("category", max_length=MAX_NAME),
    )


def _ruleset(node: Node, entity_type: str) -> Ruleset:
    return Ruleset(
        name=node.text("name", required=True, max_length=MAX_TEXT),
        type=kind(node.text("type", max_length=MAX_NAME)) or entity_type,
        subtype=kind(node.text("subtype", max_length=MAX_NAME)),
        triggers=tuple(each.text("status", max_length=MAX_NAME) for each in node.items("triggers", most=MAX_TRIGGERS)),
        rules=tuple(_call(each) for each in node.items("rules", most=MAX_RULES)),
        user_actions=tuple(node.values("userActions", most=MAX_USER_ACTIONS)),
        description=node.text("description", max_length=MAX_TEXT),
    )


def _call(node: Node) -> RuleCall:
    return RuleCall(
        name=node.text("name", required=True, max_length=MAX_TEXT),
        props=node.facts("props"),
        when=node.text("when", max_length=None),
    )


def _dumped(ruleset: Ruleset) -> dict[str, Json]:
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
