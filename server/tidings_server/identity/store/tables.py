"""Tables of tenants, their credentials and quotas, the issuers that they trust, and the keys that seal secrets."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from tidings_server.storage.tables import Key, metadata

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
        CheckConstraint(
            "kind IN ('CLIENT', 'USER', 'API_KEY', 'STORE_KEY', 'USER_TOKEN', 'OPERATOR', 'PORTAL')", name="kind"
        ),
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
    Column("application", String(255)),
    Column("frame_origin", String(255)),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    UniqueConstraint("kind", "name"),
)
"""All five dialects' credentials. `name` is what the caller shows openly: client id, user name, API key, store id or
`store/user`; `secret_hash` is SHA-256 of a random secret or argon2id of a password; `old_secret_hash` is that of the
secret before, good until `old_secret_until`. Operators belong to no tenant."""


tenant_quota = Table(
    "tenant_quota",
    metadata,
    Column("tenant_id", Integer, ForeignKey("tenant.number"), primary_key=True, autoincrement=False),
    Column("events_per_second", Integer),
    Column("subscriptions", Integer),
    Column("storage_bytes", BigInteger),
)
"""Quota of a tenant; NULL is the server's default, 0 is none."""

tenant_usage = Table(
    "tenant_usage",
    metadata,
    Column("tenant_id", Integer, primary_key=True, autoincrement=False),
    Column("events", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
)
"""Usage of the log by a tenant, up to the cursor `usage`."""

issuer = Table(
    "issuer",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("tenant_id", Integer, ForeignKey("tenant.number"), nullable=False),
    Column("issuer", String(1024), nullable=False),
    Column("audience", String(255), nullable=False),
    Column("jwks_url", String(2048), nullable=False),
    Column("grants", Text, nullable=False),
    Column("retailer_claim", String(128)),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("issuer", "audience"),
)

data_key = Table(
    "data_key",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("master", String(16), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
"""Keys that seal secrets, each sealed with the master key whose fingerprint is `master`."""

shared_count = Table(
    "shared_count",
    metadata,
    Column("kind", String(8), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("process", BigInteger, primary_key=True, autoincrement=False),
    Column("total", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""Sums that each process has counted since its start, for the others to know; see `identity/shared_counts.py`."""
