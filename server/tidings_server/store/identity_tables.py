"""Tables of tenants' quotas, of issuers that they trust, and of the keys that seal secrets.

They are in the same metadata as all others; see `tables` for what their columns have in common.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from tidings_server.store.tables import metadata

tenant_quota = Table(
    "tenant_quota",
    metadata,
    Column("tenant_id", Integer, ForeignKey("tenant.number"), primary_key=True, autoincrement=False),
    Column("events_per_second", Integer),
    Column("subscriptions", Integer),
    Column("storage_bytes", BigInteger),
)
"""What a tenant may use; NULL is the server's default, 0 is none."""

tenant_usage = Table(
    "tenant_usage",
    metadata,
    Column("tenant_id", Integer, primary_key=True, autoincrement=False),
    Column("events", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
)
"""What of the log is a tenant's, as far as the cursor `usage` has come."""

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
