"""The directory of active workflows, held in memory until a newer version of any is seen."""

import json
from collections.abc import Collection, Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.tenant_cache import TenantCache
from tidings_server.workflow.definition.model import load
from tidings_server.workflow.engine.matching import ActiveWorkflows, ExecutableWorkflow
from tidings_server.workflow.store import workflows as table
from tidings_server.workflow.store.workflows import StoredWorkflow


class WorkflowCache(TenantCache[ActiveWorkflows]):
    """Active workflows by tenant."""

    async def _read(self, conn: AsyncConnection, tenants: Collection[int]) -> Mapping[int, ActiveWorkflows]:
        found = await table.active(conn, tenants)
        return {
            tenant: ActiveWorkflows(executable(each) for each in found if each.tenant_id == tenant)
            for tenant in tenants
        }


def executable(stored: StoredWorkflow) -> ExecutableWorkflow:
    """A stored version, ready to run."""
    return ExecutableWorkflow(load(json.loads(stored.definition)), stored.number)
