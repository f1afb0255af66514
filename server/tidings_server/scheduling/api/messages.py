"""Conversion between scheduled events and their messages. Source: WIRE.md 004; the bounds are the contract's."""

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf.struct_pb2 import Struct

from tidings.scheduling.v1 import events_pb2 as pb
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.rpc.answer_size import fitting
from tidings_server.rpc.field_rules import FieldRules
from tidings_server.rpc.json_values import json_of, value_of
from tidings_server.rpc.whole_numbers import int32, uint32
from tidings_server.scheduling.scheduled_events.actions import ActionType
from tidings_server.scheduling.scheduled_events.scheduled_events import ScheduledEventDraft, ScheduledEventPreview
from tidings_server.scheduling.scheduled_events.triggers import TriggerType
from tidings_server.scheduling.store.runs import RunRecord
from tidings_server.scheduling.store.scheduled_events import StoredScheduledEvent

EVENT: Final = FieldRules(pb.ScheduledEvent, required=("trigger_type", "trigger", "action_type", "action"))


def load(message: pb.ScheduledEvent) -> ScheduledEventDraft:
    """The draft of a message. Raises InvalidInput for missing fields."""
    EVENT.check(message)
    return ScheduledEventDraft(
        trigger_type=TriggerType(pb.ScheduledEvent.TriggerType.Name(message.trigger_type)),
        trigger=_map(message.trigger),
        action_type=ActionType(pb.ScheduledEvent.ActionType.Name(message.action_type)),
        action=_map(message.action),
    )


def dump(stored: StoredScheduledEvent) -> pb.ScheduledEvent:
    """The message of a stored scheduled event, its maps as they were sent."""
    return pb.ScheduledEvent(
        id=uint32(stored.id),
        trigger_type=pb.ScheduledEvent.TriggerType.Value(stored.trigger_type),
        trigger=_struct(stored.trigger),
        action_type=pb.ScheduledEvent.ActionType.Value(stored.action_type),
        action=_struct(stored.action),
        created_by=uint32(stored.created_by),
        created_name=stored.created_name,
    )


def dump_preview(preview: ScheduledEventPreview) -> pb.PreviewScheduledEventResponse:
    """The message of a preview."""
    mails = fitting(
        pb.PreviewedMail(to=mail.to, subject=mail.subject, text=mail.text, html=mail.html) for mail in preview.mails
    )
    has_more = len(mails) < len(preview.mails)
    return pb.PreviewScheduledEventResponse(
        fire_times=map(rfc3339_ms, preview.fire_times), mails=mails, has_more=has_more or None
    )


def dump_run(run: RunRecord) -> pb.ScheduledEventRun:
    """The message of a run; values that are not known yet are left out."""
    return pb.ScheduledEventRun(
        id=run.id,
        cause=pb.ScheduledEventRun.Cause.Value(run.cause),
        scheduled_at=rfc3339_ms(run.scheduled_at),
        state=pb.ScheduledEventRun.State.Value(run.state),
        started_at=None if run.started_at is None else rfc3339_ms(run.started_at),
        ended_at=None if run.ended_at is None else rfc3339_ms(run.ended_at),
        attempts=int32(run.attempts),
        mailed=int32(run.mailed),
        note=run.note or None,
        next_attempt_at=None if run.next_attempt_at is None else rfc3339_ms(run.next_attempt_at),
    )


def _map(struct: Struct) -> Mapping[str, Any]:
    return {name: json_of(value) for name, value in struct.fields.items()}


def _struct(values: Mapping[str, Any]) -> Struct:
    return value_of(values).struct_value
