"""Record migrations with the oldest version that may run on them, and the version of each process."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
kind = "EXPAND"
min_reader = "0.1.0"


def upgrade() -> None:
    """Make the table of migrations, with the first in it, and give processes a version."""
    migrations = op.create_table(
        "schema_migration",
        sa.Column("revision", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("min_reader", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('EXPAND', 'CONTRACT')", name=op.f("ck_schema_migration_kind")),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_schema_migration")),
    )
    first = {"revision": "0001", "kind": "EXPAND", "min_reader": "0.1.0", "version": "0.1.0", "applied_at": 0}
    op.bulk_insert(migrations, [first])
    op.add_column("process", sa.Column("version", sa.String(length=32), nullable=False, server_default="0.1.0"))
