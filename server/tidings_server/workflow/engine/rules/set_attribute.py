"""SetAttribute: keeps a fact about the entity."""

import json
from collections.abc import Mapping
from typing import ClassVar, Final

from tidings_server.workflow.definition.props import NAME, VALUE, Prop, Props
from tidings_server.workflow.engine.actions import AttributeChanged
from tidings_server.workflow.engine.rule import Effect, RuleContext, RuleFailed, WorkflowRule

MAX_BYTES: Final = 256 * 1024
"""All attributes of an entity together, as JSON."""


class SetAttribute(WorkflowRule):
    """Sets the entity's attribute `name` to `value`, any JSON, in place of what it was."""

    name: ClassVar[str] = "SetAttribute"
    props: ClassVar[Mapping[str, Prop]] = {"name": Prop(NAME), "value": Prop(VALUE)}

    def act(self, props: Props, turn: RuleContext) -> Effect:
        name, value = str(props["name"]), props["value"]
        values = {**turn.entity.attributes, name: value}
        if len(json.dumps(values)) > MAX_BYTES:
            raise RuleFailed(f"the entity's attributes would be larger than {MAX_BYTES:,} bytes")
        return Effect(
            turn.entity._replace(attributes=values), AttributeChanged(name, turn.entity.attributes.get(name), value)
        )
