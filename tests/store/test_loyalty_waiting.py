"""Who has events in the log that a reactor has not taken."""

from tests.loyalty_hub import ADA, BOB, Scheme
from tidings_server.clock import ManualClock
from tidings_server.store import loyalty_waiting
from tidings_server.store.engine import Database
from tidings_server.store.loyalty_waiting import Behind


async def behind(database: Database, *, far: int = 10_000) -> Behind:
    async with database.read() as conn:
        return await loyalty_waiting.behind(
            conn, "loyalty", kinds=["ORDER"], customers=[ADA, BOB], keys=["1/x"], far=far
        )


async def test_customers_with_such_events_after_the_cursor_are_behind(database_url: str) -> None:
    database = await Database.open(database_url, clock=(clock := ManualClock()))
    scheme = Scheme(database, clock)
    assert await behind(database) == Behind(set(), set(), is_far=False)
    await scheme.send(scheme.record("order", {"total": 1}), scheme.record("action", {"amount": 1}, by=BOB))
    assert await behind(database) == Behind({(1, ADA)}, set(), is_far=False)
    await scheme.send(scheme.record("order", {"total": 1}, by=BOB))
    assert (await behind(database)).customers == {(1, ADA), (1, BOB)}
    assert await behind(database, far=2) == Behind({(1, ADA)}, set(), is_far=True)
    await scheme.run()
    assert await behind(database) == Behind(set(), set(), is_far=False)
    await database.close()
