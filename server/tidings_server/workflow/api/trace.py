"""Conversion of traces to messages."""

from collections import deque
from typing import Final

from tidings.orchestration.v1 import events_pb2 as pb
from tidings_server.delivery.deliveries import DeliveryStatus
from tidings_server.platform.scope import Scope
from tidings_server.rpc.answer_size import FRAME_BYTES, MAX_ANSWER_BYTES
from tidings_server.rpc.json_values import value_of
from tidings_server.rpc.required_scopes import SUBSCRIPTIONS_READ
from tidings_server.workflow.api.event_messages import dump, instant
from tidings_server.workflow.trace import Trace, TracedDelivery, TracedWait, WorkflowRun

_STATUSES: Final = {
    DeliveryStatus.DELIVERED: pb.TracedDelivery.DELIVERED,
    DeliveryStatus.PENDING: pb.TracedDelivery.PENDING,
    DeliveryStatus.EXPIRED: pb.TracedDelivery.EXPIRED,
}


def dump_trace(trace: Trace, scope: Scope) -> pb.EventTrace:
    """One event and what followed from it, with the same of each event that it sent, as far as one answer has room.

    Destinations of subscriptions, whose URLs may be secrets, are shown to callers who may read subscriptions.
    """
    top = _node(trace, scope)
    waiting, size = deque([(trace, top)]), top.ByteSize()
    while waiting:
        cause, message = waiting.popleft()
        for each in cause.sent:
            node = _node(each, scope)
            size += node.ByteSize() + FRAME_BYTES
            if size > MAX_ANSWER_BYTES and (message is not top or message.sent):
                _cut(message, behind=each.place - 1)
                break
            message.sent.append(node)
            waiting.append((each, message.sent[-1]))
    return top


def _node(trace: Trace, scope: Scope) -> pb.EventTrace:
    """One event without those that it sent."""
    account = scope.tenant_name
    sees_subscriptions = scope.retailer_id is None and SUBSCRIPTIONS_READ in scope.grants
    return pb.EventTrace(
        event=dump(trace.event, account),
        run=_run(trace.run) if trace.run else None,
        audits=[dump(audit, account) for audit in trace.audits],
        changes=[
            pb.EntityChange(field=change.field, before=value_of(change.before), after=value_of(change.after))
            for change in trace.changes
        ],
        deliveries=[_delivery(each, is_open=sees_subscriptions) for each in trace.deliveries],
        is_cut=trace.is_cut or None,
        next=trace.next if trace.is_cut and trace.next else None,
        wait=_wait(trace.wait) if trace.wait else None,
    )


def _cut(message: pb.EventTrace, *, behind: int) -> None:
    """Notes that what the event sent behind a place is left out."""
    message.is_cut = True
    message.ClearField("next")
    if behind > 0:
        message.next = behind


def _run(run: WorkflowRun) -> pb.WorkflowRun:
    return pb.WorkflowRun(
        workflow=run.workflow,
        version=run.version,
        ruleset=run.ruleset,
        started_on=instant(run.started_at),
        finished_on=instant(run.finished_at),
    )


def _wait(wait: TracedWait) -> pb.TracedWait:
    return pb.TracedWait(
        attempts=wait.attempts,
        reason=wait.reason,
        next_attempt_on=None if wait.next_attempt_at is None else instant(wait.next_attempt_at),
        is_given_up=wait.is_given_up,
    )


def _delivery(traced: TracedDelivery, *, is_open: bool) -> pb.TracedDelivery:
    return pb.TracedDelivery(
        subscription_id=traced.subscription_id,
        destination=traced.destination if is_open or traced.subscription_id is None else "",
        status=_STATUSES[traced.status],
        attempts=traced.attempts,
        reason=traced.reason or None,
    )
