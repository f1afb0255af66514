"""The table of idempotency keys."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from tidings_server.storage.tables import metadata

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
