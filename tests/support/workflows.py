"""Workflows, events and entities for tests, with everything that a test does not care about filled in."""

from datetime import UTC, datetime
from typing import Any

from tidings_server.platform.clock import to_us
from tidings_server.workflow.definition.model import Workflow, load
from tidings_server.workflow.engine.matching import ExecutableWorkflow
from tidings_server.workflow.entities import Entity, Reference
from tidings_server.workflow.workflow_event import WorkflowEvent

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDER = Reference("ORDER", "1234", "ON-1234")


def step(rule: str, /, *, when: str | None = None, **props: Any) -> dict[str, Any]:
    return {"name": rule, "props": props, "when": when}


def ruleset(name: str, *rules: dict[str, Any], states: list[str] | None = None, **other: Any) -> dict[str, Any]:
    return {"name": name, "triggers": [{"status": state} for state in states or []], "rules": list(rules), **other}


def workflow(*rulesets: dict[str, Any], **other: Any) -> Workflow:
    return load({"name": "ORDER::HD", "entityType": "ORDER", "rulesets": list(rulesets), **other})


def version(*rulesets: dict[str, Any], **other: Any) -> ExecutableWorkflow:
    return ExecutableWorkflow(workflow(*rulesets, **other), 1)


def event(name: str = "CancelOrder", **other: Any) -> WorkflowEvent:
    values = {"id": "e-1", "retailer_id": "1", "entity": ORDER, "root": ORDER, "recorded_at_us": to_us(NOW), **other}
    return WorkflowEvent(name=name, **values)


def order(status: str = "BOOKED", **other: Any) -> Entity:
    values = {"type": "ORDER", "subtype": "HD", "id": "1234", "ref": "ON-1234", "retailer_id": "1", "root": ORDER}
    return Entity(**{**values, "status": status, **other})
