"""Data source of stores' scheduled events: mail that goes out again and again, to the person among others.

The person goes out of the recipients; what else names the person has OMISSION there. A scheduled event that is left
without recipients is removed, as by its store, so that it neither fires nor fails.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.clock import Clock
from tidings_server.privacy.data_source import ColumnValues, DataSource, DocumentColumn, PersonalRow, RowChange
from tidings_server.privacy.person import Person, mentions
from tidings_server.privacy.redaction import Owner, redacted
from tidings_server.scheduling.schedules import schedule_store
from tidings_server.scheduling.schedules.policy import Policy
from tidings_server.scheduling.store import scheduled_events
from tidings_server.scheduling.store.tables import store_scheduled_event

OMISSION: Final = "***"
"""Stands where the person stood: never longer than a contact, so that no text grows beyond its limit."""
RECIPIENTS: Final = "to"


def store_scheduled_events(clock: Clock) -> DataSource:
    """Data source of stores' scheduled events; `clock` says when one without recipients ends."""
    return DataSource(
        name="scheduled events of stores",
        table=store_scheduled_event,
        key=("store_id", "id"),
        documents={name: _document(name) for name in ("trigger", "action")},
        derived=partial(_end, clock),
        along=partial(_stop, clock),
    )


def _document(name: str) -> DocumentColumn:
    def shown(row: PersonalRow) -> Any:
        return json.loads(row[name])

    def without(row: PersonalRow, subject: Person, _owner: Owner | None) -> str:
        stored = json.loads(row[name])
        left = _without(subject, stored)
        return row[name] if left == stored else json.dumps(left, ensure_ascii=False)

    def stands_in(row: PersonalRow, subject: Person) -> bool:
        stored = json.loads(row[name])
        return bool(_without(subject, stored) != stored)

    return DocumentColumn(shown, without, stands_in)


def _without(subject: Person, stored: Mapping[str, Any]) -> dict[str, Any]:
    """A trigger or an action without the person."""
    omitted = _texts(partial(subject.without, instead=OMISSION), stored)
    left: dict[str, Any] = redacted(subject, omitted, owner=Owner.ANOTHER)
    if RECIPIENTS in stored:
        left[RECIPIENTS] = _others(subject, stored[RECIPIENTS])
    return left


def _others(subject: Person, recipients: Any) -> Any:
    """Recipients, one or a list, without the person."""
    if isinstance(recipients, list):
        return [one for one in recipients if not mentions(subject, one)]
    return "" if mentions(subject, recipients) else recipients


def _texts(change: Callable[[str], str], json: Any) -> Any:
    """JSON with each text changed."""
    match json:
        case str():
            return change(json)
        case Mapping():
            return {change(name): _texts(change, value) for name, value in json.items()}
        case list():
            return [_texts(change, one) for one in json]
        case _:
            return json


def _end(clock: Clock, row: PersonalRow) -> ColumnValues:
    """Time of the removal of a scheduled event that has no recipient left."""
    is_over = row["deleted_at"] is None and not json.loads(row["action"]).get(RECIPIENTS)
    return {"deleted_at": clock.now_us()} if is_over else {}


async def _stop(clock: Clock, conn: AsyncConnection, _subject: Person, changes: Sequence[RowChange]) -> None:
    """Stop the schedules of those that end; triggers are read anew, as after every change of one."""
    live = [(row, changed) for row, changed in changes if row["deleted_at"] is None]
    if any(row["trigger_type"] == scheduled_events.EVENT_TRIGGER for row, _ in live):
        await scheduled_events.lock_version_exclusive(conn)
        await scheduled_events.increment_version(conn)
    for row, changed in live:
        if "deleted_at" in changed:
            key = row["schedule_key"]
            await schedule_store.change(conn, key, timing=None, policy=Policy(), now_us=clock.now_us())
