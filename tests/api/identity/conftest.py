"""Log lines as the server writes them."""

import io
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from tidings_server.clock import ManualClock
from tidings_server.telemetry import logs


@pytest.fixture
def logged() -> Iterator[Callable[[], str]]:
    """What was logged so far."""
    stream = io.StringIO()
    handlers, level = logging.root.handlers[:], logging.root.level
    logs.configure(ManualClock(), level="INFO", form="json", stream=stream)
    yield stream.getvalue
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()
