"""Writes the first migration from the tables: `python -m tidings_server.composition.initial_migration`, then format.

Until the first release there is one migration, made anew whenever a table changes. After it, this script goes and
migrations are written by hand.
"""

from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, MetaData, Table, create_engine

from tidings_server.composition import tables
from tidings_server.storage.tables import metadata, search_metadata

TARGET = Path(tables.__file__).parents[1] / "storage" / "migrations" / "versions" / "0001_initial.py"


HEADER = '''"""The first schema. Made by composition/initial_migration.py; do not edit."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table, the head of an empty log and the counters of configuration."""
'''

_BIG_KEY = "sa.BigInteger().with_variant(sa.Integer(), 'sqlite')"

LOG_HEAD = """\
    op.bulk_insert(
        sa.table("log_head", sa.column("id"), sa.column("seq"), sa.column("recorded_at")),
        [{"id": 1, "seq": 0, "recorded_at": 0}],
    )
    op.bulk_insert(
        sa.table("config_version", sa.column("kind"), sa.column("version")),
        [
            {"kind": "subscriptions", "version": 0},
            {"kind": "credentials", "version": 0},
            {"kind": "workflows", "version": 0},
            {"kind": "outcomes", "version": 0},
            {"kind": "tenant_numbers", "version": 0},
            {"kind": "redactions", "version": 0},
            {"kind": "loyalty", "version": 0},
            {"kind": "schedules", "version": 0},
        ],
    )
    if op.get_bind().dialect.name == "postgresql":
        _search()


def _search() -> None:
    \"\"\"The search projection, which on SQLite is a file of its own.\"\"\"
"""


def source() -> str:
    """The text of the migration."""
    return HEADER + _creations(metadata) + LOG_HEAD + _creations(search_metadata)


def _creations(tables: MetaData) -> str:
    """Python that makes these tables and their indexes, on either database."""
    with create_engine("sqlite://").connect() as empty:
        context = MigrationContext.configure(empty, opts={"target_metadata": tables})
        upgrade = produce_migrations(context, tables).upgrade_ops
    if upgrade is None:
        raise RuntimeError("There are no tables.")
    for operation in upgrade.ops:
        if isinstance(operation, ops.CreateTableOp):
            operation.columns = [*operation.columns, *_column_checks(tables.tables[operation.table_name])]
    code = render_python_code(upgrade).replace(", unique=False", "").replace(_BIG_KEY, "BIG_KEY")
    lines = code.splitlines(keepends=True)
    return "".join(line for line in lines if not line.lstrip().startswith("#")) + "\n"


def _column_checks(table: Table) -> list[CheckConstraint]:
    """The checks that stand beside a column: Alembic renders those of a table only."""
    return [
        CheckConstraint(check.sqltext, name=check.name)
        for column in table.columns
        for check in column.constraints
        if isinstance(check, CheckConstraint)
    ]


if __name__ == "__main__":
    TARGET.write_text(source())
