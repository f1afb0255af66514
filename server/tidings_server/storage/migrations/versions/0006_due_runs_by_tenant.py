"""Index the runs that are due by tenant, so that they are taken in turn."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
kind = "EXPAND"
min_reader = "0.1.0"


def upgrade() -> None:
    """Make the index; it holds runs that wait or go on, and none that have ended."""
    op.create_index(
        "ix_schedule_run_tenant_due",
        "schedule_run",
        ["tenant_id", "due_at"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
