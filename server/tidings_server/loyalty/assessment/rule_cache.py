"""Rules and economies by tenant, held in memory until any of them has changed."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.assessment.rule_index import RuleIndex
from tidings_server.loyalty.rules.economy import economy_of
from tidings_server.loyalty.rules.rule import rule_of
from tidings_server.loyalty.store import rules as table
from tidings_server.loyalty.store.rules import StoredRule
from tidings_server.storage.tenant_cache import TenantCache


class Directory(TenantCache[RuleIndex]):
    """The index of each tenant's live rules."""

    async def of(
        self, conn: AsyncConnection, tenants: Collection[int], *, version: int | None = None
    ) -> Mapping[int, RuleIndex]:
        """The indexes of these tenants as their rules are now; `version` is how often any have changed, if known."""
        return await self.at(conn, tenants, version=await table.current_version(conn) if version is None else version)

    async def _read(self, conn: AsyncConnection, tenants: Collection[int]) -> Mapping[int, RuleIndex]:
        found = await table.live(conn, tenants)
        return {tenant: index_of([each for each in found if each.tenant_id == tenant]) for tenant in tenants}


def index_of(stored: Sequence[StoredRule]) -> RuleIndex:
    """The index of some rows."""
    rules = [rule_of(each) for each in stored if each.kind == "RULE"]
    return RuleIndex(rules, [economy_of(each) for each in stored if each.kind == "ECONOMY"])
