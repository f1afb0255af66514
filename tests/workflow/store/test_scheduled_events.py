"""Scheduled events that are due are taken in turn by tenant, on both databases."""

from tests.support.events import record
from tidings_server.storage.database import Database
from tidings_server.workflow.store import scheduled_events
from tidings_server.workflow.store.scheduled_events import DueEvent

NOISY, NEIGHBOUR, SUSPENDED, NOW = 1, 2, 3, 1_000_000
LIMIT = 20


def due(tenant: int, number: int, *, at: int) -> DueEvent:
    return DueEvent(record(f"{tenant}-{number:04d}", tenant_id=tenant), at, 1)


async def taken(database: Database, *, without: frozenset[int] = frozenset()) -> list[tuple[int, int]]:
    """Tenant and due time of what is taken."""
    found = await database.write_queue.run(
        lambda conn: scheduled_events.take(conn, now=NOW, limit=LIMIT, without=without)
    )
    return [(each.record.tenant_id, each.due_at) for each in found]


async def test_each_tenant_has_a_share_and_all_come_in_the_order_of_their_times(database: Database) -> None:
    stored = [due(NOISY, number, at=number) for number in range(100)]
    stored += [due(NEIGHBOUR, number, at=NOW - number) for number in range(2)]
    stored += [due(SUSPENDED, 0, at=1), due(NEIGHBOUR, 7, at=NOW + 1)]
    await database.write_queue.run(lambda conn: scheduled_events.add(conn, stored))
    first = await taken(database, without=frozenset({SUSPENDED}))
    assert first == [*((NOISY, at) for at in range(18)), (NEIGHBOUR, NOW - 1), (NEIGHBOUR, NOW)]
    assert await taken(database) == [(SUSPENDED, 1), *((NOISY, at) for at in range(18, 37))]


async def test_a_tenant_alone_has_all(database: Database) -> None:
    await database.write_queue.run(
        lambda conn: scheduled_events.add(conn, [due(NOISY, number, at=number) for number in range(30)])
    )
    assert await taken(database) == [(NOISY, at) for at in range(20)]
    assert await taken(database) == [(NOISY, at) for at in range(20, 30)]
    assert await taken(database) == []
