"""Construction of the workflow area of one process."""

from tidings_server.composition.base import ProcessBase
from tidings_server.delivery.matching import SubscriptionMatcher
from tidings_server.identity.quotas import Quotas
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.workflow.consumer import WorkflowConsumer
from tidings_server.workflow.definition.expressions import WorkflowExpressions
from tidings_server.workflow.definition.validation import WorkflowValidator
from tidings_server.workflow.engine.engine import Engine
from tidings_server.workflow.engine.rules import RULES
from tidings_server.workflow.event_queries import RecordQueries
from tidings_server.workflow.scheduled_events import ScheduledEventPublisher
from tidings_server.workflow.search_projection import RecordProjection
from tidings_server.workflow.submission import CompletionWaiters
from tidings_server.workflow.workflows import Workflows


class WorkflowRuntime:
    """The consumer of workflow events, and the use cases and queries beside it."""

    def __init__(self, base: ProcessBase, feed: LogFeed, matcher: SubscriptionMatcher, quotas: Quotas) -> None:
        database, clock, new_id = base.database, base.clock, base.ids.uuid7
        expressions = WorkflowExpressions()
        self.waiters = CompletionWaiters(database)
        self.engine = Engine(RULES, expressions, clock=clock, new_id=new_id)
        self.workflows = Workflows(database, WorkflowValidator(RULES, expressions), clock=clock)
        consumer = WorkflowConsumer(
            database,
            self.engine,
            matcher,
            waiters=self.waiters,
            audit_ids=base.audit_ids,
            clock=clock,
            quotas=quotas,
        )
        self.runner = ConsumerRunner(
            consumer,
            feed=feed,
            database=database,
            clock=clock,
            on_commit=consumer.committed,
            is_waited_for=self.waiters.has_waiters,
        )
        self.scheduled_events = ScheduledEventPublisher(database, clock, quotas)
        self.projection = RecordProjection(database, clock)
        self.records = RecordQueries(database, self.projection, base.audit_ids)
