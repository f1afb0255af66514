"""The directory of active workflows, held in memory until a newer version of any is seen."""

import json
from collections import OrderedDict
from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.core.workflow.definition import load
from tidings_server.core.workflow.matching import ActiveWorkflows, WorkflowVersion
from tidings_server.store import workflows as table
from tidings_server.store.workflows import StoredVersion

MAX_TENANTS: Final = 1_000
"""Tenants whose workflows are held; those not asked for longest go first."""


class Directory:
    """Active workflows by tenant."""

    def __init__(self) -> None:
        self._version = -1
        self._held: OrderedDict[int, ActiveWorkflows] = OrderedDict()

    async def of(
        self, conn: AsyncConnection, tenants: Collection[int], *, version: int
    ) -> Mapping[int, ActiveWorkflows]:
        """The active workflows of these tenants as they are now; `version` is how often any have changed."""
        if version != self._version:
            self._held.clear()
            self._version = version
        missing = [tenant for tenant in tenants if tenant not in self._held]
        if missing:
            found = await table.active(conn, missing)
            for tenant in missing:
                self._held[tenant] = ActiveWorkflows(ready(each) for each in found if each.tenant_id == tenant)
        for tenant in tenants:
            self._held.move_to_end(tenant)
        wanted = {tenant: self._held[tenant] for tenant in tenants}
        while len(self._held) > MAX_TENANTS:
            self._held.popitem(last=False)
        return wanted


def ready(stored: StoredVersion) -> WorkflowVersion:
    """A stored version, ready to run."""
    return WorkflowVersion(load(json.loads(stored.definition)), stored.number)
