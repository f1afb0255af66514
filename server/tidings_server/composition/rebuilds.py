"""Projections beside the log that an operator has built anew."""

from collections.abc import Awaitable, Callable

from tidings_server.catalogue.queries import Catalogue
from tidings_server.log.event_counts import rebuild_event_counts
from tidings_server.platform.clock import SystemClock
from tidings_server.settings import Settings
from tidings_server.storage.database import Database


async def rebuild_shop(settings: Settings) -> None:
    """Empty the catalogue's projection, while no server runs; the next one builds it again."""
    await _over(settings, lambda database: Catalogue(database, SystemClock()).rebuild())


async def rebuild_counts(settings: Settings) -> None:
    """Have the events counted again by hour, as far as the log has them."""
    await _over(settings, rebuild_event_counts)


async def _over(settings: Settings, work: Callable[[Database], Awaitable[None]]) -> None:
    database = await Database.open(settings.sqlalchemy_url, clock=SystemClock())
    try:
        await work(database)
    finally:
        await database.close()
