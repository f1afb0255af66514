"""The table of erasures, with the progress of each."""

from typing import TypeAlias

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, LargeBinary, String, Table, Text

from tidings_server.storage.tables import metadata

SqlTable: TypeAlias = Table
"""A table of the schema, for modules that only pass it on."""

erasure = Table(
    "erasure",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("tenant_id", Integer, nullable=False),
    Column("pseudonym", String(64), nullable=False),
    Column("sealed", LargeBinary),
    Column("state", String(7), CheckConstraint("state IN ('RUNNING', 'DONE')", name="state"), nullable=False),
    Column("data_source", String(64), nullable=False),
    Column("position", Text, nullable=False),
    Column("changed", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Index("ix_erasure_state", "state"),
    CheckConstraint("(state = 'DONE') = (sealed IS NULL)", name="forgotten"),
)
"""`sealed` is the person, removed when it is done. `data_source` and `position` are its progress, `changed` (JSON) the
number of rows changed in each data source."""
