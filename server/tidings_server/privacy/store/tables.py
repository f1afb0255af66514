"""The table of erasures: what is to be done for a person, and how far it is."""

from typing import TypeAlias

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, LargeBinary, String, Table, Text

from tidings_server.storage.tables import metadata

SqlTable: TypeAlias = Table
"""A table of the schema, for those who only hand it on."""

erasure = Table(
    "erasure",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("tenant_id", Integer, nullable=False),
    Column("pseudonym", String(64), nullable=False),
    Column("sealed", LargeBinary),
    Column("state", String(7), CheckConstraint("state IN ('RUNNING', 'DONE')", name="state"), nullable=False),
    Column("holding", String(64), nullable=False),
    Column("position", Text, nullable=False),
    Column("changed", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Index("ix_erasure_state", "state"),
    CheckConstraint("(state = 'DONE') = (sealed IS NULL)", name="forgotten"),
)
"""`sealed` is whom to erase, and goes when that is done. `holding` and `position` say where it goes on, `changed`
(JSON) how many rows of each holding named the person."""
