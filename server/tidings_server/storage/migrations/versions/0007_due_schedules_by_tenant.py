"""Index schedules and scheduled events by tenant, so that those that are due are taken in turn."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
kind = "EXPAND"
min_reader = "0.1.0"


def upgrade() -> None:
    """Make the indexes; schedules that fire no more are in none."""
    op.create_index("ix_scheduled_event_tenant_due", "scheduled_event", ["tenant_id", "due_at"])
    op.create_index(
        "ix_schedule_tenant_next",
        "schedule",
        ["tenant_id", "next_at"],
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
