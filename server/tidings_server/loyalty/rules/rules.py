"""Management of rules and economies: creating, changing, and moving them through their lifecycle."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.rules import economy, lifecycle, rule_validation
from tidings_server.loyalty.rules.condition_language import ConditionLanguage
from tidings_server.loyalty.rules.economy import Economy, EconomyDraft, economy_of
from tidings_server.loyalty.rules.lifecycle import LIVE, RuleStatus
from tidings_server.loyalty.rules.rule import LoyaltyRule, RuleDraft, rule_of
from tidings_server.loyalty.store import assessments as assessment_store
from tidings_server.loyalty.store import rules as rule_store
from tidings_server.loyalty.store.assessments import ListedAssessment
from tidings_server.loyalty.store.rules import RuleKind, StoredRule
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import InvalidInput, LimitExceeded, LostRace, NotFound, VersionMismatch, Violation
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database

MAX_LIVE: Final = 1_000
"""Rules of a tenant in TEST or ACTIVE; as many economies."""
MAX_STORED: Final = 10_000


class StorableDraft(Protocol):
    """Common fields of the definitions of rules and economies."""

    @property
    def name(self) -> str: ...
    @property
    def effective_from_us(self) -> int | None: ...
    @property
    def effective_to_us(self) -> int | None: ...
    def definition(self) -> str: ...


D = TypeVar("D", bound=StorableDraft)
K = TypeVar("K")


class _LifecycleManagement(Generic[D, K]):
    """Management of both, called items. Another tenant's item is NotFound. `if_match` None allows any version."""

    kind: RuleKind
    noun: str

    def __init__(self, database: Database, *, clock: Clock, ids: Ids, read: Callable[[StoredRule], K]) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._read = read

    async def create(self, scope: Scope, draft: D) -> K:
        """Store an item in CONFIGURE. Raises InvalidInput with every violation, LimitExceeded."""
        self._check(draft)
        now = self._clock.now_us()
        values = {
            **_columns(draft),
            "tenant_id": scope.tenant,
            "kind": self.kind,
            "id": scope.reserved_id or self._ids.uuid7(),
            "status": RuleStatus.CONFIGURE.value,
            "version": 1,
            "created_at": now,
            "created_by": scope.actor,
            "updated_at": now,
            "last_condition_error": "",
        }

        async def insert(conn: AsyncConnection) -> StoredRule:
            await rule_store.bump(conn)
            there = await rule_store.get(conn, scope.tenant, self.kind, str(values["id"]))
            if there is not None:
                return there
            await self._check_room(conn, scope, list(RuleStatus), most=MAX_STORED)
            return await rule_store.add(conn, values)

        return self._read(await self._database.write_queue.run(insert))

    async def update(self, scope: Scope, item_id: str, draft: D, *, if_match: frozenset[int] | None = None) -> K:
        """Replace an item in CONFIGURE or TEST. Raises InvalidInput, NotFound, WrongState, VersionMismatch."""
        self._check(draft)

        def change(stored: StoredRule) -> Mapping[str, Any]:
            lifecycle.check_editable(RuleStatus(stored.status))
            return _columns(draft)

        return await self._change(scope, item_id, change, if_match=if_match)

    async def transition(
        self, scope: Scope, item_id: str, status: RuleStatus, *, if_match: frozenset[int] | None = None
    ) -> K:
        """Move an item to a state; its current one changes nothing.

        Raises NotFound, VersionMismatch, WrongState for a transition that the lifecycle does not have, LimitExceeded.
        """

        def change(stored: StoredRule) -> Mapping[str, Any]:
            if stored.status == status.value:
                return {}
            lifecycle.check_transition(RuleStatus(stored.status), status)
            return {"status": status.value}

        return await self._change(scope, item_id, change, if_match=if_match, is_live=status in LIVE)

    async def get(self, scope: Scope, item_id: str) -> K:
        """One item. Raises NotFound."""
        async with self._database.read() as conn:
            return self._read(await self._existing(conn, scope, item_id))

    async def list(
        self, scope: Scope, *, after: int = 0, limit: int = 100, status: RuleStatus | None = None
    ) -> list[K]:
        """Items with a key above `after`, oldest first; in one state or in any."""
        name = status.value if status else None
        async with self._database.read() as conn:
            found = await rule_store.page(conn, scope.tenant, self.kind, after=after, limit=limit, status=name)
        return list(map(self._read, found))

    def _check(self, draft: D) -> None:
        """Raises InvalidInput with every violation."""
        raise NotImplementedError

    async def _change(
        self,
        scope: Scope,
        item_id: str,
        change: Callable[[StoredRule], Mapping[str, Any]],
        *,
        if_match: frozenset[int] | None,
        is_live: bool = False,
    ) -> K:
        async def update(conn: AsyncConnection) -> StoredRule:
            await rule_store.bump(conn)
            stored = await self._existing(conn, scope, item_id)
            if if_match is not None and stored.version not in if_match:
                raise VersionMismatch
            values = change(stored)
            if not values:
                return stored
            if is_live and RuleStatus(stored.status) not in LIVE:
                await self._check_room(conn, scope, LIVE, most=MAX_LIVE)
            changed = await rule_store.change(conn, stored, {**values, "updated_at": self._clock.now_us()})
            if changed is None:
                raise LostRace
            return changed

        return self._read(await self._database.write_queue.run(update))

    async def _existing(self, conn: AsyncConnection, scope: Scope, item_id: str) -> StoredRule:
        stored = await rule_store.get(conn, scope.tenant, self.kind, item_id)
        if stored is None:
            raise NotFound(f"There is no such {self.noun}.")
        return stored

    async def _check_room(
        self, conn: AsyncConnection, scope: Scope, statuses: Sequence[RuleStatus], *, most: int
    ) -> None:
        names = [status.value for status in statuses]
        if await rule_store.count(conn, scope.tenant, self.kind, statuses=names) >= most:
            raise LimitExceeded(f"A tenant may have {most:,} of these.")


