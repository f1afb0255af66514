"""Ranges of the log, given by positions or times."""

from typing import Final

from tidings_server.log.positions import Positions
from tidings_server.platform.clock import Clock, parse_rfc3339
from tidings_server.platform.errors import InvalidInput
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.storage.log.shards import shard_of_tenant, start_of

RULE: Final = "must be a position that this API returned, or an RFC 3339 time such as 2026-01-01T00:00:00Z"


class LogRanges:
    """Finds the ends of a range of the log, as numbers of events."""

    def __init__(self, database: Database, positions: Positions, clock: Clock) -> None:
        self._database = database
        self._positions = positions
        self._clock = clock

    async def start(self, tenant: int, text: str, *, field: str) -> int:
        """The number of the event to start after: behind a position, or before the first event of an instant.

        Raises InvalidInput on `field` for another text, another tenant's position and an instant to come.
        """
        instant = _instant(text)
        if instant is None:
            return self._position(tenant, text, field)
        if instant > self._clock.now_us():
            raise InvalidInput.of(field, "must be in the past")
        async with self._database.read() as conn:
            return await events.locate(conn, instant, shard_of_tenant(tenant))

    async def end(self, tenant: int, text: str, *, field: str) -> int:
        """The number of the last event of a range: of a position, or of an instant; the last of all for an empty text.

        Raises InvalidInput on `field` for another text and another tenant's position.
        """
        head = self._database.heads.of_tenant(tenant).seq
        if not text:
            return head
        instant = _instant(text)
        if instant is None:
            return min(head, self._position(tenant, text, field))
        async with self._database.read() as conn:
            return await events.locate(conn, instant + 1, shard_of_tenant(tenant))

    @staticmethod
    def is_backwards(start: str, end: str) -> bool:
        """Whether two instants are in the wrong order, which no events between them would show."""
        first, last = _instant(start), _instant(end)
        return first is not None and last is not None and last < first

    def _position(self, tenant: int, text: str, field: str) -> int:
        try:
            return max(self._positions.parse(tenant, text, field=field), start_of(shard_of_tenant(tenant)))
        except InvalidInput:
            raise InvalidInput.of(field, RULE) from None


def _instant(text: str) -> int | None:
    try:
        return parse_rfc3339(text)
    except ValueError:
        return None
