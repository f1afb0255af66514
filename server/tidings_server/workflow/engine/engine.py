"""The engine: runs one event on one version of a workflow.

It has no effects of its own: the result holds the entity afterwards and the actions to carry out, all of them or none.
A rule that fails, or a limit that is exceeded, leaves the entity as it was and no actions, only audits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from tidings_server.expressions.compiler import ExpressionFailed
from tidings_server.platform.clock import Clock
from tidings_server.platform.json_type import Json
from tidings_server.workflow.attributes import size_of
from tidings_server.workflow.audits import Audit, AuditCategory, AuditRecorder, EventStatus
from tidings_server.workflow.definition.expressions import Variables, WorkflowExpressions
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
"""Time that the rules of one event may take, a hundred times the usual: all other workflow events wait meanwhile."""
INLINE_RUN_US: Final = 15_000
"""Time that they may take on the event loop; a run that takes longer begins anew on a thread."""


class RunTooLong(Exception):
    """A run has taken INLINE_RUN_US."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineResult:
    """Result of one run.

    `entity` is the entity afterwards: new, changed, unchanged, or None when there is none. `ruleset` is the one that
    matched. `failure` is the rule that failed and the reason. Instants are microseconds since 1970.
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
    """Runs events. `new_id` creates the ids of entities and events."""

    def __init__(
        self,
        rules: Mapping[str, WorkflowRule],
        expressions: WorkflowExpressions,
        *,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._rules = rules
        self._expressions = expressions
        self._clock = clock
        self._new_id = new_id

    def run(
        self,
        event: WorkflowEvent,
        entity: Entity | None,
        version: ExecutableWorkflow | None,
        *,
        shortage: str | None = None,
        is_on_loop: bool = False,
    ) -> EngineResult:
        """Run `event` on `entity` (None: it does not exist yet). Without a version nothing matches.

        `shortage`: the reason why a rule that stores an event fails. `is_on_loop`: raises RunTooLong instead of taking
        longer than INLINE_RUN_US.
        """
        recorder = AuditRecorder(self._clock)
        match = version.match(event, entity) if version else None
        for skipped, condition in match.skipped if match else ():
            recorder.skipped_ruleset(skipped, condition)
        if match is None or match.ruleset is None:
            return _result(recorder, EventStatus.NO_MATCH, entity)
        return self._run_ruleset(
            match.ruleset, event, entity, recorder=recorder, shortage=shortage, is_on_loop=is_on_loop
        )

    def _run_ruleset(
        self,
        ruleset: Ruleset,
        event: WorkflowEvent,
        entity: Entity | None,
        *,
        recorder: AuditRecorder,
        shortage: str | None,
        is_on_loop: bool,
    ) -> EngineResult:
        target = entity or self._new_entity(event)
        root = event.root or target.root or target.reference
        context = RuleContext(event, target, root, self._new_id)
        run = _Run(
            context,
            rules=self._rules,
            expressions=self._expressions,
            recorder=recorder,
            shortage=shortage,
            is_on_loop=is_on_loop,
        )
        started_us = recorder.now_us()
        try:
            for call in ruleset.rules:
                run.carry_out(call)
        except _CallFailed as failed:
            recorder.without_actions()
            recorder.exception(ruleset.name, failed.rule, failed.reason)
            recorder.step(AuditCategory.RULE_SET, ruleset.name, EventStatus.FAILED, started_us)
            failure = f"{failed.rule}: {failed.reason}"
            return _result(recorder, EventStatus.FAILED, entity, ruleset=ruleset.name, failure=failure)
        recorder.step(AuditCategory.RULE_SET, ruleset.name, EventStatus.SUCCESS, started_us)
        status = EventStatus.COMPLETE if event.is_sync else EventStatus.SUCCESS
        return _result(recorder, status, run.context.entity, ruleset=ruleset.name, actions=run.shared_actions())

    def _new_entity(self, event: WorkflowEvent) -> Entity:
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
    """A rule failed, and with it the run."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(rule, reason)
        self.rule = rule
        self.reason = reason


