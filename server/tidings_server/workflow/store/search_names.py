"""Names of entities in the search projection: rows that change when an entity gets names, or loses them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Update, bindparam, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.text_hashes import hashed
from tidings_server.workflow.store.search import SearchableEvent
from tidings_server.workflow.store.tables import search_record

_ROLES: Final = ("entity", "root")
_NAMES: Final = ("id", "ref")


async def complete(conn: AsyncConnection, created: Sequence[SearchableEvent]) -> None:
    """Give rows that have one name of an entity the other one too; `created` are the events that created entities.

    Those rows are of events that were sent, and run, before the entity existed.
    """
    named = [_parameters(of) for of in created if of.entity_id and of.entity_ref]
    if named:
        for statement in _COMPLETIONS:
            await conn.execute(statement, named)


async def rename(conn: AsyncConnection, entity: Mapping[str, Any], new: Mapping[str, str]) -> None:
    """Find an entity's events by other names from now on; `entity` is its row, `new` are the columns that change."""
    owner = {"tenant_id": entity["tenant_id"], "retailer": hashed(entity["retailer_id"])}
    for role in _ROLES:
        for name in (name for name in _NAMES if name in new):
            known = {f"{role}_type": hashed(entity["type"]), f"{role}_{name}": hashed(entity[name])}
            rows = update(search_record).where(
                *(search_record.c[key] == value for key, value in (owner | known).items())
            )
            await conn.execute(rows.values({f"{role}_{name}": hashed(new[name])}))


def _completion(role: str, *, known: str, unknown: str) -> Update:
    columns = search_record.c
    rows = update(search_record).where(
        columns.tenant_id == bindparam("of_tenant"),
        columns[f"{role}_{known}"] == bindparam(f"known_{known}"),
        columns[f"{role}_type"] == bindparam("of_type"),
        columns.retailer == bindparam("of_retailer"),
        columns[f"{role}_{unknown}"].is_(None),
    )
    return rows.values({f"{role}_{unknown}": bindparam(f"known_{unknown}")})


_COMPLETIONS: Final = [
    _completion(role, known=known, unknown=unknown) for role in _ROLES for known, unknown in (_NAMES, _NAMES[::-1])
]


def _parameters(of: SearchableEvent) -> dict[str, int]:
    return {
        "of_tenant": of.tenant_id,
        "of_type": hashed(of.entity_type or ""),
        "of_retailer": hashed(of.retailer_id or ""),
        "known_id": hashed(of.entity_id or ""),
        "known_ref": hashed(of.entity_ref or ""),
    }
