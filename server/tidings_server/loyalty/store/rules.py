"""Rules and points economies in SQL."""

from collections.abc import Collection, Mapping
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import Row, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.store.tables import loyalty_rule
from tidings_server.storage.version_counter import VersionCounter

VERSION_KIND: Final = "loyalty"
CONDITION_ERROR_EVERY_US: Final = 60_000_000
MAX_CONDITION_ERROR: Final = 1_024

RuleKind = Literal["RULE", "ECONOMY"]

_VERSION: Final = VersionCounter(VERSION_KIND)
current_version = _VERSION.current
bump = _VERSION.bump
"""First in the transaction of a change: transactions that change rules or economies run one after another."""


class StoredRule(NamedTuple):
    """One row; fields are the table's columns. Instants in µs."""

    key: int
    tenant_id: int
    kind: str
    id: str
    status: str
    version: int
    name: str
    definition: str
    effective_from: int | None
    effective_to: int | None
    created_at: int
    created_by: str
    updated_at: int
    last_condition_error: str
    last_condition_error_at: int | None


_COLUMNS: Final = tuple(loyalty_rule.c[name] for name in StoredRule._fields)


async def get(conn: AsyncConnection, tenant: int, kind: RuleKind, rule_id: str) -> StoredRule | None:
    """One of the tenant's rules or economies."""
    row = (await conn.execute(select(*_COLUMNS).where(*_named(tenant, kind, rule_id)))).one_or_none()
    return None if row is None else _stored(row)


async def live(conn: AsyncConnection, tenants: Collection[int]) -> list[StoredRule]:
    """The rules and economies of these tenants that are in TEST or ACTIVE, oldest first."""
    query = select(*_COLUMNS).where(
        loyalty_rule.c.tenant_id.in_(list(tenants)), loyalty_rule.c.status.in_(["TEST", "ACTIVE"])
    )
    return list(map(_stored, await conn.execute(query.order_by(loyalty_rule.c.key))))


async def by_keys(conn: AsyncConnection, keys: Collection[int]) -> dict[int, StoredRule]:
    """Rules by their keys, in whatever state."""
    query = select(*_COLUMNS).where(loyalty_rule.c.key.in_(list(keys)))
    return {row.key: _stored(row) for row in await conn.execute(query)}


async def page(
    conn: AsyncConnection, tenant: int, kind: RuleKind, *, after: int, limit: int, status: str | None
) -> list[StoredRule]:
    """The tenant's rules with a key above `after`, oldest first."""
    conditions = [loyalty_rule.c.tenant_id == tenant, loyalty_rule.c.kind == kind, loyalty_rule.c.key > after]
    if status is not None:
        conditions.append(loyalty_rule.c.status == status)
    query = select(*_COLUMNS).where(*conditions).order_by(loyalty_rule.c.key).limit(limit)
    return list(map(_stored, await conn.execute(query)))


async def count(conn: AsyncConnection, tenant: int, kind: RuleKind, *, statuses: Collection[str]) -> int:
    """The number of the tenant's rules in these states."""
    query = select(func.count()).where(
        loyalty_rule.c.tenant_id == tenant, loyalty_rule.c.kind == kind, loyalty_rule.c.status.in_(list(statuses))
    )
    counted: int = (await conn.execute(query)).scalar_one()
    return counted


async def add(conn: AsyncConnection, values: Mapping[str, Any]) -> StoredRule:
    """Insert a row with these columns (all but `key`)."""
    row = (await conn.execute(insert(loyalty_rule).values(**values).returning(*_COLUMNS))).one()
    return _stored(row)


async def change(conn: AsyncConnection, stored: StoredRule, values: Mapping[str, Any]) -> StoredRule | None:
    """Update a row to the next version; None where another change came first."""
    changed = (
        update(loyalty_rule)
        .where(loyalty_rule.c.key == stored.key, loyalty_rule.c.version == stored.version)
        .values(**values, version=stored.version + 1)
        .returning(*_COLUMNS)
    )
    row = (await conn.execute(changed)).one_or_none()
    return None if row is None else _stored(row)


async def record_condition_error(conn: AsyncConnection, key: int, error: str, *, at_us: int) -> None:
    """Record an error of a rule's condition at run time, the first one a minute."""
    column = loyalty_rule.c.last_condition_error_at
    await conn.execute(
        update(loyalty_rule)
        .where(loyalty_rule.c.key == key, or_(column.is_(None), column <= at_us - CONDITION_ERROR_EVERY_US))
        .values(last_condition_error=error[:MAX_CONDITION_ERROR], last_condition_error_at=at_us)
    )


def _named(tenant: int, kind: RuleKind, rule_id: str) -> tuple[Any, ...]:
    return loyalty_rule.c.tenant_id == tenant, loyalty_rule.c.kind == kind, loyalty_rule.c.id == rule_id


def _stored(row: Row[Any]) -> StoredRule:
    return StoredRule._make(row)
