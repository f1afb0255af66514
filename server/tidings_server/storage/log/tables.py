"""Tables of the log: its events and its head.

The log has two indexes, its key and the unique one: whatever else must be looked up is a projection's work.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Integer,
    LargeBinary,
    ScalarSelect,
    Select,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    select,
)

from tidings_server.storage.tables import Key, metadata

event = Table(
    "event",
    metadata,
    Column("seq", Key, primary_key=True, autoincrement=False),
    Column("tenant_id", Integer, nullable=False),
    Column("api", SmallInteger, nullable=False),
    Column("event_id", String(128), nullable=False),
    Column("topic", String(255), nullable=False),
    Column("entity_type", String(128)),
    Column("entity_id", String(1024)),
    Column("entity_ref", String(1024)),
    Column("root_type", String(128)),
    Column("root_id", String(1024)),
    Column("root_ref", String(1024)),
    Column("retailer_id", String(128)),
    Column("site_id", Integer),
    Column("name", String(1024)),
    Column("category", String(128)),
    Column("type", String(128)),
    Column("source", String(128)),
    Column("actor", String(255)),
    Column("correlation_id", String(128)),
    Column("traceparent", String(64)),
    Column("hops", SmallInteger, nullable=False),
    Column("occurred_at", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("body_hash", LargeBinary(32), nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("tenant_id", "api", "event_id"),
)

log_head = Table(
    "log_head",
    metadata,
    Column("id", SmallInteger, CheckConstraint("id = 1", name="single"), primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
)
"""One row: number and instant of the last event of shard 0. An append locks it first and holds it until the commit, so
that commit order is the order of `seq`, `seq` has no gaps, and `recorded_at` never falls, whatever the clocks show."""

shard_head = Table(
    "shard_head",
    metadata,
    Column("shard", SmallInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
)
"""The same for each further shard, on PostgreSQL. In a table of its own, since a server that knows of no shards moves
every row of `log_head`."""


def head_of(shard: int) -> Select[Any]:
    """The row of the head of a shard: `seq` and `recorded_at`."""
    if not shard:
        return select(log_head.c.seq, log_head.c.recorded_at)
    return select(shard_head.c.seq, shard_head.c.recorded_at).where(shard_head.c.shard == shard)


def head_seq(shard: int) -> ScalarSelect[int]:
    """The position of the last event of a shard, as part of a statement."""
    if not shard:
        return select(log_head.c.seq).scalar_subquery()
    return select(shard_head.c.seq).where(shard_head.c.shard == shard).scalar_subquery()
