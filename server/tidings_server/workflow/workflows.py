"""Workflows of a tenant: stored in versions, one of them active, checked when they are written, cached to be run."""

import json
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Conflict, InvalidInput, LimitExceeded, NotFound, VersionMismatch
from tidings_server.platform.json_type import Json
from tidings_server.platform.scope import Scope
from tidings_server.platform.turns import Turn
from tidings_server.platform.worker_threads import off_loop
from tidings_server.storage.database import Database
from tidings_server.storage.tenant_cache import TenantCache
from tidings_server.workflow.definition.lint import LintWarning
from tidings_server.workflow.definition.model import Workflow, dump, load
from tidings_server.workflow.definition.validation import WorkflowValidator
from tidings_server.workflow.engine.matching import ActiveWorkflows, ExecutableWorkflow
from tidings_server.workflow.store import workflows as table
from tidings_server.workflow.store.workflows import NewWorkflowVersion, StoredWorkflow

MAX_BYTES: Final = 256 * 1024
"""One definition as JSON."""
MAX_PER_TENANT: Final = 500
MAX_VERSIONS: Final = 10_000
MAX_EXECUTABLE: Final = 2_000
"""Versions that are kept ready to run; the first read go first."""


class CheckedWorkflow(NamedTuple):
    """The result of a valid definition: the number of its version, and the linter's warnings."""

    number: int
    warnings: list[LintWarning]


@dataclass(frozen=True, slots=True)
class WorkflowVersion:
    """One stored version."""

    workflow: Workflow
    number: int
    is_active: bool
    created_at: int
    created_by: str


class Workflows:
    """Use cases of workflows. Another tenant's workflow is NotFound."""

    def __init__(self, database: Database, validator: WorkflowValidator, *, clock: Clock) -> None:
        self._database = database
        self._validator = validator
        self._clock = clock

    async def put(
        self, scope: Scope, name: str, definition: Mapping[str, Json], *, if_match: frozenset[int] | None = None
    ) -> CheckedWorkflow:
        """Store the next version and make it the active one.

        `if_match` lists the active versions that may be replaced; None: any. Raises InvalidInput with every violation,
        Conflict when another workflow is for the same type and subtype of root entity, VersionMismatch, LimitExceeded.
        """
        workflow, warnings = await self._check(scope, name, definition)
        new = NewWorkflowVersion(
            name=workflow.name,
            entity_type=workflow.entity_type,
            entity_subtype=workflow.entity_subtype,
            definition=_text(workflow),
            created_at=self._clock.now_us(),
            created_by=scope.actor,
        )

        async def transaction(conn: AsyncConnection) -> int:
            await table.bump(conn)
            before = await table.get(conn, scope.tenant, name)
            _match(before, if_match)
            if before is None and await table.count(conn, scope.tenant) >= MAX_PER_TENANT:
                raise LimitExceeded(f"A tenant may have {MAX_PER_TENANT:,} workflows.")
            if before is not None and before.latest >= MAX_VERSIONS:
                raise LimitExceeded(f"A workflow may have {MAX_VERSIONS:,} versions.")
            await _check_no_conflict(conn, scope, workflow)
            return await table.add_version(conn, scope.tenant, new, before)

        return CheckedWorkflow(await self._database.write_queue.run(transaction), warnings)

    async def validate(self, scope: Scope, name: str, definition: Mapping[str, Json]) -> CheckedWorkflow:
        """The result that `put` would have. Raises as `put`."""
        workflow, warnings = await self._check(scope, name, definition)
        async with self._database.read() as conn:
            before = await table.get(conn, scope.tenant, name)
            await _check_no_conflict(conn, scope, workflow)
        return CheckedWorkflow(before.latest + 1 if before else 1, warnings)

    async def get(self, scope: Scope, name: str, number: int | None = None) -> WorkflowVersion:
        """One version, by default the active one. Raises NotFound."""
        async with self._database.read() as conn:
            stored = await _existing(conn, scope, name, number)
        [version] = await _versions([stored], scope)
        return version

    async def page(self, scope: Scope, *, entity_type: str | None, offset: int, limit: int) -> list[WorkflowVersion]:
        """The active versions in the order of their names; `entity_type` is in upper case, None any."""
        async with self._database.read() as conn:
            found = await table.page(conn, scope.tenant, entity_type=entity_type, offset=offset, limit=limit)
        return await _versions(found, scope)

    async def versions(self, scope: Scope, name: str, *, offset: int, limit: int) -> list[WorkflowVersion]:
        """The versions of a workflow, the newest first. Raises NotFound."""
        async with self._database.read() as conn:
            await _existing(conn, scope, name, None)
            found = await table.versions(conn, scope.tenant, name, offset=offset, limit=limit)
        return await _versions(found, scope)

    async def activate(self, scope: Scope, name: str, number: int) -> WorkflowVersion:
        """Make a stored version the active one. Idempotent. Raises NotFound, and Conflict as `put`."""

        async def transaction(conn: AsyncConnection) -> StoredWorkflow:
            await table.bump(conn)
            stored = await _existing(conn, scope, name, number)
            workflow = load(json.loads(stored.definition))
            await _check_no_conflict(conn, scope, workflow)
            kind, subtype = workflow.entity_type, workflow.entity_subtype
            await table.activate(conn, stored, entity_type=kind, entity_subtype=subtype)
            return stored._replace(active=number)

        [version] = await _versions([await self._database.write_queue.run(transaction)], scope)
        return version

    async def _check(
        self, scope: Scope, name: str, definition: Mapping[str, Json]
    ) -> tuple[Workflow, list[LintWarning]]:
        return await off_loop(lambda: self._checked(name, definition), tenant=scope.tenant, size=MAX_BYTES)

    def _checked(self, name: str, definition: Mapping[str, Json]) -> tuple[Workflow, list[LintWarning]]:
        workflow = load(definition, name=name)
        size = len(_text(workflow).encode())
        if size > MAX_BYTES:
            raise InvalidInput.of("workflow", f"must be at most {MAX_BYTES:,} bytes as JSON", f"{size:,} bytes")
        return workflow, self._validator.check(workflow)


