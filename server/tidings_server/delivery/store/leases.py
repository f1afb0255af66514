"""Leases of deliveries to the process that sends them: statements.

A row is leased until `lease_until` to `lease_owner`, which no index holds, so that leasing costs no index anything. The
owner renews what it still needs, and gives back what it does not. A process that dies does neither; its rows are leased
again when their leases end.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store import lease_statements as statements
from tidings_server.delivery.store.deliveries import IS_PENDING, Order, Priority
from tidings_server.delivery.store.tables import delivery

LEASE_US: Final = 90_000_000
"""Length of a lease where no other process could take over."""
SHARED_LEASE_US: Final = 8_000_000
"""Length of a lease between processes: as long are deliveries held up that a process had when it died."""


class LeaseHolder(NamedTuple):
    """A process as the owner of leases: a random number, and how long its leases last."""

    number: int = 0
    length_us: int = LEASE_US


ALONE: Final = LeaseHolder()

READY_PAGE: Final = 250
"""Subscriptions of each priority that are read at once: the event loop takes in as many without a pause."""

QueueKey = tuple[int, Priority]
"""A subscription's key and a priority: deliveries of one such pair are leased and sent in their order."""


class ReadySubscription(NamedTuple):
    """A subscription that may be sent to, and the instant (microseconds) of its earliest unleased work of a priority.

    A `max_per_second` of 0 is no limit. `failing_since` is None where its last recorded attempt did not fail.
    """

    subscription_key: int
    tenant_id: int
    priority: Priority
    due_at: int
    failing_since: int | None
    max_concurrency: int
    max_per_second: int

    @property
    def queue_key(self) -> QueueKey:
        return self.subscription_key, self.priority


class Lease(NamedTuple):
    """A delivery leased until `lease_until`, as its row was before the attempt that it is leased for.

    `id` is the delivery's number. Instants are microseconds.
    """

    id: int
    tenant_id: int
    subscription_key: int
    priority: Priority
    seq: int
    replay_id: str
    attempts: int
    tries: int
    tries_from: int | None
    created_at: int
    lease_until: int
    order_key: str | None
    due_at: int

    @property
    def order(self) -> Order:
        """The entity, of a delivery that is ordered."""
        return self.subscription_key, self.order_key or ""

    @property
    def is_ordered(self) -> bool:
        """Whether the next delivery of its entity can be leased only when this one is recorded."""
        return self.order_key is not None


HAS_PENDING: Final = select(exists().where(IS_PENDING))
"""Whether any delivery is pending, as a fact of the shared look."""


async def ready(conn: AsyncConnection, *, now: int, page: int = READY_PAGE) -> AsyncIterator[list[ReadySubscription]]:
    """Every subscription with unleased pending deliveries that may be sent to now, once for each priority, in pages.

    Work that is due later is included. Walks the index from subscription to subscription, so that it costs the same
    however many deliveries wait; a page is of so many subscriptions of each priority.
    """
    after: dict[Priority, int] = dict.fromkeys(Priority, 0)
    walked: Counter[Priority] = Counter(dict.fromkeys(Priority, page))
    while max(walked.values(), default=0) == page:
        parameters = {"now": now, "page": page, **{f"after_{each:d}": key for each, key in after.items()}}
        rows = (await conn.execute(statements.READY, parameters)).all()
        found = [
            ReadySubscription(key, tenant, Priority(priority), due_at, *others)
            for key, tenant, priority, due_at, *others in rows
            if tenant is not None and due_at is not None
        ]
        walked = Counter(Priority(row.priority) for row in rows)
        after |= {each: max(row.key for row in rows if row.priority == each) for each in walked}
        yield found


async def lease(
    conn: AsyncConnection, limits: Mapping[QueueKey, int], *, now: int, holder: LeaseHolder = ALONE
) -> list[Lease]:
    """Leases due deliveries from `now` on, for each key up to its limit, the earliest due first.

    While the backlog of its `startFrom` is being queued, only deliveries of that backlog. Of an ordered
    subscription's deliveries of one entity, only the first that is pending. Rows that others hold are skipped, and of a
    subscription that may not be sent to there are none.
    """
    leases: list[Lease] = []
    for (key, priority), limit in limits.items():
        of_key = {"of_key": key, "of_priority": priority, "now": now}
        to_holder = {"until": now + holder.length_us, "owner": holder.number}
        window, dialect_name = max(limit, statements.WINDOW), conn.dialect.name
        parameters = {"window": window, "most": limit, **of_key, **to_holder}
        rows = list(await conn.execute(statements.lease_first(dialect_name), parameters))
        seen = {"seen": window - len(rows)}
        if len(rows) < limit and (await conn.execute(statements.HAS_MORE_DUE, of_key | seen)).first():
            parameters = {"most": limit - len(rows), **of_key, **to_holder}
            rows += await conn.execute(statements.lease_beyond(dialect_name), parameters)
        found = (Lease._make((*row[:3], priority, *row[4:])) for row in rows)
        leases += sorted(found, key=lambda row: (row.due_at, row.id))
    return leases


async def lease_next(
    conn: AsyncConnection, orders: Iterable[Order], *, now: int, holder: LeaseHolder = ALONE
) -> list[Lease]:
    """Leases the first pending delivery of each order where it is due, as `lease` does: without looking for it."""
    leases: list[Lease] = []
    for key, order_key in orders:
        parameters = {"of_key": key, "of_order": order_key, "now": now}
        parameters |= {"until": now + holder.length_us, "owner": holder.number}
        for row in await conn.execute(statements.lease_next(conn.dialect.name), parameters):
            found = Lease._make(row)
            leases.append(found._replace(priority=Priority(found.priority)))
    return leases


async def release(conn: AsyncConnection, leases: Sequence[Lease], *, holder: LeaseHolder = ALONE) -> None:
    """Ends leases that have not been taken over since."""
    for attempts, ids in by_attempts(leases).items():
        await conn.execute(update(delivery).where(*is_held(ids, attempts, holder)).values(lease_until=0))


async def release_all(conn: AsyncConnection) -> None:
    """Ends every lease: for the start of the only process."""
    await conn.execute(update(delivery).where(IS_PENDING, delivery.c.lease_until > 0).values(lease_until=0))


def by_attempts(leases: Iterable[Lease]) -> dict[int, list[int]]:
    """The ids of leased deliveries, by their numbers of attempts."""
    by_attempts: dict[int, list[int]] = {}
    for each in leases:
        by_attempts.setdefault(each.attempts, []).append(each.id)
    return by_attempts


def is_held(ids: Sequence[int], attempts: int, holder: LeaseHolder) -> tuple[ColumnElement[bool], ...]:
    """Criteria of deliveries that are leased for this attempt by this process, or were when nobody else was."""
    is_same_attempt = (delivery.c.attempts == attempts, IS_PENDING)
    return delivery.c.id.in_(ids), delivery.c.lease_owner == holder.number, delivery.c.lease_until > 0, *is_same_attempt
