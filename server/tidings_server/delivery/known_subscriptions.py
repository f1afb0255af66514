"""Active subscriptions in memory: of a tenant whose subscriptions have changed only the changed are read again."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final

from tidings_server.delivery.store.subscription_blocks import (
    BLOCK,
    Fingerprint,
    block_of,
    fingerprint_of,
    fingerprints,
)
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.subscription_pages import all_of
from tidings_server.delivery.topic_index import TopicIndex
from tidings_server.storage.database import Database

MAX_CACHED: Final = 20_000
"""Subscriptions kept in memory between batches, about 1 KiB each; the tenants least recently used go first."""
FEW_BLOCKS: Final = 8
"""Changed blocks that are read one by one; more are read at once, with those between them."""

_Blocks = dict[int, tuple[Fingerprint, list[Subscription]]]


class KnownSubscriptions:
    """The active subscriptions of the tenants that were asked for last."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_tenant: OrderedDict[int, _TenantSubscriptions] = OrderedDict()

    async def at(self, version: int, tenants: Sequence[int]) -> Mapping[int, TopicIndex]:
        """Those of these tenants by topic, not older than `version`, the number of changes of all tenants' so far."""
        known = {tenant: self._by_tenant.get(tenant) for tenant in tenants}
        old = [tenant for tenant, each in known.items() if each is None or each.version != version]
        if old:
            async with self._database.read() as conn:
                stored = await fingerprints(conn, old)
            for tenant in old:
                self._by_tenant[tenant] = await self._renewed(tenant, known[tenant], stored[tenant], version)
        for tenant in tenants:
            self._by_tenant.move_to_end(tenant)
        found = {tenant: self._by_tenant[tenant].index for tenant in tenants}
        self._let_go(keep=len(found))
        return found

    async def _renewed(
        self,
        tenant: int,
        known: "_TenantSubscriptions | None",
        stored: Mapping[int, Fingerprint],
        version: int,
    ) -> "_TenantSubscriptions":
        blocks = known.blocks if known else {}
        kept = {block: each for block, each in blocks.items() if each[0] == stored.get(block)}
        if known and len(kept) == len(blocks) == len(stored):
            return _TenantSubscriptions(version, blocks, known.index)
        renewed = kept | await self._read(tenant, sorted(stored.keys() - kept.keys()))
        index = await TopicIndex.of(chain.from_iterable(renewed[block][1] for block in sorted(renewed)))
        return _TenantSubscriptions(version, renewed, index)

    async def _read(self, tenant: int, blocks: Sequence[int]) -> _Blocks:
        spans = [(block, block) for block in blocks] if len(blocks) <= FEW_BLOCKS else [(blocks[0], blocks[-1])]
        found: dict[int, list[Subscription]] = {}
        for first, last in spans:
            upto = (last + 1) * BLOCK - 1
            for each in await all_of(
                self._database, tenant, after_key=first * BLOCK - 1, upto_key=upto, has_inactive=False
            ):
                found.setdefault(block_of(each.key), []).append(each)
        return {block: (fingerprint_of(each), each) for block, each in found.items()}

    def _let_go(self, *, keep: int) -> None:
        held = sum(len(each.index) for each in self._by_tenant.values())
        while held > MAX_CACHED and len(self._by_tenant) > keep:
            _, gone = self._by_tenant.popitem(last=False)
            held -= len(gone.index)


class _TenantSubscriptions:
    """One tenant's, as they were at a version or later: by blocks, and by topic."""

    def __init__(self, version: int, blocks: _Blocks, index: TopicIndex) -> None:
        self.version = version
        self.blocks = blocks
        self.index = index
