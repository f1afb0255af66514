"""The engine: runs one event on one version of a workflow, and says what follows.

It changes nothing: the result says how the entity is afterwards and which actions to carry out, all of them or none. A
rule that fails, or a guard that is passed, leaves the entity as it was and no actions, only records.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from tidings_server.expressions.compiler import ExpressionFailed
from tidings_server.platform.clock import Clock
from tidings_server.platform.json_type import Json
from tidings_server.workflow.attributes import size_of
from tidings_server.workflow.audits import Audit, AuditRecorder, Category, EventStatus
from tidings_server.workflow.definition.language import Variables, WorkflowExpressions
from tidings_server.workflow.definition.model import RuleCall, Ruleset
from tidings_server.workflow.definition.props import Props, resolved
from tidings_server.workflow.engine.actions import (
    EventScheduled,
    EventSent,
    TopicEmitted,
    WebhookRequested,
    WorkflowAction,
)
from tidings_server.workflow.engine.matching import ExecutableWorkflow
from tidings_server.workflow.engine.rules import Effect, RuleContext, RuleFailed, WorkflowRule
from tidings_server.workflow.entities import Entity
from tidings_server.workflow.workflow_event import (
    MAX_ACTIONS,
    MAX_EVENT_SIZE,
    MAX_SENT_SIZE,
    MAX_TREE_ACTIONS,
    WorkflowEvent,
)

MAX_RUN_US: Final = 250_000
"""Time that the rules of one event may take, a hundred times what they usually do: all other events wait meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What became of an event.

    `entity` is as it is afterwards: new, changed, as it was, or None when there still is none. `ruleset` is the one
    that matched. `failure` names the rule that failed, and why. Instants are microseconds since 1970.
    """

    status: EventStatus
    entity: Entity | None
    ruleset: str | None = None
    actions: tuple[WorkflowAction, ...] = ()
    audits: tuple[Audit, ...] = ()
    failure: str | None = None
    started_at_us: int
    finished_at_us: int


class Engine:
    """Runs events. `new_id` makes the ids of entities and events."""

    def __init__(
        self,
        rules: Mapping[str, WorkflowRule],
        language: WorkflowExpressions,
        *,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._rules = rules
        self._language = language
        self._clock = clock
        self._new_id = new_id

    def run(self, event: WorkflowEvent, entity: Entity | None, version: ExecutableWorkflow | None) -> RunResult:
        """What becomes of `entity` (None: there is none yet) when `event` comes. Without a version nothing matches."""
        trail = AuditRecorder(self._clock)
        match = version.match(event, entity) if version else None
        for skipped, why_not in match.skipped if match else ():
            trail.skipped_ruleset(skipped, why_not)
        if match is None or match.ruleset is None:
            return _result(trail, EventStatus.NO_MATCH, entity)
        return self._run_ruleset(match.ruleset, event, entity, trail)

    def _run_ruleset(
        self, ruleset: Ruleset, event: WorkflowEvent, entity: Entity | None, trail: AuditRecorder
    ) -> RunResult:
        born = entity or self._born(event)
        root = event.root or born.root or born.reference
        run = _Run(self._rules, self._language, trail, RuleContext(event, born, root, self._new_id))
        started_us = trail.now_us()
        try:
            for call in ruleset.rules:
                run.take(call)
        except _CallFailed as failed:
            trail.without_actions()
            trail.exception(ruleset.name, failed.rule, failed.reason)
            trail.step(Category.RULE_SET, ruleset.name, EventStatus.FAILED, started_us)
            failure = f"{failed.rule}: {failed.reason}"
            return _result(trail, EventStatus.FAILED, entity, ruleset=ruleset.name, failure=failure)
        trail.step(Category.RULE_SET, ruleset.name, EventStatus.SUCCESS, started_us)
        status = EventStatus.COMPLETE if event.is_sync else EventStatus.SUCCESS
        return _result(trail, status, run.turn.entity, ruleset=ruleset.name, actions=run.shared_actions())

    def _born(self, event: WorkflowEvent) -> Entity:
        name = event.entity
        return Entity(
            type=name.type,
            subtype=event.subtype,
            id=name.id or self._new_id(),
            ref=name.ref,
            retailer_id=event.retailer_id,
            root=event.root,
        )


class _CallFailed(Exception):
    """A step failed, and with it the run."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(rule, reason)
        self.rule = rule
        self.reason = reason


