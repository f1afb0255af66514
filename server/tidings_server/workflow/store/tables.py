"""Tables of workflows: definitions, entities, outcomes of events, and scheduled events.

They are in the same metadata as all others; see `tables` for what their columns have in common.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from tidings_server.storage.tables import Key, metadata, search_metadata

workflow = Table(
    "workflow",
    metadata,
    Column("key", Key, primary_key=True),
    Column("tenant_id", Integer, nullable=False),
    Column("name", String(128), nullable=False),
    Column("entity_type", String(128), nullable=False),
    Column("entity_subtype", String(128), nullable=False),
    Column("active", Integer, nullable=False),
    Column("latest", Integer, nullable=False),
    UniqueConstraint("tenant_id", "name"),
    UniqueConstraint("tenant_id", "entity_type", "entity_subtype"),
)
"""`active` and `latest` are numbers of versions; kind and subtype are those of the active one."""

workflow_version = Table(
    "workflow_version",
    metadata,
    Column("workflow_key", Key, ForeignKey("workflow.key"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("definition", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", String(255), nullable=False),
)

entity = Table(
    "entity",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=False),
    Column("tenant_id", Integer, nullable=False),
    Column("retailer_id", String(128), nullable=False),
    Column("type", String(128), nullable=False),
    Column("subtype", String(128), nullable=False),
    Column("id", String(1024), nullable=False),
    Column("ref", String(1024)),
    Column("root_type", String(128)),
    Column("root_id", String(1024)),
    Column("root_ref", String(1024)),
    Column("status", String(128), nullable=False),
    Column("attributes", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("id_hash", BigInteger, nullable=False),
    Column("ref_hash", BigInteger),
    Index("ix_entity_id_hash", "tenant_id", "id_hash"),
    Index("ix_entity_ref_hash", "tenant_id", "ref_hash"),
    Index("ix_entity_tenant", "tenant_id", "key"),
    Index("ix_entity_status", "tenant_id", "type", "status", "key"),
)
"""`key` is the position of the event that created the entity. The hashes are of type and id, and of type and ref:
indexes stay narrow, while ids and refs may be long."""

event_outcome = Table(
    "event_outcome",
    metadata,
    Column("number", Key, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("tenant_id", Integer, nullable=False),
    Column(
        "status",
        String(8),
        CheckConstraint("status IN ('NO_MATCH', 'SUCCESS', 'FAILED', 'COMPLETE')", name="status"),
        nullable=False,
    ),
    Column("workflow", String(128)),
    Column("version", Integer),
    Column("ruleset", String(1024)),
    Column("entity_key", BigInteger),
    Column("entity_id", String(1024)),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger, nullable=False),
    Column("audits", Text, nullable=False),
    Index("ix_event_outcome_entity", "entity_key", "seq"),
)
"""One row a run; an event without one is pending. `number` counts outcomes in the order of their commits, which is not
that of the log where a run had to be retried. `audits` are the records of the run, packed."""

scheduled_event = Table(
    "scheduled_event",
    metadata,
    Column("tenant_id", Integer, primary_key=True),
    Column("event_id", String(36), primary_key=True),
    Column("due_at", BigInteger, nullable=False),
    Column("cause_seq", BigInteger, nullable=False),
    Column("record", Text, nullable=False),
    Index("ix_scheduled_event_due_at", "due_at"),
    Index("ix_scheduled_event_tenant_due", "tenant_id", "due_at"),
)
"""Events that are not in the log yet; `record` is the row that it will get, as JSON."""

# ---------------------------------------------------------------- the search projection

search_record = Table(
    "search_record",
    search_metadata,
    Column("position", Key, primary_key=True, autoincrement=False),
    Column("tenant_id", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("type", SmallInteger, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("category", BigInteger, nullable=False),
    Column("name", BigInteger, nullable=False),
    Column("retailer", BigInteger, nullable=False),
    Column("entity_type", BigInteger, nullable=False),
    Column("entity_id", BigInteger),
    Column("entity_ref", BigInteger),
    Column("root_type", BigInteger),
    Column("root_id", BigInteger),
    Column("root_ref", BigInteger),
    Index("ix_search_record_at", "tenant_id", "at", "position", "retailer", "type"),
    Index("ix_search_record_status", "tenant_id", "status", "at", "position", "retailer", "type"),
    Index("ix_search_record_name", "tenant_id", "name", "at", "position", "retailer", "type"),
    Index("ix_search_record_category", "tenant_id", "category", "at", "position", "retailer", "type"),
    *(
        Index(
            f"ix_search_record_{of}_{name}",
            *("tenant_id", f"{of}_{name}", "at", "position", f"{of}_type"),
            sqlite_where=text(f"{of}_{name} IS NOT NULL"),
            postgresql_where=text(f"{of}_{name} IS NOT NULL"),
        )
        for of in ("entity", "root")
        for name in ("id", "ref")
    ),
)
"""Events of 001 and their audit records, texts as 64-bit hashes. `position` is the event's number times 4,096, plus
the place of the record in the run, from 1; 0 is the event itself. Retailer and type stand at the end of the indexes
that many rows share, so that a retailer's users and searches without audits pass over the others' rows in the index
alone; so does the kind of the entity, which its names are seldom looked for without. Most entities have an id or a name
for people only: what is NULL is in no index."""
