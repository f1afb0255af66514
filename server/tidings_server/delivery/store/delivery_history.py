"""Statements of the history of deliveries: those of one subscription with their last attempts, and one with all.

A state is sought among `MAX_SCANNED` deliveries a page, so that no statement takes longer than a reader may.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.deliveries import IS_PENDING
from tidings_server.delivery.store.redeliveries import IS_EXPIRED
from tidings_server.delivery.store.tables import delivery, delivery_attempt
from tidings_server.log.store.search import ENTITY, entity_of
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.log.tables import event

MAX_SCANNED: Final = 20_000
MAX_ATTEMPTS: Final = 1_000
"""Attempts shown of a single delivery, the newest."""

STATES: Final[Mapping[str, ColumnElement[bool]]] = {
    "DELIVERED": and_(~IS_PENDING, ~IS_EXPIRED),
    "PENDING": IS_PENDING,
    "EXPIRED": IS_EXPIRED,
    "FAILED": or_(IS_EXPIRED, and_(IS_PENDING, delivery.c.tries > 0)),
}

_PLACE: Final = (delivery.c.seq, delivery.c.replay_id)
"""The order of an index, within one subscription."""


class PastDelivery(NamedTuple):
    """One delivery. Instants are microseconds; `state` is the table's."""

    id: int
    subscription_key: int
    seq: int
    replay_id: str
    state: str
    reason: str
    attempts: int
    tries: int
    due_at: int
    lease_until: int
    created_at: int


class DeliveredEvent(NamedTuple):
    """Id, topic and entity of a delivery's event."""

    seq: int
    event_id: str
    topic: str
    entity_id: str | None


def delivered_event(stored: StoredEvent) -> DeliveredEvent:
    """The same of an event that was read whole."""
    return DeliveredEvent(stored.seq, stored.event_id, stored.topic, entity_of(stored))


class PastAttempt(NamedTuple):
    """One attempt; `outcome` is an OutcomeKind's value."""

    at: int
    outcome: str
    status: int | None
    error_type: str
    answer: str
    duration_us: int


class HistoryPage(NamedTuple):
    """Deliveries, the newest first, and the one after which the list goes on; None: this is its end."""

    deliveries: Sequence[PastDelivery]
    next: int | None


_COLUMNS: Final = [delivery.c[name] for name in PastDelivery._fields]


async def page(
    conn: AsyncConnection, *, subscription_key: int, state: str | None, after: int | None, limit: int
) -> HistoryPage | None:
    """The newest deliveries of a subscription, older than the one `after`. None where it has no delivery `after`."""
    of_subscription = [delivery.c.subscription_key == subscription_key]
    if after is not None:
        place = (await conn.execute(select(*_PLACE).where(*of_subscription, delivery.c.id == after))).first()
        if place is None:
            return None
        of_subscription.append(tuple_(*_PLACE) < tuple_(*place))
    newest = select(delivery.c.id).where(*of_subscription).order_by(*_newest_first())
    query = select(*_COLUMNS).where(*of_subscription)
    if state is not None:
        scanned = newest.limit(MAX_SCANNED).subquery()
        query = select(*_COLUMNS).join(scanned, scanned.c.id == delivery.c.id).where(STATES[state])
    rows = (await conn.execute(query.order_by(*_newest_first()).limit(limit + 1))).all()
    found = [PastDelivery._make(row) for row in rows]
    if len(found) > limit:
        return HistoryPage(found[:limit], found[limit - 1].id)
    return HistoryPage(found, None if state is None else await _last_scanned(conn, newest))


async def one(conn: AsyncConnection, tenant: int, delivery_id: int) -> PastDelivery | None:
    """The tenant's delivery; None where there is none."""
    query = select(*_COLUMNS).where(delivery.c.id == delivery_id, delivery.c.tenant_id == tenant)
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else PastDelivery._make(row)


async def events(conn: AsyncConnection, seqs: Sequence[int]) -> Mapping[int, DeliveredEvent]:
    """The events of deliveries by their positions; those that retention has removed are left out."""
    query = select(event.c.seq, event.c.event_id, event.c.topic, ENTITY).where(event.c.seq.in_(seqs))
    return {row[0]: DeliveredEvent._make(row) for row in await conn.execute(query)}


async def attempts(conn: AsyncConnection, ids: Sequence[int], *, most: int) -> Mapping[int, Sequence[PastAttempt]]:
    """The newest attempts of each delivery, at most `most`, in order."""
    age = func.row_number().over(partition_by=delivery_attempt.c.delivery_id, order_by=delivery_attempt.c.number.desc())
    numbered = select(delivery_attempt, age.label("age")).where(delivery_attempt.c.delivery_id.in_(ids)).subquery()
    query = select(numbered).where(numbered.c.age <= most).order_by(numbered.c.delivery_id, numbered.c.number)
    found: dict[int, list[PastAttempt]] = {}
    for row in await conn.execute(query) if ids else ():
        attempt = PastAttempt(*(getattr(row, name) for name in PastAttempt._fields))
        found.setdefault(row.delivery_id, []).append(attempt)
    return found


async def _last_scanned(conn: AsyncConnection, newest: Select[Any]) -> int | None:
    """The delivery at which a search for a state stopped; None where it has seen all."""
    last = (await conn.execute(newest.offset(MAX_SCANNED - 1).limit(2))).scalars().all()
    return int(last[0]) if len(last) > 1 else None


def _newest_first() -> list[ColumnElement[Any]]:
    return [column.desc() for column in _PLACE]
