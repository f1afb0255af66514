"""Tables of subscriptions, their deliveries and attempts, and replays; see `storage.tables` for shared conventions."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from tidings_server.storage.tables import Key, metadata

subscription = Table(
    "subscription",
    metadata,
    Column("key", Key, primary_key=True),
    Column("id", String(128), nullable=False),
    Column("tenant_id", Integer, nullable=False),
    Column("api", SmallInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("is_confirmed", Boolean, nullable=False),
    Column("deleted_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", String(255), nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("updated_by", String(255), nullable=False),
    # matching
    Column("entity_type", String(128)),
    Column("on_create", Boolean, nullable=False),
    Column("on_change", Boolean, nullable=False),
    Column("on_delete", Boolean, nullable=False),
    Column("topics", Text, nullable=False),
    Column("sites", Text, nullable=False),
    Column("condition", Text, nullable=False),
    Column("app_id", String(255), nullable=False),
    Column("no_callback", Boolean, nullable=False),
    Column("after_seq", BigInteger, nullable=False),
    # delivery
    Column(
        "destination",
        String(8),
        CheckConstraint("destination IN ('SQS', 'SNS', 'WEBHOOK', 'MAIL')", name="destination"),
        nullable=False,
    ),
    Column("endpoint", Text, nullable=False),
    Column("region", String(64), nullable=False),
    Column("access_key", String(255), nullable=False),
    Column("sealed_secret", LargeBinary),
    Column("sealed_old_secret", LargeBinary),
    Column("old_secret_until", BigInteger),
    Column("content_type", String(128), nullable=False),
    Column("ordered", Boolean, nullable=False),
    Column("ordered_max_wait_s", Integer, nullable=False),
    Column("max_concurrency", Integer, nullable=False),
    Column("max_per_second", Integer, nullable=False),
    # health
    Column("failing_since", BigInteger),
    Column("paused_until", BigInteger),
    Column("pause_reason", String(16)),
    Column("ping_error", String(255)),
    Column("inactive_reason", String(255), nullable=False),
    Column("last_condition_error", String(1024), nullable=False),
    Column("last_condition_error_at", BigInteger),
    # fields of its dialect alone, as JSON
    Column("extra", Text, nullable=False),
    Column("request_hash", LargeBinary(32), nullable=False),
    UniqueConstraint("tenant_id", "api", "id"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Key, primary_key=True),
    Column("tenant_id", Integer, nullable=False),
    Column("subscription_key", Key, ForeignKey("subscription.key"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("replay_id", String(36), nullable=False),
    Column(
        "state",
        String(9),
        CheckConstraint("state IN ('PENDING', 'SUCCEEDED', 'EXPIRED')", name="state"),
        nullable=False,
    ),
    Column("priority", SmallInteger, CheckConstraint("priority IN (0, 1)", name="priority"), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("tries_from", BigInteger),
    Column("order_key", String(1200)),
    Column("due_at", BigInteger, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    Column("lease_owner", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("reason", String(255), nullable=False),
    UniqueConstraint("subscription_key", "seq", "replay_id"),
)
"""`attempts` counts all of them; `tries` and `tries_from` (the first one's instant) those of the present round of
retries: a redelivery starts a new round. `lease_owner` is the process that had the last lease, see `LeaseHolder`."""

Index(
    "ix_delivery_due",
    delivery.c.priority,
    delivery.c.subscription_key,
    delivery.c.due_at,
    sqlite_where=delivery.c.state == "PENDING",
    postgresql_where=delivery.c.state == "PENDING",
)

Index(
    "ix_delivery_order",
    delivery.c.subscription_key,
    delivery.c.order_key,
    delivery.c.seq,
    sqlite_where=(delivery.c.state == "PENDING") & delivery.c.order_key.is_not(None),
    postgresql_where=(delivery.c.state == "PENDING") & delivery.c.order_key.is_not(None),
)

Index("ix_delivery_seq", delivery.c.seq)

Index("ix_delivery_tenant", delivery.c.tenant_id, delivery.c.id)

Index(
    "ix_delivery_expired",
    delivery.c.subscription_key,
    delivery.c.updated_at,
    sqlite_where=delivery.c.state == "EXPIRED",
    postgresql_where=delivery.c.state == "EXPIRED",
)

delivery_attempt = Table(
    "delivery_attempt",
    metadata,
    Column("delivery_id", Key, ForeignKey("delivery.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("outcome", String(9), nullable=False),
    Column("status", Integer),
    Column("error_type", String(64), nullable=False),
    Column("answer", Text, nullable=False),
    Column("duration_us", BigInteger, nullable=False),
)

delivery_count = Table(
    "delivery_count",
    metadata,
    Column("tenant_id", Integer, primary_key=True, autoincrement=False),
    Column("hour", Integer, primary_key=True, autoincrement=False),
    Column("subscription_key", Key, ForeignKey("subscription.key"), primary_key=True, autoincrement=False),
    Column("delivered", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("expired", BigInteger, nullable=False),
)
"""Attempts by the hour in which they were sent, counted since 1970; written in the transaction of the attempts."""

endpoint_alert = Table(
    "endpoint_alert",
    metadata,
    Column("subscription_key", Key, ForeignKey("subscription.key"), primary_key=True, autoincrement=False),
    Column("tenant_id", Integer, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("is_exhausted", Boolean, nullable=False),
)
"""Alerts that were sent of an endpoint that fails since an instant: each is sent once."""

recovery = Table(
    "recovery",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("tenant_id", Integer, nullable=False),
    Column("subscription_key", Key, ForeignKey("subscription.key")),
    Column("application", String(255)),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("error_type", String(64), nullable=False),
    Column("http_status", Integer),
    Column(
        "state",
        String(9),
        CheckConstraint("state IN ('QUEUEING', 'SENDING', 'DONE', 'CANCELLED')", name="state"),
        nullable=False,
    ),
    Column("expected", Integer, nullable=False),
    Column("at_subscription", Key, nullable=False),
    Column("at_expired", BigInteger, nullable=False),
    Column("at_delivery", Key, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", String(255), nullable=False),
    Column("finished_at", BigInteger),
    Column("delivered", Integer),
    Column("failed", Integer),
    Column("cancelled", Integer),
    Index("ix_recovery_tenant", "tenant_id", "created_at"),
)
"""`at_*` is the last expired delivery that was looked at. `delivered`, `failed` and `cancelled` are the outcomes once
it has ended; before that they are those of its deliveries. `application` is that of a caller who is narrowed."""

recovery_item = Table(
    "recovery_item",
    metadata,
    Column("recovery_id", String(36), ForeignKey("recovery.id"), primary_key=True),
    Column("delivery_id", Key, primary_key=True, autoincrement=False),
    Column("tenant_id", Integer, nullable=False),
    Column("is_cancelled", Boolean, nullable=False),
    Index("ix_recovery_item_delivery", "delivery_id"),
)
"""Deliveries that a recovery has taken up; they go with their deliveries."""

replay = Table(
    "replay",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("tenant_id", Integer, nullable=False),
    Column("subscription_key", Key, ForeignKey("subscription.key"), nullable=False),
    Column("is_start", Boolean, nullable=False),
    Column("from_seq", BigInteger, nullable=False, default=0),
    Column("position", BigInteger, nullable=False),
    Column("to_seq", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column(
        "state",
        String(7),
        CheckConstraint("state IN ('RUNNING', 'DONE', 'FAILED')", name="state"),
        nullable=False,
        default="RUNNING",
    ),
    Column("failures", Integer, nullable=False, default=0),
    Column("reason", String(255), nullable=False, default=""),
)

Index(
    "ix_replay_open",
    replay.c.subscription_key,
    sqlite_where=replay.c.finished_at.is_(None),
    postgresql_where=replay.c.finished_at.is_(None),
)
"""A range of the log still to be routed to one subscription: `is_start` for the backlog of `startFrom`."""
