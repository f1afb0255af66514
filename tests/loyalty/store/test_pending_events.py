"""Customers with events in the log that a consumer has not processed."""

from tests.support.loyalty_hub import ADA, BOB, Scheme
from tidings_server.loyalty.store import pending_events
from tidings_server.loyalty.store.pending_events import PendingEvents
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database


async def behind(database: Database, *, far: int = 10_000) -> PendingEvents:
    async with database.read() as conn:
        return await pending_events.pending(
            conn, "loyalty", 0, kinds=["ORDER"], customers=[ADA, BOB], keys=["1/x"], far=far
        )


async def test_customers_with_events_after_the_cursor_are_pending(database_url: str) -> None:
    database = await Database.open(database_url, clock=(clock := ManualClock()))
    scheme = Scheme(database, clock)
    assert await behind(database) == PendingEvents(set(), set(), is_far=False)
    await scheme.send(scheme.record("order", {"total": 1}), scheme.record("action", {"amount": 1}, by=BOB))
    assert await behind(database) == PendingEvents({(1, ADA)}, set(), is_far=False)
    await scheme.send(scheme.record("order", {"total": 1}, by=BOB))
    assert (await behind(database)).customers == {(1, ADA), (1, BOB)}
    assert await behind(database, far=2) == PendingEvents({(1, ADA)}, set(), is_far=True)
    await scheme.run()
    assert await behind(database) == PendingEvents(set(), set(), is_far=False)
    await database.close()
