"""An installation on each kind of database."""

import pytest

from tests.support.installation import Installation


@pytest.fixture
def empty(empty_installation: Installation) -> Installation:
    """Nothing stored yet."""
    return empty_installation


@pytest.fixture
def installation(installation_on_each: Installation) -> Installation:
    return installation_on_each
