"""Due rows of a table that all tenants share: of each tenant with some an equal share, whoever has more."""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import BigInteger, Column, ColumnElement, Row, ScalarSelect, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

TENANTS: Final = 50
"""Tenants that have a share when rows are taken; of more, others each time."""


class DueShares:
    """Reads due rows by tenants. The table has an index of the tenant and the due time, of those that have one."""

    def __init__(self, tenant: Column[Any], due_at: Column[Any]) -> None:
        self._tenant = tenant
        self._tenants_due = _tenants_due(tenant, due_at)

    async def rows(
        self, conn: AsyncConnection, due: Select[Any], *, now: int, limit: int, without: Collection[int] = ()
    ) -> list[Row[Any]]:
        """At most `limit` rows of `due`: a share of each of at most `TENANTS` tenants, then the first of the others.

        `due` selects the rows that are due at `now` (µs), in order, none `without` those of these tenants; each row is
        told apart by its columns.
        """
        found = (await conn.execute(self._tenants_due, {"now": now})).scalars()
        tenants = [tenant for tenant in found if tenant not in without]
        rows: dict[tuple[Any, ...], Row[Any]] = {}
        if len(tenants) > 1:
            first = now % len(tenants)
            tenants = [*tenants[first:], *tenants[:first]][: min(TENANTS, limit)]
            for tenant in tenants:
                own = due.where(self._tenant == tenant).limit(limit // len(tenants))
                rows |= {tuple(row): row for row in await conn.execute(own)}
        if tenants and len(rows) < limit:
            for row in await conn.execute(due.limit(limit)):
                if len(rows) < limit:
                    rows.setdefault(tuple(row), row)
        return list(rows.values())


def _tenants_due(tenant: Column[Any], due_at: Column[Any]) -> Select[Any]:
    """Tenants with due rows: a loose scan over those that have rows which are or become due."""

    def next_tenant(*beyond: ColumnElement[bool]) -> ScalarSelect[int]:
        query = select(tenant).where(due_at.is_not(None), *beyond)
        return query.order_by(tenant).limit(1).scalar_subquery()

    walk = select(next_tenant().label("tenant")).cte("walk", recursive=True)
    following = next_tenant(tenant > walk.c.tenant)
    walk = walk.union_all(select(following).where(walk.c.tenant.is_not(None)))
    due = select(tenant).where(tenant == walk.c.tenant, due_at <= bindparam("now", type_=BigInteger))
    return select(walk.c.tenant).where(due.exists())
