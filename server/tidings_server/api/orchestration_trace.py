"""Traces as the contract prints them."""

from typing import Final

from tidings.orchestration.v1 import events_pb2 as pb
from tidings_server.api.json_values import value_of
from tidings_server.api.orchestration_events import dump, instant
from tidings_server.core.deliveries import Status
from tidings_server.core.workflow_trace import Run, Trace, Traced

_STATUSES: Final = {
    Status.DELIVERED: pb.TracedDelivery.DELIVERED,
    Status.PENDING: pb.TracedDelivery.PENDING,
    Status.EXPIRED: pb.TracedDelivery.EXPIRED,
}


def dump_trace(trace: Trace, account: str) -> pb.EventTrace:
    """One event and what became of it, with the same of each event that it sent."""
    return pb.EventTrace(
        event=dump(trace.event, account),
        run=_run(trace.run) if trace.run else None,
        audits=[dump(audit, account) for audit in trace.audits],
        changes=[
            pb.EntityChange(field=change.field, before=value_of(change.before), after=value_of(change.after))
            for change in trace.changes
        ],
        deliveries=map(_delivery, trace.deliveries),
        sent=[dump_trace(each, account) for each in trace.sent],
        is_cut=trace.is_cut or None,
    )


def _run(run: Run) -> pb.WorkflowRun:
    return pb.WorkflowRun(
        workflow=run.workflow,
        version=run.version,
        ruleset=run.ruleset,
        started_on=instant(run.started_at),
        finished_on=instant(run.finished_at),
    )


def _delivery(traced: Traced) -> pb.TracedDelivery:
    return pb.TracedDelivery(
        subscription_id=traced.subscription_id,
        destination=traced.destination,
        status=_STATUSES[traced.status],
        attempts=traced.attempts,
        reason=traced.reason or None,
    )
