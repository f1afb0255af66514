"""Statements that find deliveries which may be sent now, and lease them.

What is ordered waits for the first pending delivery of its entity. Where thousands wait behind few, whoever looks for
the first among all that are due reads all of them each time; so the look has a window, and beyond it walks from entity
to entity.
"""

from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    SmallInteger,
    String,
    and_,
    bindparam,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from tidings_server.delivery.store.deliveries import IS_PENDING, Priority
from tidings_server.delivery.store.tables import delivery, replay, subscription
from tidings_server.storage.array_parameters import is_any_of

COLUMNS: Final = (
    *("id", "tenant_id", "subscription_key", "priority", "seq", "replay_id", "attempts", "tries", "tries_from"),
    *("created_at", "lease_until", "order_key", "due_at"),
)
"""Columns of a leased delivery, in the order of `leases.Lease`."""


def _ready_of(priority: Priority) -> Select[Any]:
    """A page of subscriptions of one priority: a loose scan over them, then the first unleased delivery of each.

    Those that are not ready have no `tenant_id` or no `due_at`: the next page begins after them, too.
    """
    is_of_priority = and_(IS_PENDING, delivery.c.priority == literal(int(priority), SmallInteger, literal_execute=True))

    def next_key(*beyond: ColumnElement[bool]) -> ScalarSelect[Any]:
        query = select(delivery.c.subscription_key).where(is_of_priority, *beyond)
        return query.order_by(delivery.c.subscription_key).limit(1).scalar_subquery()

    after = bindparam(f"after_{priority:d}", type_=BigInteger)
    first = select(next_key(delivery.c.subscription_key > after).label("key"), literal(1).label("number"))
    walk = first.cte(f"walk_{priority:d}", recursive=True)
    is_followed = walk.c.key.is_not(None), walk.c.number < bindparam("page", type_=Integer)
    further = select(next_key(delivery.c.subscription_key > walk.c.key), walk.c.number + 1).where(*is_followed)
    walk = walk.union_all(further)
    due_at = (
        select(delivery.c.due_at)
        .where(
            is_of_priority,
            delivery.c.subscription_key == walk.c.key,
            delivery.c.lease_until <= bindparam("now", type_=BigInteger),
        )
        .order_by(delivery.c.due_at)
        .limit(1)
        .scalar_subquery()
    )
    found = select(walk.c.key, due_at.label("due_at")).where(walk.c.key.is_not(None)).subquery(f"found_{priority:d}")
    may_be_sent_to = and_(subscription.c.key == found.c.key, *_MAY_BE_SENT_TO)
    return select(
        found.c.key,
        subscription.c.tenant_id,
        literal(int(priority), SmallInteger).label("priority"),
        found.c.due_at,
        subscription.c.failing_since,
        subscription.c.max_concurrency,
        subscription.c.max_per_second,
    ).join_from(found, subscription, may_be_sent_to, isouter=True)


_MAY_BE_SENT_TO: Final = (
    subscription.c.is_active,
    subscription.c.is_confirmed,
    subscription.c.deleted_at.is_(None),
    func.coalesce(subscription.c.paused_until, 0) <= bindparam("now", type_=BigInteger),
)

READY: Final = union_all(*map(_ready_of, Priority))

WINDOW: Final = 250
"""Due deliveries among which the first of each entity are looked for before the entities are walked through."""
_due: Final = (
    IS_PENDING,
    delivery.c.priority == bindparam("of_priority", type_=SmallInteger),
    delivery.c.subscription_key == bindparam("of_key", type_=BigInteger),
    delivery.c.due_at <= bindparam("now", type_=BigInteger),
    delivery.c.lease_until <= bindparam("now", type_=BigInteger),
)
HAS_MORE_DUE: Final = (
    select(delivery.c.id).where(*_due).order_by(delivery.c.due_at).offset(bindparam("seen", type_=Integer)).limit(1)
)
_backlog_ends: Final = (
    select(func.min(replay.c.to_seq))
    .where(
        replay.c.subscription_key == bindparam("of_key", type_=BigInteger),
        replay.c.is_start,
        replay.c.finished_at.is_(None),
    )
    .scalar_subquery()
)
_may_be_sent_to: Final = exists().where(subscription.c.key == bindparam("of_key", type_=BigInteger), *_MAY_BE_SENT_TO)


