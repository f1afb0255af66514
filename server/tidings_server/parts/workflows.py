"""The objects of one process that run workflows."""

from tidings_server.core.audience import Audiences
from tidings_server.core.feed import Feed
from tidings_server.core.reactors import ReactorRunner
from tidings_server.core.workflow.engine import Engine
from tidings_server.core.workflow.language import Language
from tidings_server.core.workflow.later import Later
from tidings_server.core.workflow.reactor import WorkflowReactor
from tidings_server.core.workflow.rules import RULES
from tidings_server.core.workflow.turns import Turns
from tidings_server.core.workflow.validation import Validator
from tidings_server.core.workflow.workflows import Workflows
from tidings_server.core.workflow_projection import RecordProjection
from tidings_server.core.workflow_records import Records
from tidings_server.parts.base import Base


class Running:
    """From an event of the log to what workflows make of it."""

    def __init__(self, base: Base, feed: Feed, audiences: Audiences) -> None:
        database, clock, new_id = base.database, base.clock, base.ids.uuid7
        language = Language()
        self.turns = Turns(database)
        self.engine = Engine(RULES, language, clock=clock, new_id=new_id)
        self.workflows = Workflows(database, Validator(RULES, language), clock=clock)
        reactor = WorkflowReactor(
            database,
            self.engine,
            audiences,
            turns=self.turns,
            audit_ids=base.audit_ids,
            clock=clock,
        )
        self.runner = ReactorRunner(
            reactor,
            feed=feed,
            database=database,
            clock=clock,
            on_commit=reactor.committed,
            hurry=self.turns.is_waited_for,
        )
        self.later = Later(database, clock)
        self.projection = RecordProjection(database, clock)
        self.records = Records(database, self.projection, base.audit_ids)
