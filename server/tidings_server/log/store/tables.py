"""Tables of consumers (cursors, failed events) and of the search projection."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from tidings_server.storage.schema import FIRST_VERSION
from tidings_server.storage.tables import Key, metadata, search_metadata

consumer_cursor = Table(
    "consumer_cursor",
    metadata,
    Column("consumer", String(64), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("token", BigInteger, nullable=False, server_default="0"),
)
"""One row for each shard of the log that a consumer reads, under the name that `in_shard` gives it there.
`token`: of the last lease on the consumer's work, where processes share it. Who has an older one moves nothing."""

work_lease = Table(
    "work_lease",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("owner", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("token", BigInteger, nullable=False),
)
"""The work that one process does for all: who has it, until when by the database's clock; see `log/ownership.py`."""

process = Table(
    "process",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("role", String(8), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("version", String(32), nullable=False, server_default=FIRST_VERSION),
)
"""Processes that live or have lived lately, by the database's clock. Those of 0.1.0 do not write their version."""

failed_event = Table(
    "failed_event",
    metadata,
    Column("id", Key, primary_key=True),
    Column("consumer", String(64), nullable=False),
    Column("key", String(1200), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("tenant_id", Integer, nullable=False),
    Column("state", String(8), CheckConstraint("state IN ('QUEUED', 'DEAD')", name="state"), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("error", String(1024), nullable=False),
    UniqueConstraint("consumer", "seq"),
    Index("ix_failed_event_queue", "consumer", "state", "key", "seq"),
    Index("ix_failed_event_due", "consumer", "state", "due_at"),
)

event_count = Table(
    "event_count",
    metadata,
    Column("tenant_id", Integer, primary_key=True, autoincrement=False),
    Column("hour", Integer, primary_key=True, autoincrement=False),
    Column("topic", String(255), primary_key=True),
    Column("events", BigInteger, nullable=False),
)
"""Events by the hour in which they were stored, counted since 1970; the projection of `log/event_counts.py`."""

search_event = Table(
    "search_event",
    search_metadata,
    Column("seq", Key, primary_key=True, autoincrement=False),
    Column("tenant_id", Integer, nullable=False),
    Column("family", BigInteger, nullable=False),
    Column("topic", BigInteger, nullable=False),
    Column("entity", BigInteger),
    Index("ix_search_event_tenant", "tenant_id", "seq"),
    Index("ix_search_event_family", "tenant_id", "family", "seq"),
    Index("ix_search_event_topic", "tenant_id", "topic", "seq"),
    Index("ix_search_event_entity", "tenant_id", "entity", "seq"),
)
"""Texts stand as 64-bit hashes (integers keep the indexes narrow); the log row decides when two texts share a hash.
`family` is the topic's first part. Times are not here: `seq` follows them, see `log.locate`."""

search_cursor = Table(
    "search_cursor",
    search_metadata,
    Column("consumer", String(64), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("token", BigInteger, nullable=False, server_default="0"),
)
"""Cursors of the search projections, beside their rows."""
