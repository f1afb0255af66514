"""Table of captured mail. Column conventions: see `storage.tables`."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint

from tidings_server.storage.tables import Key, metadata

captured_mail = Table(
    "captured_mail",
    metadata,
    Column("key", Key, primary_key=True),
    Column("tenant_id", Integer, nullable=False),
    Column("id", String(200), nullable=False),
    Column("captured_at", BigInteger, nullable=False),
    Column("recipient", String(254), nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("template_id", String(128), nullable=False),
    Column("data", Text, nullable=False),
    UniqueConstraint("tenant_id", "id"),
    Index("ix_captured_mail_tenant", "tenant_id", "key"),
)
"""`id` is the delivery id, so that a mail that is captured twice is stored once. `data` is JSON."""
