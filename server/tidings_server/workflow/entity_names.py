"""Names of entities: an event is sent by the id of its entity or by its ref, and is found and shown by both.

An event is stored with the names that it came with. Who looks for it, or shows it, completes them from the entity, so
that events from before their entity existed have both names too.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.errors import InvalidInput
from tidings_server.storage.log.records import EventRecord, StoredEvent
from tidings_server.workflow.store import entities
from tidings_server.workflow.store.entities import EntityLookup, EntityName
from tidings_server.workflow.store.search import SearchableEvent

Event = TypeVar("Event", StoredEvent, SearchableEvent, EventRecord)
Named = StoredEvent | SearchableEvent | EventRecord
_Key = tuple[int, str, str, str]
"""Tenant, retailer, type, and a name."""


class _Names(NamedTuple):
    """Known names of some entities, by their ids and by their refs."""

    by_id: dict[_Key, EntityName]
    by_ref: dict[_Key, EntityName]

    def of(self, event: Named, lookup: EntityLookup) -> tuple[EntityName | None, EntityName | None]:
        """The entity that the id names, and the one that the ref names."""
        owner = event.tenant_id, event.retailer_id or "", lookup.type
        by_id = self.by_id.get((*owner, lookup.id)) if lookup.id else None
        return by_id, self.by_ref.get((*owner, lookup.ref)) if lookup.ref else None

    def complete(self, event: Named, lookup: EntityLookup | None) -> tuple[str | None, str | None]:
        """Id and ref of what is looked up; None where they are not known."""
        if lookup is None:
            return None, None
        by_id, by_ref = self.of(event, lookup)
        entity = by_id or by_ref
        return lookup.id or (entity.id if entity else None), lookup.ref or (entity.ref if entity else None)


async def check_names(conn: AsyncConnection, record: EventRecord) -> None:
    """Raises InvalidInput where the id and the ref of a record's entity, or of its root, are those of two entities."""
    names = await _read(conn, [record])
    for lookup, field in ((_entity(record), "entityRef"), (_root(record), "rootEntityRef")):
        if lookup is None or not _has_both(lookup):
            continue
        by_id, by_ref = names.of(record, lookup)
        if (by_id and by_id.ref not in (None, lookup.ref)) or (by_ref and by_ref.id != lookup.id):
            raise InvalidInput.of(field, "must be the ref of the entity that the id names, or be left out")


def may_contradict(record: EventRecord) -> bool:
    """Whether a record has two names of one entity, which `check_names` compares."""
    return any(lookup is not None and _has_both(lookup) for lookup in (_entity(record), _root(record)))


async def complete_names(conn: AsyncConnection, events: Sequence[Event]) -> list[Event]:
    """The events with both names of their entities and of their roots, as far as these are known."""
    names = await _read(conn, [event for event in events if _is_incomplete(event)])
    return [_completed(event, names) for event in events]


def _has_both(lookup: EntityLookup) -> bool:
    return bool(lookup.id and lookup.ref)


def _is_incomplete(event: Named) -> bool:
    """Whether the entity or the root lacks a name."""
    return any(lookup is not None and not _has_both(lookup) for lookup in (_entity(event), _root(event)))


def _completed(event: Event, names: _Names) -> Event:
    if not _is_incomplete(event):
        return event
    entity_id, entity_ref = names.complete(event, _entity(event))
    root_id, root_ref = names.complete(event, _root(event))
    return event._replace(entity_id=entity_id, entity_ref=entity_ref, root_id=root_id, root_ref=root_ref)


async def _read(conn: AsyncConnection, events: Iterable[Named]) -> _Names:
    names = _Names({}, {})
    lookups: dict[int, set[EntityLookup]] = {}
    for event in events:
        lookups.setdefault(event.tenant_id, set()).update(filter(None, (_entity(event), _root(event))))
    for tenant, asked in lookups.items():
        for entity in await entities.names(conn, tenant, asked):
            owner = tenant, entity.retailer_id, entity.type
            names.by_id[*owner, entity.id] = entity
            if entity.ref:
                names.by_ref[*owner, entity.ref] = entity
    return names


def _entity(event: Named) -> EntityLookup | None:
    return _lookup(event.entity_type, event.entity_id, event.entity_ref)


def _root(event: Named) -> EntityLookup | None:
    return _lookup(event.root_type, event.root_id, event.root_ref)


def _lookup(kind: str | None, name: str | None, ref: str | None) -> EntityLookup | None:
    return EntityLookup(kind, name, ref) if kind and (name or ref) else None
