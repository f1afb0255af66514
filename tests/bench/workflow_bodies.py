"""The workflow that is measured, and the events that it is measured with."""

from google.protobuf.struct_pb2 import Struct, Value

from tidings.orchestration.v1.events_pb2 import CreateAsyncEventRequest, CreateSyncEventRequest, NewEvent
from tidings.orchestration.v1.workflows_pb2 import PutWorkflowRequest, RuleCall, Ruleset, Workflow

WORKFLOW = "BENCH"
ORDERS = 4_096
"""Orders that events are about, in turn."""

LINES = 3


def put_request() -> PutWorkflowRequest:
    """A ruleset of three rules, each with an expression: every event makes or changes its order."""
    rules = [
        _rule("ChangeState", {"status": "${event.attributes.status}"}, when="entity.status != 'DONE'"),
        _rule("SetAttribute", {"name": "lines", "value": "${event.attributes.lines.map(line, line.skuRef)}"}),
        _rule("SetAttribute", {"name": "total", "value": "${event.attributes.total}"}),
    ]
    ruleset = Ruleset(name="UpdateOrder", rules=rules)
    return PutWorkflowRequest(name=WORKFLOW, workflow=Workflow(entity_type="ORDER", rulesets=[ruleset]))


def requests(*, is_sync: bool) -> list[bytes]:
    """Requests to run one event for each order, serialised."""
    request = CreateSyncEventRequest if is_sync else CreateAsyncEventRequest
    return [request(event=order_event(number)).SerializeToString() for number in range(ORDERS)]


def order_event(number: int) -> NewEvent:
    """One order as its shop tells of it."""
    facts = Struct()
    facts.update(
        {
            "status": ("BOOKED", "PICKED", "SHIPPED")[number % 3],
            "total": number / 4,
            "lines": [{"skuRef": f"SKU_{line}", "locationRef": "LOC_1", "quantity": line + 1} for line in range(LINES)],
        }
    )
    return NewEvent(
        name="UpdateOrder",
        retailer_id="1",
        entity_type="ORDER",
        entity_ref=f"ON-{number:08d}",
        attributes=Value(struct_value=facts),
    )


def _rule(name: str, props: dict[str, str], *, when: str | None = None) -> RuleCall:
    call = RuleCall(name=name, when=when)
    call.props.update(props)
    return call
