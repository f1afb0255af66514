"""Construction of the workflow area of one process."""

from tidings_server.composition.base import ProcessBase
from tidings_server.delivery.matching import SubscriptionMatcher
from tidings_server.identity.quotas import Quotas
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.log.shard_runners import ShardRunners
from tidings_server.workflow.consumer import WorkflowConsumer
from tidings_server.workflow.definition.expressions import WorkflowExpressions
from tidings_server.workflow.definition.validation import WorkflowValidator
from tidings_server.workflow.engine.engine import Engine
from tidings_server.workflow.engine.rules import RULES
from tidings_server.workflow.event_queries import RecordQueries
from tidings_server.workflow.scheduled_events import ScheduledEventPublisher
from tidings_server.workflow.search_projection import RecordProjections
from tidings_server.workflow.submission import CompletionWaiters
from tidings_server.workflow.workflows import Workflows


class WorkflowRuntime:
    """The consumer of workflow events, and the use cases and queries beside it."""

    def __init__(self, base: ProcessBase, matcher: SubscriptionMatcher, quotas: Quotas) -> None:
        database, clock, new_id = base.database, base.clock, base.ids.uuid7
        expressions = WorkflowExpressions()
        self.waiters = CompletionWaiters(database)
        self.engine = Engine(RULES, expressions, clock=clock, new_id=new_id)
        self.workflows = Workflows(database, WorkflowValidator(RULES, expressions), clock=clock)
        self.runners = ShardRunners(database.shards, lambda shard: self._runner(base, matcher, quotas, shard))
        self.scheduled_events = ScheduledEventPublisher(database, clock, quotas)
        self.projections = RecordProjections(database, clock)
        self.records = RecordQueries(database, self.projections, base.audit_ids)

    def _runner(self, base: ProcessBase, matcher: SubscriptionMatcher, quotas: Quotas, shard: int) -> ConsumerRunner:
        """The runner of a shard; its consumer has state of what it has just written."""
        consumer = WorkflowConsumer(
            base.database,
            self.engine,
            matcher,
            waiters=self.waiters,
            audit_ids=base.audit_ids,
            clock=base.clock,
            quotas=quotas,
        )
        return ConsumerRunner(
            consumer,
            feed=LogFeed(base.database, shard),
            database=base.database,
            clock=base.clock,
            shard=shard,
            on_commit=consumer.committed,
            is_waited_for=self.waiters.has_waiters,
        )
