"""Rules and economies by tenant, held in memory until any of them has changed."""

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.core.loyalty.economy import economy_of
from tidings_server.core.loyalty.index import RuleIndex
from tidings_server.core.loyalty.rule import rule_of
from tidings_server.store import loyalty_rules as table
from tidings_server.store.loyalty_rules import StoredRule

MAX_TENANTS: Final = 1_000
"""Tenants whose rules are held; those not asked for longest go first."""


class Directory:
    """The index of each tenant's live rules."""

    def __init__(self) -> None:
        self._version = -1
        self._held: OrderedDict[int, RuleIndex] = OrderedDict()

    async def of(
        self, conn: AsyncConnection, tenants: Collection[int], *, version: int | None = None
    ) -> Mapping[int, RuleIndex]:
        """The indexes of these tenants as their rules are now; `version` is how often any have changed, if known."""
        version = await table.current_version(conn) if version is None else version
        if version != self._version:
            self._held.clear()
            self._version = version
        missing = [tenant for tenant in tenants if tenant not in self._held]
        if missing:
            found = await table.live(conn, missing)
            for tenant in missing:
                self._held[tenant] = index_of([each for each in found if each.tenant_id == tenant])
        for tenant in tenants:
            self._held.move_to_end(tenant)
        wanted = {tenant: self._held[tenant] for tenant in tenants}
        while len(self._held) > MAX_TENANTS:
            self._held.popitem(last=False)
        return wanted


def index_of(stored: Sequence[StoredRule]) -> RuleIndex:
    """The index of some rows."""
    rules = [rule_of(each) for each in stored if each.kind == "RULE"]
    return RuleIndex(rules, [economy_of(each) for each in stored if each.kind == "ECONOMY"])
