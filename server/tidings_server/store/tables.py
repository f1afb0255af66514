"""Every table, for both databases.

Instants (`*_at`) are BIGINT microseconds UTC. `tenant_id` is the tenant's number. Lists and free forms are JSON text.
States stand as CHECK constraints. The log has two indexes, its key and the unique one: whatever else must be looked up
is a projection's work.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Key = BigInteger().with_variant(Integer, "sqlite")
"""A surrogate key: SQLite only makes INTEGER PRIMARY KEY by itself."""

# ---------------------------------------------------------------- the log

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
"""One row: the number and the instant of the last event. Who appends locks it first and holds it until the commit, so
that commit order is the order of `seq`, `seq` has no gaps, and `recorded_at` never falls, whatever clocks say."""

# ---------------------------------------------------------------- reactors

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

config_version = Table(
    "config_version",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("version", BigInteger, nullable=False),
)
"""Counts the changes of one kind of configuration (`subscriptions`, `credentials`), so every process notices them."""

# ---------------------------------------------------------------- subscriptions and deliveries

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
    # what it matches
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
    # where it delivers and how
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
    # how it fares
    Column("failing_since", BigInteger),
    Column("paused_until", BigInteger),
    Column("inactive_reason", String(255), nullable=False),
    Column("last_condition_error", String(1024), nullable=False),
    Column("last_condition_error_at", BigInteger),
    # what only its dialect understands, as JSON
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
    Column("lane", SmallInteger, CheckConstraint("lane IN (0, 1)", name="lane"), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("tries_from", BigInteger),
    Column("order_key", String(1200)),
    Column("due_at", BigInteger, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("reason", String(255), nullable=False),
    UniqueConstraint("subscription_key", "seq", "replay_id"),
)
"""`attempts` counts all of them; `tries` and `tries_from` (the first one's instant) those of the present round of
retries: a redelivery starts a new round."""
Index(
    "ix_delivery_due",
    delivery.c.lane,
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

replay = Table(
    "replay",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("tenant_id", Integer, nullable=False),
    Column("subscription_key", Key, ForeignKey("subscription.key"), nullable=False),
    Column("is_start", Boolean, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("to_seq", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
)
Index(
    "ix_replay_open",
    replay.c.subscription_key,
    sqlite_where=replay.c.finished_at.is_(None),
    postgresql_where=replay.c.finished_at.is_(None),
)
"""A range of the log still to be routed to one subscription: `is_start` for the backlog that `startFrom` asked for."""

# ---------------------------------------------------------------- tenants and credentials

tenant = Table(
    "tenant",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("name", String(128), nullable=False, unique=True),
    Column(
        "state",
        String(9),
        CheckConstraint("state IN ('ACTIVE', 'SUSPENDED', 'DELETING')", name="state"),
        nullable=False,
    ),
    Column("created_at", BigInteger, nullable=False),
)

retailer = Table(
    "retailer",
    metadata,
    Column("tenant_id", Integer, ForeignKey("tenant.number"), primary_key=True),
    Column("id", String(128), primary_key=True),
    Column("name", String(255), nullable=False),
)

store = Table(
    "store",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("tenant_id", Integer, ForeignKey("tenant.number"), nullable=False),
    Column("name", String(255), nullable=False),
)

credential = Table(
    "credential",
    metadata,
    Column("key", Key, primary_key=True),
    Column("tenant_id", Integer, ForeignKey("tenant.number")),
    Column(
        "kind",
        String(10),
        CheckConstraint("kind IN ('CLIENT', 'USER', 'API_KEY', 'STORE_KEY', 'USER_TOKEN', 'OPERATOR')", name="kind"),
        nullable=False,
    ),
    Column("name", String(255), nullable=False),
    Column("secret_hash", Text, nullable=False),
    Column("old_secret_hash", Text),
    Column("old_secret_until", BigInteger),
    Column("grants", Text, nullable=False),
    Column("retailer_id", String(128)),
    Column("store_id", BigInteger),
    Column("user_id", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    UniqueConstraint("kind", "name"),
)
"""All five dialects' credentials. `name` is what the caller shows openly: client id, user name, API key, store id or
`store/user`; `secret_hash` is SHA-256 of a random secret or argon2id of a password; `old_secret_hash` is that of the
secret before, good until `old_secret_until`. Operators belong to no tenant."""

server_key = Table(
    "server_key",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("purpose", String(16), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
"""Keys that all processes share (token signing, positions), sealed with a data key."""

idempotency = Table(
    "idempotency",
    metadata,
    Column("tenant_id", Integer, primary_key=True),
    Column("method", String(255), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("request_hash", LargeBinary(32), nullable=False),
    Column("resource_id", String(36), nullable=False),
    Column("answer", LargeBinary),
    Column("answer_metadata", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_idempotency_created_at", "created_at"),
)

# ---------------------------------------------------------------- the search projection

search_metadata = MetaData(naming_convention=metadata.naming_convention)
"""On SQLite a file of its own with its own writer, `search.db`, which can be deleted and is then built again."""

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
