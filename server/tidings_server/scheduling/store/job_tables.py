"""Table of notification jobs. Column conventions: see `storage.tables`."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Integer, LargeBinary, String, Table

from tidings_server.storage.tables import metadata

job = Table(
    "job",
    metadata,
    Column("tenant_id", Integer, primary_key=True, autoincrement=False),
    Column("id", String(128), primary_key=True),
    Column("schedule_key", BigInteger, ForeignKey("schedule.key"), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("deleted_at", BigInteger),
    Column("is_active", Boolean, nullable=False),
    Column("is_scheduled", Boolean, nullable=False),
    Column(
        "notification",
        String(16),
        CheckConstraint(
            "notification IN ('REMINDER', 'PRICE_DROP', 'LOW_STOCK', 'BACK_IN_STOCK')", name="notification"
        ),
        nullable=False,
    ),
    Column("number_of_items", Integer, nullable=False),
    Column("template_id", String(128), nullable=False),
    Column("utm_medium", String(1024), nullable=False),
    Column("campaign_id", String(1024), nullable=False),
    Column("schedule", String(1024), nullable=False),
    Column("schedule_expression", String(1024), nullable=False),
    Column("time_zone", String(128), nullable=False),
    Column("catch_up", String(8), nullable=False),
    Column("catch_up_window_s", Integer, nullable=False),
    Column("overlap", String(8), nullable=False),
    Column("jitter_s", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", String(255), nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("updated_by", String(255), nullable=False),
    Column("request_hash", LargeBinary(32), nullable=False),
)
"""The row of a deleted job stays readable; its schedule then has no timing. `number_of_items` -1 means all items."""
