"""Workflows and their versions: statements."""

from collections.abc import Collection
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store import subscriptions
from tidings_server.storage.tables import config_version
from tidings_server.storage.version_counter import VersionCounter
from tidings_server.workflow.store.tables import workflow, workflow_version

VERSION_KIND: Final = "workflows"

bump = VersionCounter(VERSION_KIND).bump
"""First in the transaction of a change: transactions that change workflows run one after another."""

_CURRENT = select(config_version.c.kind, config_version.c.version)


class StoredWorkflow(NamedTuple):
    """One version of a workflow. `definition` is its JSON; `active` and `latest` are numbers of versions."""

    key: int
    tenant_id: int
    name: str
    entity_type: str
    entity_subtype: str
    active: int
    latest: int
    number: int
    definition: str
    created_at: int
    created_by: str


class ConfigVersions(NamedTuple):
    """Numbers of changes of the configuration that runs depend on: workflows and subscriptions."""

    workflows: int
    subscriptions: int


class NewWorkflowVersion(NamedTuple):
    """A version to be stored."""

    name: str
    entity_type: str
    entity_subtype: str
    definition: str
    created_at: int
    created_by: str


async def current_versions(conn: AsyncConnection) -> ConfigVersions:
    """The present numbers of changes of workflows and subscriptions."""
    counted = {row.kind: row.version for row in await conn.execute(_CURRENT)}
    return ConfigVersions(workflows=counted[VERSION_KIND], subscriptions=counted[subscriptions.VERSION_KIND])


async def active(conn: AsyncConnection, tenants: Collection[int]) -> list[StoredWorkflow]:
    """The active versions of these tenants' workflows, by name."""
    query = _versions().where(workflow.c.tenant_id.in_(list(tenants)), workflow_version.c.number == workflow.c.active)
    return list(map(_stored, await conn.execute(query.order_by(workflow.c.name))))


async def get(conn: AsyncConnection, tenant: int, name: str, number: int | None = None) -> StoredWorkflow | None:
    """One version of a workflow, by default the active one."""
    version = workflow_version.c.number == (workflow.c.active if number is None else number)
    query = _versions().where(workflow.c.tenant_id == tenant, workflow.c.name == name, version)
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else _stored(row)


async def versions(conn: AsyncConnection, tenant: int, name: str, *, offset: int, limit: int) -> list[StoredWorkflow]:
    """The versions of a workflow, the newest first."""
    query = _versions().where(workflow.c.tenant_id == tenant, workflow.c.name == name)
    query = query.order_by(workflow_version.c.number.desc()).offset(offset).limit(limit)
    return list(map(_stored, await conn.execute(query)))


async def page(
    conn: AsyncConnection, tenant: int, *, entity_type: str | None, offset: int, limit: int
) -> list[StoredWorkflow]:
    """The active versions of a tenant's workflows by name; `entity_type` None is any."""
    query = _versions().where(workflow.c.tenant_id == tenant, workflow_version.c.number == workflow.c.active)
    if entity_type is not None:
        query = query.where(workflow.c.entity_type == entity_type)
    return list(map(_stored, await conn.execute(query.order_by(workflow.c.name).offset(offset).limit(limit))))


async def entity_types(conn: AsyncConnection, tenant: int) -> list[str]:
    """The types of entities that a tenant's workflows are for."""
    rows = await conn.execute(select(workflow.c.entity_type).where(workflow.c.tenant_id == tenant).distinct())
    return list(rows.scalars())


async def holder(conn: AsyncConnection, tenant: int, entity_type: str, entity_subtype: str) -> str | None:
    """The name of the tenant's workflow for this kind and subtype of root entity."""
    query = select(workflow.c.name).where(
        workflow.c.tenant_id == tenant,
        workflow.c.entity_type == entity_type,
        workflow.c.entity_subtype == entity_subtype,
    )
    name: str | None = (await conn.execute(query)).scalar_one_or_none()
    return name


async def count(conn: AsyncConnection, tenant: int) -> int:
    """The number of the tenant's workflows."""
    return len((await conn.execute(select(workflow.c.key).where(workflow.c.tenant_id == tenant))).all())


async def add_version(
    conn: AsyncConnection, tenant: int, new: NewWorkflowVersion, before: StoredWorkflow | None
) -> int:
    """Store the next version of a workflow (`before` is any one it has; None: the first) and make it active."""
    number = before.latest + 1 if before else 1
    entities = {"entity_type": new.entity_type, "entity_subtype": new.entity_subtype}
    if before:
        key = before.key
        change = update(workflow).where(workflow.c.key == key)
        await conn.execute(change.values(active=number, latest=number, **entities))
    else:
        made = insert(workflow).values(tenant_id=tenant, name=new.name, active=number, latest=number, **entities)
        key = (await conn.execute(made.returning(workflow.c.key))).scalar_one()
    await conn.execute(
        insert(workflow_version).values(
            workflow_key=key,
            number=number,
            definition=new.definition,
            created_at=new.created_at,
            created_by=new.created_by,
        )
    )
    return number


async def activate(conn: AsyncConnection, stored: StoredWorkflow, *, entity_type: str, entity_subtype: str) -> None:
    """Make a version the active one; type and subtype are those of its definition."""
    change = update(workflow).where(workflow.c.key == stored.key)
    await conn.execute(change.values(active=stored.number, entity_type=entity_type, entity_subtype=entity_subtype))


def _versions() -> Select[Any]:
    columns = (
        *(workflow.c[name] for name in StoredWorkflow._fields[:7]),
        *(workflow_version.c[name] for name in StoredWorkflow._fields[7:]),
    )
    return select(*columns).join(workflow_version, workflow_version.c.workflow_key == workflow.c.key)


def _stored(row: Row[Any]) -> StoredWorkflow:
    return StoredWorkflow._make(row)