def _first_of(dialect_name: str, order: ColumnElement[str], *columns: ColumnElement[Any]) -> Select[Any]:
    """Columns of the first pending delivery of an entity; on PostgreSQL, of the next entity where it has none.

    There it is bounded from below alone, in the order of the whole index of orders: with equalities PostgreSQL would
    take the order of another index, and read all that was delivered before.
    """
    of_key, is_ordered = bindparam("of_key", type_=BigInteger), (IS_PENDING, delivery.c.order_key.is_not(None))
    found = select(*columns).where(*is_ordered).limit(literal_column("1"))
    if dialect_name != "postgresql":
        found = found.where(delivery.c.subscription_key == of_key, delivery.c.order_key == order)
        return found.order_by(delivery.c.seq)
    index = delivery.c.subscription_key, delivery.c.order_key, delivery.c.seq
    return found.where(tuple_(*index) >= tuple_(of_key, order, literal_column("0"))).order_by(*index)


def _leased(*criteria: ColumnElement[bool]) -> ReturningUpdate[Any]:
    """The statement that leases the deliveries of these criteria, and reads them."""
    return (
        update(delivery)
        .where(*criteria)
        .values(lease_until=bindparam("until", type_=BigInteger), lease_owner=bindparam("owner", type_=BigInteger))
        .returning(*(delivery.c[name] for name in COLUMNS))
    )


@lru_cache(maxsize=2)
def lease_first(dialect_name: str) -> ReturningUpdate[Any]:
    """Leases of the deliveries that have waited longest, those of each entity in their order.

    The window is read, and locked, as far as it is needed: it has the order of its index and is not sorted.
    """
    window = (
        select(delivery.c.id, delivery.c.seq, delivery.c.order_key)
        .where(*_due)
        .order_by(delivery.c.due_at)
        .limit(bindparam("window", type_=Integer))
        .with_for_update(skip_locked=True)
        .subquery("due")
    )
    first = _first_of(dialect_name, window.c.order_key, delivery.c.seq).scalar_subquery()
    is_first = or_(window.c.order_key.is_(None), window.c.seq <= first)
    found = select(window.c.id).where(is_first, window.c.seq <= func.coalesce(_backlog_ends, window.c.seq))
    return _leased(delivery.c.id.in_(found.where(_may_be_sent_to).limit(bindparam("most", type_=Integer))))


@lru_cache(maxsize=2)
def lease_beyond(dialect_name: str) -> ReturningUpdate[Any]:
    """The same where many wait behind few: of each entity the first, by a loose scan over them, and what has none.

    A delivery that is tried again is due later than all that wait behind it, however many they are.
    """
    is_of_entity = (
        IS_PENDING,
        delivery.c.subscription_key == bindparam("of_key", type_=BigInteger),
        delivery.c.order_key.is_not(None),
    )

    def next_order(*beyond: ColumnElement[bool]) -> ScalarSelect[Any]:
        query = select(delivery.c.order_key).where(*is_of_entity, *beyond)
        return query.order_by(delivery.c.order_key).limit(1).scalar_subquery()

    walk = select(next_order().label("order_key")).cte("walk", recursive=True)
    further = select(next_order(delivery.c.order_key > walk.c.order_key)).where(walk.c.order_key.is_not(None))
    walk = walk.union_all(further)
    first = _first_of(dialect_name, walk.c.order_key, delivery.c.id).scalar_subquery()
    free = select(delivery.c.id).where(*_due, delivery.c.order_key.is_(None)).order_by(delivery.c.due_at)
    free_ids = free.limit(bindparam("most", type_=Integer)).subquery("free")
    candidates = union_all(select(first).where(walk.c.order_key.is_not(None)), select(free_ids.c.id))
    is_candidate = is_any_of(delivery.c.id, dialect_name, candidates, BigInteger())
    found = select(delivery.c.id).where(is_candidate, *_due, _may_be_sent_to)
    found = found.where(delivery.c.seq <= func.coalesce(_backlog_ends, delivery.c.seq))
    found = found.order_by(delivery.c.due_at, delivery.c.id).limit(bindparam("most", type_=Integer))
    return _leased(delivery.c.id.in_(found.with_for_update(skip_locked=True, of=delivery)))


@lru_cache(maxsize=2)
def lease_next(dialect_name: str) -> ReturningUpdate[Any]:
    """The lease of the first pending delivery of one entity, by its number alone: no other index has a better way."""
    of_key, of_order = bindparam("of_key", type_=BigInteger), bindparam("of_order", type_=String)
    columns = delivery.c.id, delivery.c.subscription_key, delivery.c.order_key
    found = _first_of(dialect_name, of_order, *columns).subquery("found")
    is_theirs = found.c.subscription_key == of_key, found.c.order_key == of_order
    return _leased(
        delivery.c.id == select(found.c.id).where(*is_theirs).scalar_subquery(),
        IS_PENDING,
        delivery.c.due_at <= bindparam("now", type_=BigInteger),
        delivery.c.lease_until <= bindparam("now", type_=BigInteger),
        delivery.c.seq <= func.coalesce(_backlog_ends, delivery.c.seq),
        _may_be_sent_to,
    )
