"""What the tests of the engine share: rules, a language, a clock that stands, ids that count."""

from itertools import count

import pytest

from tests.support.workflows import NOW
from tidings_server.platform.clock import ManualClock
from tidings_server.workflow.definition.language import Language
from tidings_server.workflow.definition.validation import Validator
from tidings_server.workflow.engine.engine import Engine
from tidings_server.workflow.engine.rules import RULES


@pytest.fixture(scope="session")
def language() -> Language:
    return Language()


@pytest.fixture(scope="session")
def validator(language: Language) -> Validator:
    return Validator(RULES, language)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def engine(language: Language, clock: ManualClock) -> Engine:
    return Engine(RULES, language, clock=clock, new_id=map("id-{}".format, count(1)).__next__)
