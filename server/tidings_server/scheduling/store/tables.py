"""Tables of schedules, their runs, and the scheduled events of stores. Column conventions: see `storage.tables`."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from tidings_server.storage.tables import Key, metadata

schedule = Table(
    "schedule",
    metadata,
    Column("key", Key, primary_key=True),
    Column("tenant_id", Integer, nullable=False),
    Column("kind", String(8), CheckConstraint("kind IN ('JOB', 'EVENT')", name="kind"), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("timing", Text),
    Column("catch_up", String(8), nullable=False),
    Column("window_s", Integer, nullable=False),
    Column("overlap", String(8), nullable=False),
    Column("jitter_s", Integer, nullable=False),
    Column("next_at", BigInteger),
    Index("ix_schedule_next_at", "next_at"),
)
"""`subject` is the id of the job or scheduled event. `timing` is the JSON of `Timing.packed`, null without one.
`next_at` is the next fire time, null when there is none; its index makes schedules that are not due cost nothing."""

schedule_run = Table(
    "schedule_run",
    metadata,
    Column("key", Key, primary_key=True),
    Column("id", String(36), nullable=False),
    Column("tenant_id", Integer, nullable=False),
    Column("schedule_key", BigInteger, ForeignKey("schedule.key"), nullable=False),
    Column("cause", String(8), CheckConstraint("cause IN ('TIME', 'EVENT', 'MANUAL')", name="cause"), nullable=False),
    Column("cause_number", BigInteger, nullable=False),
    Column("scheduled_at", BigInteger, nullable=False),
    Column(
        "state",
        String(8),
        CheckConstraint("state IN ('WAITING', 'RUNNING', 'DONE', 'SKIPPED', 'FAILED')", name="state"),
        nullable=False,
    ),
    Column("due_at", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("mailed", Integer, nullable=False),
    Column("note", String(1024), nullable=False),
    Column("cause_id", String(128)),
    Column("hops", SmallInteger, nullable=False),
    Column("root_id", String(128)),
    Column("chain", Text),
    UniqueConstraint("schedule_key", "cause", "cause_number"),
    CheckConstraint("(state IN ('WAITING', 'RUNNING')) = (due_at IS NOT NULL)", name="due"),
    Index("ix_schedule_run_due_at", "due_at"),
    Index("ix_schedule_run_active", "schedule_key", "due_at"),
    Index("ix_schedule_run_newest", "schedule_key", "key"),
    Index("ix_schedule_run_id", "id"),
    Index("ix_schedule_run_root", "tenant_id", "root_id"),
)
"""One row for each run, whatever the number of processes: `cause_number` is the fire time, the event's sequence number,
or the number of a request to run now; `cause_id` is the event's id, `hops` one more than the event's. `due_at` is when
the run can be taken: at its start, or, while it runs, when its lease expires. It is null once the run has ended.
`root_id` is the id of the first event of the chain that an event has fired it in, `chain` the keys of the schedules
that have fired before in it, a JSON list."""

Index(
    "ix_schedule_tenant_next",
    schedule.c.tenant_id,
    schedule.c.next_at,
    sqlite_where=schedule.c.next_at.is_not(None),
    postgresql_where=schedule.c.next_at.is_not(None),
)
Index(
    "ix_schedule_run_tenant_due",
    schedule_run.c.tenant_id,
    schedule_run.c.due_at,
    sqlite_where=schedule_run.c.due_at.is_not(None),
    postgresql_where=schedule_run.c.due_at.is_not(None),
)

store_scheduled_event = Table(
    "store_scheduled_event",
    metadata,
    Column("store_id", BigInteger, ForeignKey("store.id"), primary_key=True, autoincrement=False),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("tenant_id", Integer, nullable=False),
    Column("schedule_key", BigInteger, ForeignKey("schedule.key"), nullable=False, unique=True),
    Column("trigger_type", String(8), nullable=False),
    Column("trigger", Text, nullable=False),
    Column("action_type", String(32), nullable=False),
    Column("action", Text, nullable=False),
    Column("created_by", BigInteger, nullable=False),
    Column("created_name", String(255), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("after_seq", BigInteger, nullable=False),
    Column("reserved_id", String(36)),
    Column("deleted_at", BigInteger),
    UniqueConstraint("store_id", "reserved_id"),
    Index("ix_store_scheduled_event_trigger", "tenant_id", "trigger_type"),
)
"""Scheduled events of document 004. Deleted rows stay, so that no id is used twice. `reserved_id` is the one of
the request's Idempotency-Key. An EVENT trigger fires for events after `after_seq`."""
