"""Audit trail: actor, change and address of every change of configuration, as events of the log."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tidings_server.identity.tenants import Tenants
from tidings_server.log.search import Search, SearchQuery
from tidings_server.log.server_events import facts_of, operation_event
from tidings_server.platform.scope import Scope
from tidings_server.storage.co_committed_event import CoCommittedEvent, co_committed
from tidings_server.storage.log.records import StoredEvent

TOPIC: Final = "audit.config"
MAX_FACT: Final = 1_024

_GUID: Final = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """A change of configuration. `fields` are the names of the fields that were sent; their values may be secret.

    `tenant` is the tenant that an operator named; empty for the actor's own, and for none.
    """

    action: str
    resource: str
    tenant: str
    fields: Sequence[str]
    peer: str
    request_id: str


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """A recorded change. `at` in µs; `tenant_id` is the UUID of the actor's tenant, empty for an operator."""

    id: str
    at: int
    tenant_id: str
    actor: str
    change: ConfigChange


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of records, oldest first, and the cursor of the next; None after the last."""

    records: list[AuditRecord]
    next: str | None


@contextmanager
def audited(scope: Scope, change: ConfigChange, *, event_id: str, at_us: int) -> Iterator[None]:
    """Store a record of the change with the first transaction of the present task in this context."""
    facts = {
        "action": change.action,
        "fields": ",".join(change.fields)[:MAX_FACT],
        "peer": change.peer,
        "requestId": change.request_id,
    }
    if change.tenant:
        facts["tenant"] = change.tenant[:MAX_FACT]
    record = operation_event(
        TOPIC,
        tenant_id=scope.tenant,
        entity_id=canonical(change.resource)[:MAX_FACT] or None,
        facts=facts,
        event_id=event_id,
        at_us=at_us,
        actor=scope.actor,
    )
    before = co_committed.set(CoCommittedEvent(record))
    try:
        yield
    finally:
        co_committed.reset(before)


class AuditTrail:
    """The audit trail, read by the operator."""

    def __init__(self, search: Search, tenants: Tenants) -> None:
        self._search = search
        self._tenants = tenants

    async def find(self, tenant: str, query: SearchQuery) -> AuditPage:
        """One page of the changes by a tenant's callers, or by operators where `tenant` is empty.

        Raises NotFound for the tenant, InvalidInput as `Search.find` does. The topic of `query` is set here.
        """
        owner = await self._tenants.get(tenant) if tenant else None
        criteria = query._replace(topic=TOPIC, entity_id=canonical(query.entity_id))
        found = await self._search.find(owner.number if owner else 0, criteria)
        tenant_id = owner.id if owner else ""
        return AuditPage([_record(event, tenant_id) for event in found.events], found.next)


def canonical(resource: str) -> str:
    """Id of a resource; a GUID, which dialects spell in different ways, in its dashed lower-case form."""
    if not _GUID.fullmatch(resource):
        return resource
    return str(UUID(resource))


def _record(event: StoredEvent, tenant_id: str) -> AuditRecord:
    facts = facts_of(event.body)
    change = ConfigChange(
        action=facts["action"],
        resource=event.entity_id or "",
        tenant=facts.get("tenant", ""),
        fields=tuple(filter(None, facts["fields"].split(","))),
        peer=facts["peer"],
        request_id=facts["requestId"],
    )
    return AuditRecord(event.event_id, event.recorded_at, tenant_id, event.actor or "", change)
