"""The rule cache: rules and economies by tenant, held in memory until any of them changes."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.assessment.rule_index import RuleIndex
from tidings_server.loyalty.rules.economy import economy_of
from tidings_server.loyalty.rules.rule import rule_of
from tidings_server.loyalty.store import rules as rule_store
from tidings_server.loyalty.store.rules import StoredRule
from tidings_server.platform.worker_threads import off_loop
from tidings_server.storage.tenant_cache import TenantCache

RULE_BYTES: Final = 200
"""Size of a rule for the measure of what may be indexed at once: it takes some 50 µs."""


class RuleCache(TenantCache[RuleIndex]):
    """Indexes of the tenants' live rules."""

    async def of(
        self, conn: AsyncConnection, tenants: Collection[int], *, version: int | None = None
    ) -> Mapping[int, RuleIndex]:
        """The current indexes of these tenants; `version` is the version of all rules, if it was read already."""
        current = await rule_store.current_version(conn) if version is None else version
        return await self.at(conn, tenants, version=current)

    async def _read(self, conn: AsyncConnection, tenants: Collection[int]) -> Mapping[int, RuleIndex]:
        found = await rule_store.live(conn, tenants)
        by_tenant: dict[int, list[StoredRule]] = {tenant: [] for tenant in tenants}
        for each in found:
            by_tenant[each.tenant_id].append(each)
        return {
            tenant: await off_loop(partial(_index, rules), tenant=tenant, size=RULE_BYTES * len(rules))
            for tenant, rules in by_tenant.items()
        }


def _index(stored: Sequence[StoredRule]) -> RuleIndex:
    rules = [rule_of(each) for each in stored if each.kind == "RULE"]
    return RuleIndex(rules, [economy_of(each) for each in stored if each.kind == "ECONOMY"])
