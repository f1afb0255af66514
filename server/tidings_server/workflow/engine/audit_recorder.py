"""The trail of a run: its records as they come to be."""

from collections.abc import Sequence

from tidings_server.platform.clock import Clock
from tidings_server.workflow.attributes import Attribute, attribute, attributes
from tidings_server.workflow.audits import Audit, Category, EventStatus, timers
from tidings_server.workflow.definition.model import Ruleset
from tidings_server.workflow.engine.actions import WorkflowAction
from tidings_server.workflow.entities import Entity


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
