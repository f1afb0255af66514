"""Audits of a run: recorded step by step, packed into one text for the row of the outcome, and unpacked when read.

Source: WIRE.md 001, the samples of ORCHESTRATION_AUDIT events.
"""

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from tidings_server.platform.clock import Clock
from tidings_server.platform.json_type import Json
from tidings_server.workflow.attributes import STRING, Attribute, attribute, attributes
from tidings_server.workflow.definition.model import Ruleset
from tidings_server.workflow.engine.actions import WorkflowAction
from tidings_server.workflow.entities import Entity

_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)

START_TIMER: Final = "startTimer"
STOP_TIMER: Final = "stopTimer"


class AuditCategory(StrEnum):
    """Kinds of audits, spelled as in the samples."""

    SNAPSHOT = "snapshot"
    RULE_SET = "ruleSet"
    RULE = "rule"
    ACTION = "ACTION"
    EXCEPTION = "exception"


class EventStatus(StrEnum):
    """Status of an event or of an audited step."""

    PENDING = "PENDING"
    SCHEDULED = "SCHEDULED"
    NO_MATCH = "NO_MATCH"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    COMPLETE = "COMPLETE"


class Audit(NamedTuple):
    """One audited step; its context is that of the event of the run. `at_us` is microseconds since 1970."""

    category: AuditCategory
    name: str
    status: EventStatus
    at_us: int
    attributes: tuple[Attribute, ...] = ()


class AuditRecorder:
    """Audits of one run, in order."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._records: list[Audit] = []
        self.started_us = clock.now_us()

    def now_us(self) -> int:
        return self._clock.now_us()

    def skipped_ruleset(self, ruleset: Ruleset, condition: str) -> None:
        self._add(AuditCategory.RULE_SET, ruleset.name, EventStatus.NO_MATCH, (attribute("condition", condition),))

    def skipped_rule(self, name: str, condition: str, error: str | None) -> None:
        details = [attribute("condition", condition)]
        if error is not None:
            details.append(attribute("error", error))
        self._add(AuditCategory.RULE, name, EventStatus.NO_MATCH, details)

    def step(self, category: AuditCategory, name: str, status: EventStatus, started_us: int) -> None:
        """Record the end of a rule or a ruleset, with when it began and ended."""
        now_us = self.now_us()
        self._records.append(Audit(category, name, status, now_us, timers(started_us, now_us)))

    def action(self, action: WorkflowAction) -> None:
        self._add(AuditCategory.ACTION, action.title, EventStatus.SUCCESS, action.audit_attributes())

    def exception(self, ruleset: str, rule: str, reason: str) -> None:
        details = (attribute("ruleSet", ruleset), attribute("rule", rule), attribute("message", reason))
        self._add(AuditCategory.EXCEPTION, "exception", EventStatus.FAILED, details)

    def snapshot(self, entity: Entity | None) -> None:
        """Record the entity after the run; without attributes when there is none."""
        details = (attribute("status", entity.status), *attributes(entity.attributes)) if entity else ()
        self._add(AuditCategory.SNAPSHOT, "snapshot", EventStatus.SUCCESS, details)

    def without_actions(self) -> None:
        """Remove the actions: the run has failed."""
        self._records = [record for record in self._records if record.category is not AuditCategory.ACTION]

    def records(self) -> tuple[Audit, ...]:
        return tuple(self._records)

    def _add(self, category: AuditCategory, name: str, status: EventStatus, details: Sequence[Attribute]) -> None:
        self._records.append(Audit(category, name, status, self.now_us(), tuple(details)))


PackedAudit = tuple[str, str, str, int, list[tuple[str, Json, str]]]
"""An audit in the form of JSON."""


def timers(started_us: int, stopped_us: int) -> tuple[Attribute, ...]:
    """Start and end of a step as in the sample: numbers of milliseconds, whose type is STRING."""
    return (
        Attribute(START_TIMER, started_us // 1_000, STRING),
        Attribute(STOP_TIMER, stopped_us // 1_000, STRING),
    )


def pack(audits: Sequence[Audit]) -> str:
    """The audits of one run, in order, as one text."""
    return _ENCODER.encode(audits)


def unpack(packed: str) -> list[Audit]:
    """The audits of a packed text."""
    return [*map(unpack_one, packed_audits(packed))]


def packed_audits(packed: str) -> list[PackedAudit]:
    """The audits of a packed text, each still to be decoded by `unpack_one`."""
    rows: list[PackedAudit] = json.loads(packed)
    return rows


def unpack_one(row: PackedAudit) -> Audit:
    """One audit of `packed_audits`."""
    category, name, status, at_us, attributes = row
    return Audit(AuditCategory(category), name, EventStatus(status), at_us, tuple(map(Attribute._make, attributes)))


def headings(packed: str) -> list[tuple[str, str, str, int]]:
    """AuditCategory, name, status and instant of each audit, at a fourth of the cost of unpacking."""
    return [(category, name, status, at_us) for category, name, status, at_us, _ in json.loads(packed)]
