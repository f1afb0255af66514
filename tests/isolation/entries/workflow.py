"""The Event API with workflows: events, entities, workflows; users of another retailer are strangers too."""

from collections.abc import Mapping
from typing import Any

from tests.isolation.entries.collector import MARK
from tests.isolation.entry import ANOTHER_RETAILER, ANOTHER_TENANT, Call, Entry, Names, NamesNothing, Walked

PACKAGE = "tidings.orchestration.v1"
BOTH = frozenset({ANOTHER_TENANT, ANOTHER_RETAILER})
ORDER = {"entity_type": "ORDER", "entity_ref": f"{MARK}-1", "entity_subtype": "HD", "retailer_id": "1"}


def workflow(name: str) -> dict[str, Any]:
    rule = {"name": "ChangeState", "props": {"status": "DONE"}}
    rulesets = [{"name": "CREATE", "triggers": [], "rules": [rule]}]
    return {"name": name, "entity_type": "ORDER", "entity_subtype": "HD", "rulesets": rulesets}


def seed(call: Call, _receiver: str) -> Mapping[str, str]:
    name = f"ORDER::{MARK}"
    call(f"/{PACKAGE}.WorkflowService/PutWorkflow", {"name": name, "workflow": workflow(name)})
    made = call(f"/{PACKAGE}.EventService/CreateSyncEvent", {"event": {"name": "CREATE", **ORDER}})
    return {"workflow": name, "workflow event": made["eventId"], "entity": f"{MARK}-1"}


ENTRIES: dict[str, Entry] = {
    "EventService/GetEvent": Names({"event_id": "<workflow event>"}, BOTH),
    "EventService/TraceEvent": Names({"event_id": "<workflow event>"}, BOTH),
    "EventService/SearchEvents": Names({"context": {"entity_ref": "<entity>"}}, BOTH),
    "EventService/CreateAsyncEvent": NamesNothing("an entity of that name would be the caller's own"),
    "EventService/CreateSyncEvent": NamesNothing("an entity of that name would be the caller's own"),
    "EntityService/GetEntity": Names({"type": "ORDER", "ref": "<entity>"}, BOTH),
    "EntityService/ListEntities": NamesNothing("lists the caller's own", {"type": "ORDER"}),
    "WorkflowService/PutWorkflow": NamesNothing("a workflow of that name would be the caller's own"),
    "WorkflowService/GetWorkflow": Names({"name": "<workflow>"}),
    "WorkflowService/ListWorkflows": NamesNothing("lists the caller's own"),
    "WorkflowService/ListWorkflowVersions": Names({"name": "<workflow>"}),
    "WorkflowService/ActivateWorkflowVersion": Names({"name": "<workflow>", "version": "1"}),
    "WorkflowService/ValidateWorkflow": NamesNothing("reads nothing that is stored"),
    "WorkflowService/SimulateWorkflow": Names(
        {"name": "<workflow>", "simulation": {"event": {"name": "CREATE", **ORDER}}}
    ),
}
UNKNOWN = {
    "workflow": "ORDER::nobodys",
    "workflow event": "01890000-0000-7000-8000-000000000000",
    "entity": "nobodys-1",
}
WALKED = Walked(PACKAGE, ENTRIES, seed, UNKNOWN)