class _Run:
    """The rules of one ruleset in order; `context` is the input of the next one."""

    def __init__(
        self,
        context: RuleContext,
        *,
        rules: Mapping[str, WorkflowRule],
        expressions: WorkflowExpressions,
        recorder: AuditRecorder,
        shortage: str | None,
        is_on_loop: bool,
    ) -> None:
        self.context = context
        self._shortage = shortage
        self._is_on_loop = is_on_loop
        self._rules = rules
        self._expressions = expressions
        self._recorder = recorder
        self._actions: list[WorkflowAction] = []
        self._sent_size = 0
        self._variables: Variables | None = None

    def carry_out(self, call: RuleCall) -> None:
        """Carry out one rule, or skip it when its condition is false. Raises _CallFailed."""
        started_us = self._recorder.now_us()
        try:
            self._check_time(started_us)
            if call.when and not self._holds(call):
                return
            effect = self._act(call)
            self._check_size(effect.action)
        except RuleFailed as failed:
            self._recorder.step(AuditCategory.RULE, call.name, EventStatus.FAILED, started_us)
            raise _CallFailed(call.name, str(failed)) from None
        self.context = self.context._replace(entity=effect.entity)
        self._actions.append(effect.action)
        self._recorder.step(AuditCategory.RULE, call.name, EventStatus.SUCCESS, started_us)
        self._recorder.action(effect.action)

    def shared_actions(self) -> tuple[WorkflowAction, ...]:
        """The actions; the rest of the allowance is divided among the events that they send."""
        sent = sum(isinstance(action, EventSent | EventScheduled) for action in self._actions)
        if not sent:
            return tuple(self._actions)
        share = (self.context.event.allowance - len(self._actions)) // sent
        return tuple(_allowed(action, share) for action in self._actions)

    def _act(self, call: RuleCall) -> Effect:
        rule = self._rules.get(call.name)
        if rule is None:
            raise RuleFailed("there is no such rule")
        if len(self._actions) >= MAX_ACTIONS:
            raise RuleFailed(f"an event may take at most {MAX_ACTIONS} actions")
        if len(self._actions) >= self.context.event.allowance:
            raise RuleFailed(f"an event and all that follow from it may take at most {MAX_TREE_ACTIONS:,} actions")
        return rule.act(self._props(rule, call.props), self.context)

    def _check_size(self, action: WorkflowAction) -> None:
        """Raises RuleFailed when an event that is sent, or all of them together, are too large."""
        match action:
            case EventSent() | EventScheduled():
                size = size_of(action.event.attributes)
            case TopicEmitted() | WebhookRequested():
                size = size_of(self.context.event.attributes)
            case _:
                return
        if self._shortage:
            raise RuleFailed(self._shortage)
        self._sent_size += size
        if size > MAX_EVENT_SIZE:
            raise RuleFailed(f"the event's attributes would have {size:,} characters; {MAX_EVENT_SIZE:,} are allowed")
        if self._sent_size > MAX_SENT_SIZE:
            raise RuleFailed(f"all that a run sends may have {MAX_SENT_SIZE:,} characters of attributes")

    def _props(self, rule: WorkflowRule, definition: Props) -> Props:
        props = {name: resolved(value, self._value) for name, value in definition.items()}
        for name, prop in rule.props.items():
            if name in props and (problem := prop.type.problem(props[name])):
                raise RuleFailed(f"{name} {problem}")
        return props

    def _holds(self, call: RuleCall) -> bool:
        holds = self._expressions.holds(call.when, self._cel_variables(), self.context.entity)
        if holds is True:
            return True
        error = holds.error if isinstance(holds, ExpressionFailed) else None
        self._recorder.skipped_rule(call.name, call.when, error)
        return False

    def _value(self, text: str) -> Json:
        self._check_time(self._recorder.now_us())
        value = self._expressions.value(text, self._cel_variables(), self.context.entity)
        if isinstance(value, ExpressionFailed):
            raise RuleFailed(f"${{{text}}}: {value.error}")
        return value

    def _cel_variables(self) -> Variables:
        if self._variables is None:
            self._variables = Variables(self.context.event)
        return self._variables

    def _check_time(self, now_us: int) -> None:
        if self._is_on_loop and now_us - self._recorder.started_us > INLINE_RUN_US:
            raise RunTooLong
        if now_us - self._recorder.started_us > MAX_RUN_US:
            raise RuleFailed(f"the rules of an event may take at most {MAX_RUN_US / 1_000_000:g} s")


def _allowed(action: WorkflowAction, share: int) -> WorkflowAction:
    if isinstance(action, EventSent | EventScheduled):
        return replace(action, event=replace(action.event, allowance=share))
    return action


def _result(
    recorder: AuditRecorder,
    status: EventStatus,
    entity: Entity | None,
    *,
    ruleset: str | None = None,
    actions: tuple[WorkflowAction, ...] = (),
    failure: str | None = None,
) -> EngineResult:
    recorder.snapshot(entity)
    return EngineResult(
        status=status,
        entity=entity,
        ruleset=ruleset,
        actions=actions,
        audits=recorder.records(),
        failure=failure,
        started_at_us=recorder.started_us,
        finished_at_us=recorder.now_us(),
    )
