"""Audits: the records of what a run did, packed into one row and unfolded when somebody reads them.

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


class Category(StrEnum):
    """What a record is of, spelled as the samples spell it."""

    SNAPSHOT = "snapshot"
    RULE_SET = "ruleSet"
    RULE = "rule"
    ACTION = "ACTION"
    EXCEPTION = "exception"


class EventStatus(StrEnum):
    """How far an event or an audited step has come."""

    PENDING = "PENDING"
    SCHEDULED = "SCHEDULED"
    NO_MATCH = "NO_MATCH"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    COMPLETE = "COMPLETE"


class Audit(NamedTuple):
    """One record; its context is that of the event whose run it is of. `at_us` is microseconds since 1970."""

    category: Category
    name: str
    status: EventStatus
    at_us: int
    attributes: tuple[Attribute, ...] = ()


class AuditRecorder:
    """Records of one run, in order. Actions are recorded only when nothing can undo them any more."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._records: list[Audit] = []
        self.started_us = clock.now_us()

    def now_us(self) -> int:
        return self._clock.now_us()

    def skipped_ruleset(self, ruleset: Ruleset, condition: str) -> None:
        self._add(Category.RULE_SET, ruleset.name, EventStatus.NO_MATCH, (attribute("condition", condition),))

    def skipped_rule(self, name: str, condition: str, error: str | None) -> None:
        facts = [attribute("condition", condition)]
        if error is not None:
            facts.append(attribute("error", error))
        self._add(Category.RULE, name, EventStatus.NO_MATCH, facts)

    def step(self, category: Category, name: str, status: EventStatus, started_us: int) -> None:
        """A rule or a ruleset has come to its end."""
        now_us = self.now_us()
        self._records.append(Audit(category, name, status, now_us, timers(started_us, now_us)))

    def action(self, action: WorkflowAction) -> None:
        self._add(Category.ACTION, action.title, EventStatus.SUCCESS, action.facts())

    def exception(self, ruleset: str, rule: str, reason: str) -> None:
        facts = (attribute("ruleSet", ruleset), attribute("rule", rule), attribute("message", reason))
        self._add(Category.EXCEPTION, "exception", EventStatus.FAILED, facts)

    def snapshot(self, entity: Entity | None) -> None:
        """The entity as it is after the run; nothing when there is none."""
        facts = (attribute("status", entity.status), *attributes(entity.attributes)) if entity else ()
        self._add(Category.SNAPSHOT, "snapshot", EventStatus.SUCCESS, facts)

    def without_actions(self) -> None:
        """Take back the actions: the run has failed."""
        self._records = [record for record in self._records if record.category is not Category.ACTION]

    def records(self) -> tuple[Audit, ...]:
        return tuple(self._records)

    def _add(self, category: Category, name: str, status: EventStatus, facts: Sequence[Attribute]) -> None:
        self._records.append(Audit(category, name, status, self.now_us(), tuple(facts)))


PackedAudit = tuple[str, str, str, int, list[tuple[str, Json, str]]]
"""A record as JSON has it."""


def timers(started_us: int, stopped_us: int) -> tuple[Attribute, ...]:
    """When a step began and ended, as the sample tells it: numbers of milliseconds, called texts."""
    return (
        Attribute(START_TIMER, started_us // 1_000, STRING),
        Attribute(STOP_TIMER, stopped_us // 1_000, STRING),
    )


def pack(audits: Sequence[Audit]) -> str:
    """The records of one run, in order, as one text."""
    return _ENCODER.encode(audits)


def unpack(packed: str) -> list[Audit]:
    """The records that `pack` made a text of."""
    return [*map(read, rows_of(packed))]


def rows_of(packed: str) -> list[PackedAudit]:
    """The records that `pack` made a text of, each still to be `read`."""
    rows: list[PackedAudit] = json.loads(packed)
    return rows


def read(row: PackedAudit) -> Audit:
    """One record of `rows_of`."""
    category, name, status, at_us, attributes = row
    return Audit(Category(category), name, EventStatus(status), at_us, tuple(map(Attribute._make, attributes)))


def headings(packed: str) -> list[tuple[str, str, str, int]]:
    """Category, name, status and instant of each record: a fourth of what unfolding costs."""
    return [(category, name, status, at_us) for category, name, status, at_us, _ in json.loads(packed)]
