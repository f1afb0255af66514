"""The metadata of every table, for both databases, and the tables that belong to no area.

Instants (`*_at`) are BIGINT microseconds UTC. `tenant_id` is the tenant's number. Lists and free forms are JSON text.
States stand as CHECK constraints. Each area declares its own tables in `store/tables.py`.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, LargeBinary, MetaData, String, Table

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

config_version = Table(
    "config_version",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("version", BigInteger, nullable=False),
)
"""Counts the changes of one kind of configuration (`subscriptions`, `credentials`), so every process notices them."""

server_key = Table(
    "server_key",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("purpose", String(16), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
"""Keys that all processes share (token signing, positions), sealed with a data key."""

schema_migration = Table(
    "schema_migration",
    metadata,
    Column("revision", String(32), primary_key=True),
    Column("kind", String(8), CheckConstraint("kind IN ('EXPAND', 'CONTRACT')", name="kind"), nullable=False),
    Column("min_reader", String(32), nullable=False),
    Column("version", String(32), nullable=False),
    Column("applied_at", BigInteger, nullable=False),
)
"""Migrations that were applied, by which version of the server, and the oldest version that may run from then on."""

search_metadata = MetaData(naming_convention=metadata.naming_convention)
"""On SQLite a file of its own with its own writer, `search.db`, which can be deleted and is then built again."""