class WorkflowCache(TenantCache[ActiveWorkflows]):
    """Active workflows by tenant, cached until a version of any workflow changes.

    A version itself never changes, so those that were read before are kept when others change.
    """

    def __init__(self) -> None:
        super().__init__()
        self._executable: OrderedDict[tuple[int, str, int], ExecutableWorkflow] = OrderedDict()

    async def _read(self, conn: AsyncConnection, tenants: Collection[int]) -> Mapping[int, ActiveWorkflows]:
        found: dict[int, list[ExecutableWorkflow]] = {tenant: [] for tenant in tenants}
        turn = Turn()
        for each in await table.active(conn, tenants):
            found[each.tenant_id].append(await self._of(each))
            await turn.give()
        return {tenant: ActiveWorkflows(versions) for tenant, versions in found.items()}

    async def _of(self, stored: StoredWorkflow) -> ExecutableWorkflow:
        key = (stored.tenant_id, stored.name, stored.number)
        known = self._executable.get(key)
        if known is None:
            size = len(stored.definition)
            known = await off_loop(lambda: _executable(stored), tenant=stored.tenant_id, size=size)
            self._executable[key] = known
            if len(self._executable) > MAX_EXECUTABLE:
                self._executable.popitem(last=False)
        return known


def _executable(stored: StoredWorkflow) -> ExecutableWorkflow:
    """The workflow of a stored version, ready to run."""
    return ExecutableWorkflow(load(json.loads(stored.definition)), stored.number)


async def _existing(conn: AsyncConnection, scope: Scope, name: str, number: int | None) -> StoredWorkflow:
    stored = await table.get(conn, scope.tenant, name, number)
    if stored is None:
        version = "" if number is None else f" of version {number}"
        raise NotFound(f"Cannot find a workflow{version} with name: {name}")
    return stored


async def _check_no_conflict(conn: AsyncConnection, scope: Scope, workflow: Workflow) -> None:
    """Raises Conflict when another workflow is for the same root entities."""
    holder = await table.holder(conn, scope.tenant, workflow.entity_type, workflow.entity_subtype)
    if holder not in {None, workflow.name}:
        root = f"{workflow.entity_type} {workflow.entity_subtype}".strip()
        raise Conflict(f"The workflow {holder} is for {root} already.")


def _match(before: StoredWorkflow | None, if_match: frozenset[int] | None) -> None:
    if if_match is not None and (before is None or before.active not in if_match):
        raise VersionMismatch


async def _versions(stored: Sequence[StoredWorkflow], scope: Scope) -> list[WorkflowVersion]:
    size = sum(len(each.definition) for each in stored)
    return await off_loop(lambda: list(map(_version, stored)), tenant=scope.tenant, size=size)


def _version(stored: StoredWorkflow) -> WorkflowVersion:
    return WorkflowVersion(
        workflow=load(json.loads(stored.definition)),
        number=stored.number,
        is_active=stored.number == stored.active,
        created_at=stored.created_at,
        created_by=stored.created_by,
    )


def _text(workflow: Workflow) -> str:
    return json.dumps(dump(workflow), separators=(",", ":"), ensure_ascii=False)
