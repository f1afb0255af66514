"""An installation on SQLite: what a database does is tested below the API."""

import pytest

from tests.support.installation import Installation


@pytest.fixture
def installation(sqlite_installation: Installation) -> Installation:
    return sqlite_installation
