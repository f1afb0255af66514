"""Keep best-before dates by the place of the stock."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
kind = "EXPAND"
min_reader = "0.1.0"


def upgrade() -> None:
    """Give each stock level a date."""
    op.add_column("catalogue_stock_level", sa.Column("best_before", sa.String(length=10), nullable=True))
