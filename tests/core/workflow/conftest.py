"""What the tests of the engine share: rules, a language, a clock that stands, ids that count."""

from itertools import count

import pytest

from tests.workflows import NOW
from tidings_server.clock import ManualClock
from tidings_server.core.workflow.engine import Engine
from tidings_server.core.workflow.language import Language
from tidings_server.core.workflow.rules import RULES
from tidings_server.core.workflow.validation import Validator


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
