"""Every data source of the server."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.requested_deliveries import EMAIL_REQUESTED
from tidings_server.log.store import search
from tidings_server.platform.clock import Clock
from tidings_server.privacy.catalogue_data_sources import CATALOGUE_DATA_SOURCES
from tidings_server.privacy.data_source import (
    ColumnValues,
    DataSource,
    DocumentColumn,
    PersonalRow,
    RowChange,
    json_text,
)
from tidings_server.privacy.loyalty_data_sources import LOYALTY_DATA_SOURCES
from tidings_server.privacy.person import CUSTOMER, Person
from tidings_server.privacy.redaction import Owner, owner_of, redacted_fields
from tidings_server.privacy.store import persons as table
from tidings_server.privacy.store_scheduled_events import store_scheduled_events
from tidings_server.storage.database import Database
from tidings_server.storage.log.tables import event
from tidings_server.storage.text_hashes import hashed
from tidings_server.workflow.audits import Audit, pack, unpack
from tidings_server.workflow.engine.actions import EVENT_ID
from tidings_server.workflow.store import search as search_records
from tidings_server.workflow.store import search_names
from tidings_server.workflow.store.tables import entity, event_outcome, scheduled_event

KINDS: Final = (
    ("entity_type", "entity_id"),
    ("entity_type", "entity_ref"),
    ("root_type", "root_id"),
    ("root_type", "root_ref"),
)
_RENAMED: Final = ("entity_id", "entity_ref", "root_id", "root_ref")
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


class BodyRedaction(Protocol):
    """Port to the dialects, which know the form of event bodies. `row` is one of the log."""

    def shown(self, row: PersonalRow) -> Any: ...

    def redacted(self, row: PersonalRow, subject: Person, owner: Owner | None) -> bytes: ...


def data_sources(database: Database, bodies: BodyRedaction, clock: Clock) -> tuple[DataSource, ...]:
    """Data sources of all areas."""
    events = _events(database, bodies)
    return (
        events,
        DataSource(
            name="workflow entities",
            table=entity,
            key=("key",),
            entities=(("type", "id"), ("type", "ref"), ("root_type", "root_id"), ("root_type", "root_ref")),
            documents={"attributes": json_text(_ENCODER.encode, json.loads, "attributes")},
            hidden=("id_hash", "ref_hash"),
            derived=_entity_derived,
            before=_renaming_entities(database),
        ),
        DataSource(
            name="workflow records",
            table=event_outcome,
            key=("number",),
            has_tenant_index=False,
            documents={"audits": DocumentColumn(lambda row: _as_json(unpack(row["audits"])), _redacted_audits)},
            hidden=("names",),
            beside=_with_names,
        ),
        DataSource(
            name="events due later",
            table=scheduled_event,
            key=("event_id",),
            documents={"record": DocumentColumn(lambda row: events.shown(_unpacked(row)), _redacted_record(events))},
        ),
        *LOYALTY_DATA_SOURCES,
        *CATALOGUE_DATA_SOURCES,
        store_scheduled_events(clock),
    )


def _events(database: Database, bodies: BodyRedaction) -> DataSource:
    async def rename(changes: Sequence[RowChange]) -> None:
        """Rename in the search projections, before the log; idempotent."""
        renamed = [(row, {**row, **changed}) for row, changed in changes]
        found = {row["seq"]: _about(new) for row, new in renamed if _about(new) != _about(row)}
        if found:
            await database.search_writer.run(lambda conn: search.rename(conn, found))
        for row, changed in changes:
            new: dict[str, str] = {name: changed[name] for name in _RENAMED if name in changed}
            if new:
                await database.search_writer.run(_renaming(row, new))

    return DataSource(
        name="events",
        table=event,
        key=("seq",),
        entities=KINDS,
        documents={"body": DocumentColumn(bodies.shown, bodies.redacted)},
        hidden=("body_hash",),
        has_tenant_index=False,
        before=rename,
        along=_forget_traces,
    )


def _renaming_entities(database: Database) -> Any:
    async def rename(changes: Sequence[RowChange]) -> None:
        """Rename where events were found by a name of their entity that they did not come with; idempotent."""
        for row, changed in changes:
            new: dict[str, str] = {name: changed[name] for name in ("id", "ref") if name in changed}
            if new:
                await database.search_writer.run(_renaming_entity(row, new))

    return rename


def _renaming_entity(row: PersonalRow, new: Mapping[str, str]) -> Any:
    async def transaction(conn: AsyncConnection) -> None:
        await search_names.rename(conn, row, new)

    return transaction


def _about(row: PersonalRow) -> str | None:
    """Columns that an event is searched by."""
    name: str | None = row["entity_ref"] if row["entity_id"] is None else row["entity_id"]
    return name


def _renaming(row: PersonalRow, new: Mapping[str, str]) -> Any:
    async def transaction(conn: AsyncConnection) -> None:
        await search_records.rename(conn, row["seq"], old=row, new=new)

    return transaction


async def _forget_traces(conn: AsyncConnection, subject: Person, changes: Sequence[RowChange]) -> None:
    rows = [row for row, _ in changes]
    await table.forget_traces(
        conn,
        tenant=subject.tenant,
        seqs=[row["seq"] for row in rows],
        event_ids=[row["event_id"] for row in rows],
        about=[row["seq"] for row, changed in changes if "entity_id" in changed],
        renamed=[row["seq"] for row, changed in changes if not frozenset(_RENAMED).isdisjoint(changed)],
        unsent=[row["seq"] for row in rows if row["topic"] == EMAIL_REQUESTED],
        pseudonym=subject.pseudonym,
    )


def _entity_derived(row: PersonalRow) -> ColumnValues:
    """Hashes of the new names, and the next version, so that a run with the old row does not write it back."""
    ref_hash = hashed(row["type"], row["ref"]) if row["ref"] else None
    return {"id_hash": hashed(row["type"], row["id"]), "ref_hash": ref_hash, "version": row["version"] + 1}


def _as_json(audits: Sequence[Audit]) -> list[dict[str, Any]]:
    return [
        {
            "category": audit.category,
            "name": audit.name,
            "status": audit.status,
            "at": audit.at_us,
            "attributes": {one.name: one.value for one in audit.attributes},
        }
        for audit in audits
    ]


async def _with_names(conn: AsyncConnection, rows: Sequence[PersonalRow]) -> Sequence[PersonalRow]:
    """Outcomes with the names that their events have of their entity and its root."""
    names = await table.names_of(conn, [row["seq"] for row in rows])
    return [{**row, "names": names.get(row["seq"], frozenset())} for row in rows]


def _redacted_audits(row: PersonalRow, subject: Person, owner: Owner | None) -> str:
    """Audits without the person, whose own they are when the event was: it has the pseudonym by now."""
    audits = unpack(row["audits"])
    is_own = owner is Owner.PERSON or subject.pseudonym in row["names"]
    whose = Owner.PERSON if is_own else owner_of(subject, [dict(_values(audit)) for audit in audits])
    return pack([_redacted_audit(audit, subject, whose) for audit in audits])


def _redacted_audit(audit: Audit, subject: Person, owner: Owner) -> Audit:
    left = [value for _, value in redacted_fields(subject, _values(audit), owner=owner)]
    changed = (
        one if one.name == EVENT_ID else one._replace(value=value)
        for one, value in zip(audit.attributes, left, strict=True)
    )
    return audit._replace(attributes=tuple(changed))


def _values(audit: Audit) -> list[tuple[str, Any]]:
    return [(one.name, one.value) for one in audit.attributes]


def _unpacked(row: PersonalRow) -> ColumnValues:
    """Row of the log that a scheduled event will get."""
    values: ColumnValues = json.loads(row["record"])
    return values | {"body": b64decode(values["body"]), "seq": 0}


def _redacted_record(events: DataSource) -> Any:
    def without(row: PersonalRow, subject: Person, _owner: Owner | None) -> str:
        values, record = _unpacked(row), json.loads(row["record"])
        if not events.is_about(values, subject):
            return str(row["record"])
        changed = events.erased(values, subject)
        if "body" in changed:
            changed["body"] = b64encode(changed["body"]).decode()
        return json.dumps(record | changed)

    return without


def is_about_customer(row: PersonalRow, subject: Person) -> bool:
    """Whether the entity of a row of the log is the person, so that fields which repeat its id are the person's."""
    return any(str(row[kind] or "").upper() == CUSTOMER and subject.is_customer(row[id_]) for kind, id_ in KINDS)