class LoyaltyRules(_LifecycleManagement[RuleDraft, LoyaltyRule]):
    """Manages rules."""

    kind: RuleKind = "RULE"
    noun = "rule"

    def __init__(self, database: Database, language: ConditionLanguage, *, clock: Clock, ids: Ids) -> None:
        super().__init__(database, clock=clock, ids=ids, read=rule_of)
        self._language = language

    async def assessments(self, scope: Scope, rule_id: str, *, before: int, limit: int) -> list[ListedAssessment]:
        """The assessments of a rule for events numbered below `before`, newest first. Raises NotFound."""
        async with self._database.read() as conn:
            stored = await self._existing(conn, scope, rule_id)
            return await assessment_store.page(conn, stored.key, before=before, limit=limit)

    def _check(self, draft: RuleDraft) -> None:
        violations = list(rule_validation.rule_violations(draft))
        if draft.condition:
            try:
                self._language.check(draft.condition)
            except InvalidInput as refused:
                violations += refused.violations
        _raise(violations)


class Economies(_LifecycleManagement[EconomyDraft, Economy]):
    """Manages points economies."""

    kind: RuleKind = "ECONOMY"
    noun = "economy"

    def __init__(self, database: Database, *, clock: Clock, ids: Ids) -> None:
        super().__init__(database, clock=clock, ids=ids, read=economy_of)

    def _check(self, draft: EconomyDraft) -> None:
        _raise(list(economy.economy_violations(draft)))


def _raise(violations: Sequence[Violation]) -> None:
    if violations:
        raise InvalidInput(violations=violations)


def _columns(draft: StorableDraft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "definition": draft.definition(),
        "effective_from": draft.effective_from_us,
        "effective_to": draft.effective_to_us,
    }
