"""Lag of the search projection behind the log."""

import sqlite3
import time
from pathlib import Path
from statistics import median

CATCH_UP_S = 600.0
LOOK_EVERY_S = 0.05


class Lag:
    """Lag of the search projection behind the log, read from the database files."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self.events: list[int] = []
        self.seconds: list[float] = []

    def note(self) -> None:
        """The events it is behind now, and the seconds until it is not. Raises TimeoutError after `CATCH_UP_S`."""
        started = time.monotonic()
        self.events.append(self._behind())
        while self._behind():
            if time.monotonic() - started > CATCH_UP_S:
                raise TimeoutError(f"the search projection is still {self._behind()} events behind")
            time.sleep(LOOK_EVERY_S)
        self.seconds.append(time.monotonic() - started)

    def text(self) -> str:
        """Medians of what was noted."""
        behind, caught_up = median(self.events), median(self.seconds)
        return f"search was {behind:,.0f} events behind the last event, and had caught up {caught_up:.1f} s later"

    def _behind(self) -> int:
        return _one(self._data / "tidings.db", "SELECT seq FROM log_head") - _one(
            self._data / "search.db", "SELECT position FROM search_cursor WHERE consumer = 'search'"
        )


def _one(database: Path, query: str) -> int:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return int(connection.execute(query).fetchone()[0])
    finally:
        connection.close()
