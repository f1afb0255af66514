"""Keep the spend of customers by currency."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
kind = "EXPAND"
min_reader = "0.1.0"


def upgrade() -> None:
    """Name the currency of customers and orders, and make the table of what is spent in others."""
    op.add_column("customer", sa.Column("currency", sa.String(length=3), nullable=True))
    op.add_column("loyalty_order", sa.Column("currency", sa.String(length=3), nullable=True))
    op.create_table(
        "loyalty_foreign_value",
        sa.Column("customer_key", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("kind", sa.String(length=11), nullable=False),
        sa.Column("name_space", sa.String(length=256), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("customer_key", "currency", "kind", "name_space", "day"), name=op.f("pk_loyalty_foreign_value")
        ),
    )
