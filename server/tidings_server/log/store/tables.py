"""Tables of consumers (cursors, failed events) and of the search projection."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    event,
)

from tidings_server.storage.tables import Key, metadata, search_metadata

reactor_cursor = Table(
    "reactor_cursor",
    metadata,
    Column("reactor", String(64), primary_key=True),
    Column("position", BigInteger, nullable=False),
)

reactor_retry = Table(
    "reactor_retry",
    metadata,
    Column("id", Key, primary_key=True),
    Column("reactor", String(64), nullable=False),
    Column("key", String(1200), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("tenant_id", Integer, nullable=False),
    Column("state", String(8), CheckConstraint("state IN ('QUEUED', 'PARKED')", name="state"), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("error", String(1024), nullable=False),
    UniqueConstraint("reactor", "seq"),
    Index("ix_reactor_retry_queue", "reactor", "state", "key", "seq"),
    Index("ix_reactor_retry_due", "reactor", "state", "due_at"),
)

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
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
)


@event.listens_for(search_cursor, "after_create")
def _start_search(_table: Table, conn: Connection, **_options: object) -> None:
    """Put the cursor before the first event when an embedded search file is made."""
    conn.execute(search_cursor.insert().values(id=1, position=0))
