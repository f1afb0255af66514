"""Table of the relay's checkpoints."""

from sqlalchemy import BigInteger, Column, Integer, String, Table

from tidings_server.storage.tables import metadata

relay_checkpoint = Table(
    "relay_checkpoint",
    metadata,
    Column("stream", String(64), primary_key=True),
    Column("stream_seq", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("rewinds", Integer, nullable=False),
)
"""The last message of a stream whose publication is committed, and the event of the log that it was.

`rewinds` counts how often the relay was sent back: what is published again after that bears the count.
"""