class _Run:
    """The steps of one ruleset as they are taken; `turn` is what the next one works on."""

    def __init__(
        self, rules: Mapping[str, WorkflowRule], language: WorkflowExpressions, trail: AuditRecorder, turn: RuleContext
    ) -> None:
        self.turn = turn
        self._rules = rules
        self._language = language
        self._trail = trail
        self._actions: list[WorkflowAction] = []
        self._sent_size = 0
        self._variables: Variables | None = None

    def take(self, call: RuleCall) -> None:
        """Take one step, or skip it when its condition is false. Raises _CallFailed."""
        started_us = self._trail.now_us()
        try:
            self._check_time(started_us)
            if call.when and not self._holds(call):
                return
            effect = self._act(call)
            self._weigh(effect.action)
        except RuleFailed as failed:
            self._trail.step(Category.RULE, call.name, EventStatus.FAILED, started_us)
            raise _CallFailed(call.name, str(failed)) from None
        self.turn = self.turn._replace(entity=effect.entity)
        self._actions.append(effect.action)
        self._trail.step(Category.RULE, call.name, EventStatus.SUCCESS, started_us)
        self._trail.action(effect.action)

    def shared_actions(self) -> tuple[WorkflowAction, ...]:
        """The actions; what is left of the allowance is shared by the events among them."""
        following = sum(isinstance(action, EventSent | EventScheduled) for action in self._actions)
        if not following:
            return tuple(self._actions)
        share = (self.turn.event.allowance - len(self._actions)) // following
        return tuple(_allowed(action, share) for action in self._actions)

    def _act(self, call: RuleCall) -> Effect:
        rule = self._rules.get(call.name)
        if rule is None:
            raise RuleFailed("there is no such rule")
        if len(self._actions) >= MAX_ACTIONS:
            raise RuleFailed(f"an event may take at most {MAX_ACTIONS} actions")
        if len(self._actions) >= self.turn.event.allowance:
            raise RuleFailed(f"an event and all that follow from it may take at most {MAX_TREE_ACTIONS:,} actions")
        return rule.act(self._props(rule, call.props), self.turn)

    def _weigh(self, action: WorkflowAction) -> None:
        """Raises RuleFailed when an event that is sent, or all of them together, are too large."""
        match action:
            case EventSent() | EventScheduled():
                size = size_of(action.event.attributes)
            case TopicEmitted() | WebhookRequested():
                size = size_of(self.turn.event.attributes)
            case _:
                return
        self._sent_size += size
        if size > MAX_EVENT_SIZE:
            raise RuleFailed(f"the event's attributes would have {size:,} characters; {MAX_EVENT_SIZE:,} are allowed")
        if self._sent_size > MAX_SENT_SIZE:
            raise RuleFailed(f"all that a run sends may have {MAX_SENT_SIZE:,} characters of attributes")

    def _props(self, rule: WorkflowRule, given: Props) -> Props:
        props = {name: resolved(value, self._value) for name, value in given.items()}
        for name, prop in rule.props.items():
            if name in props and (problem := prop.kind.problem(props[name])):
                raise RuleFailed(f"{name} {problem}")
        return props

    def _holds(self, call: RuleCall) -> bool:
        holds = self._language.holds(call.when, self._seen(), self.turn.entity)
        if holds is True:
            return True
        error = holds.error if isinstance(holds, ExpressionFailed) else None
        self._trail.skipped_rule(call.name, call.when, error)
        return False

    def _value(self, text: str) -> Json:
        self._check_time(self._trail.now_us())
        value = self._language.value(text, self._seen(), self.turn.entity)
        if isinstance(value, ExpressionFailed):
            raise RuleFailed(f"${{{text}}}: {value.error}")
        return value

    def _seen(self) -> Variables:
        if self._variables is None:
            self._variables = Variables(self.turn.event)
        return self._variables

    def _check_time(self, now_us: int) -> None:
        if now_us - self._trail.started_us > MAX_RUN_US:
            raise RuleFailed(f"the rules of an event may take at most {MAX_RUN_US / 1_000_000:g} s")


def _allowed(action: WorkflowAction, share: int) -> WorkflowAction:
    if isinstance(action, EventSent | EventScheduled):
        return replace(action, event=replace(action.event, allowance=share))
    return action


def _result(
    trail: AuditRecorder,
    status: EventStatus,
    entity: Entity | None,
    *,
    ruleset: str | None = None,
    actions: tuple[WorkflowAction, ...] = (),
    failure: str | None = None,
) -> RunResult:
    trail.snapshot(entity)
    return RunResult(
        status=status,
        entity=entity,
        ruleset=ruleset,
        actions=actions,
        audits=trail.records(),
        failure=failure,
        started_at_us=trail.started_us,
        finished_at_us=trail.now_us(),
    )
