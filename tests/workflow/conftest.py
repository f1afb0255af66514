"""Fixtures of the engine's tests: rules, expressions, a manual clock, sequential ids."""

from itertools import count

import pytest

from tests.support.workflows import NOW
from tidings_server.platform.clock import ManualClock
from tidings_server.workflow.definition.expressions import WorkflowExpressions
from tidings_server.workflow.definition.validation import WorkflowValidator
from tidings_server.workflow.engine.engine import Engine
from tidings_server.workflow.engine.rules import RULES


@pytest.fixture(scope="session")
def expressions() -> WorkflowExpressions:
    return WorkflowExpressions()


@pytest.fixture(scope="session")
def validator(expressions: WorkflowExpressions) -> WorkflowValidator:
    return WorkflowValidator(RULES, expressions)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def engine(expressions: WorkflowExpressions, clock: ManualClock) -> Engine:
    return Engine(RULES, expressions, clock=clock, new_id=map("id-{}".format, count(1)).__next__)
