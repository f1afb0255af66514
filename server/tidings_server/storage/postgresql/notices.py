"""Notices between the processes of one PostgreSQL: short texts by NOTIFY, which may be lost.

They are sent after a commit, from a connection of their own: in the transaction itself NOTIFY would make all commits of
the server wait for each other. Notices of one kind that come within `GATHER_S` are one, the newest. Whoever waits for
one also looks by himself from time to time: where the connection is lost, or a pooler between has none to listen on,
everything is later, and nothing is missed. Source: PostgreSQL, "NOTIFY".
"""

import asyncio
from contextlib import suppress
from typing import Any, Final

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tidings_server.platform.clock import Clock
from tidings_server.storage.database_errors import storage_fault
from tidings_server.storage.notices import Notices, notice

CHANNEL: Final = "tidings"
GATHER_S: Final = 0.01
PROBE_S: Final = 10.0
"""Longest time until a lost connection is noticed where nothing is sent."""
RETRY_S: Final = 1.0

logger = structlog.get_logger(__name__)

_NOTIFY: Final = text("SELECT pg_notify(:channel, payload) FROM unnest(cast(:payloads AS text[])) AS payload")
"""All in one transaction: a commit with notices waits for all others that have some."""


class PostgresNotices(Notices):
    """Notices by NOTIFY."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        super().__init__()
        self._engine = engine
        self._clock = clock
        self._pending: dict[str, str] = {}
        self._wake = asyncio.Event()

    def send(self, kind: str, content: str) -> None:
        self._pending[kind] = content
        self._wake.set()

    async def run(self) -> None:
        """Listen and send until cancelled."""
        while True:
            try:
                async with self._engine.connect() as conn:
                    await self._serve(conn)
            except Exception as error:
                if not storage_fault(error):
                    raise
                logger.warning("notices_interrupted", error=type(error).__name__)
            finally:
                self.is_listening = False
            await self._clock.sleep(RETRY_S)

    async def _serve(self, conn: AsyncConnection) -> None:
        raw: Any = (await conn.get_raw_connection()).driver_connection
        await raw.add_listener(CHANNEL, self._notified)
        self.is_listening = True
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(PROBE_S):
                    await self._wake.wait()
            await asyncio.sleep(GATHER_S)
            self._wake.clear()
            pending, self._pending = self._pending, {}
            if not pending:
                await conn.execute(text("SELECT 1"))
            else:
                payloads = [notice(kind, content) for kind, content in pending.items()]
                await conn.execute(_NOTIFY, {"channel": CHANNEL, "payloads": payloads})

    def _notified(self, _conn: object, _process: int, _channel: str, payload: str) -> None:
        self.received(payload)
