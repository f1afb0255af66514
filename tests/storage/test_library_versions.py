"""Versions of the libraries on whose private parts the database drivers lean."""

from importlib.metadata import version
from pathlib import Path

import pytest

LOCK = Path(__file__).parents[2] / "requirements.lock"
PRIVATE_PARTS = {
    "aiosqlite": "0.22",  # sqlite/reader.py: Cursor._execute, Connection._conn and _thread
    # sqlite/inline.py: the adapter for asynchronous drivers, _async_soft_close; prepared_statements.py:
    # construct_expanded_state and what a compiled statement says of itself; postgresql/prepared.py: the adapter's
    # _prepare_and_execute and _rows, Connection._handle_dbapi_exception
    "sqlalchemy": "2.1",
}


@pytest.mark.locked
@pytest.mark.parametrize("name", PRIVATE_PARTS)
def test_the_private_parts_are_those_of_the_locked_version(name: str) -> None:
    """On another series read the parts that are named above again, then change the version here."""
    [locked] = (line.split()[0] for line in LOCK.read_text().splitlines() if line.startswith(f"{name}=="))
    assert locked == f"{name}=={version(name)}"
    assert version(name).startswith(f"{PRIVATE_PARTS[name]}.")
