"""Use cases of scheduled events: list, create, remove, preview, run now."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.expressions.conditions import Conditions
from tidings_server.mail.message import MailMessage
from tidings_server.mail.rendering import MailRenderer
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import InvalidInput, NotFound, Unauthenticated
from tidings_server.platform.scope import Scope
from tidings_server.platform.turns import Turn
from tidings_server.scheduling.scheduled_events import actions, triggers
from tidings_server.scheduling.scheduled_events.actions import ActionType
from tidings_server.scheduling.scheduled_events.fields import check_names
from tidings_server.scheduling.scheduled_events.mail_composer import MailComposer
from tidings_server.scheduling.scheduled_events.run_handler import action_of, context_of
from tidings_server.scheduling.scheduled_events.triggers import TriggerType
from tidings_server.scheduling.schedules import schedule_store
from tidings_server.scheduling.schedules.policy import Policy
from tidings_server.scheduling.schedules.runs import RunPage, Runs
from tidings_server.scheduling.schedules.timing import Timing, next_times, unpacked
from tidings_server.scheduling.store import scheduled_events, schedules
from tidings_server.scheduling.store.runs import RunRecord
from tidings_server.scheduling.store.scheduled_events import StoredScheduledEvent
from tidings_server.scheduling.store.schedules import ScheduleKind
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log

MAX_MAP_BYTES: Final = 16 << 10
FIRE_TIMES: Final = 10

_ID: Final = re.compile(r"[1-9][0-9]{0,8}")

API_KEY_CREATOR: Final = 0, "API"
"""Creator id and name of scheduled events that an API key created."""


@dataclass(frozen=True, slots=True)
class ScheduledEventLimits:
    """Limits of scheduled events.

    `events` and `characters` (of all triggers and actions) are for a store, since the list must fit into one response.
    `triggers` are EVENT triggers of a tenant, since one event may fire all of them in one transaction.
    """

    events: int = 2_000
    characters: int = 4 << 20
    triggers: int = 400


@dataclass(frozen=True, slots=True)
class ScheduledEventDraft:
    """A scheduled event as a client sends it."""

    trigger_type: TriggerType
    trigger: Mapping[str, Any]
    action_type: ActionType
    action: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ScheduledEventPreview:
    """The next fire times, in µs, and the mails of a run now."""

    fire_times: list[int]
    mails: list[MailMessage]


class ScheduledEvents:
    """Use cases of a store's scheduled events. Those of another store and removed ones are NotFound."""

    def __init__(
        self,
        database: Database,
        *,
        conditions: Conditions,
        composer: MailComposer,
        renderer: MailRenderer,
        runs: Runs,
        clock: Clock,
        limits: ScheduledEventLimits | None = None,
    ) -> None:
        self._database = database
        self._conditions = conditions
        self._composer = composer
        self._renderer = renderer
        self._runs = runs
        self._clock = clock
        self._limits = limits or ScheduledEventLimits()

    async def of_store(self, scope: Scope, *, after: int = 0) -> list[StoredScheduledEvent]:
        """The store's scheduled events, by id; those `after` an id."""
        async with self._database.read() as conn:
            return await scheduled_events.list_live(conn, scope.tenant, _store(scope), after=after)

    async def of_user(self, scope: Scope, *, after: int = 0) -> list[StoredScheduledEvent]:
        """Scheduled events that the calling user created; those `after` an id.

        Raises Unauthenticated for a caller that is not a user.
        """
        if scope.user_id is None:
            raise Unauthenticated("These credentials are no user's: send user_id and user_token.")
        async with self._database.read() as conn:
            return await scheduled_events.list_live(
                conn, scope.tenant, _store(scope), created_by=scope.user_id, after=after
            )

    async def create(self, scope: Scope, draft: ScheduledEventDraft) -> StoredScheduledEvent:
        """Create a scheduled event, which fires from now on. Raises InvalidInput on the first key that is wrong.

        A repeated request with the same Idempotency-Key returns the stored one.
        """
        now = self._clock.now_us()
        for name, values in (("trigger", draft.trigger), ("action", draft.action)):
            _check_size(values, name)
        check_names(draft.trigger, triggers.KEYS[draft.trigger_type], triggers.SYNONYMS)
        check_names(draft.action, actions.KEYS[draft.action_type])
        timing, policy = self._read_trigger(draft, now_us=now)
        actions.read(draft.action_type, draft.action)
        by, name = await self._creator(scope)
        new = StoredScheduledEvent(
            store_id=_store(scope),
            id=0,
            tenant_id=scope.tenant,
            schedule_key=0,
            trigger_type=draft.trigger_type.value,
            trigger=draft.trigger,
            action_type=draft.action_type.value,
            action=draft.action,
            created_by=by,
            created_name=name,
            created_at=now,
            after_seq=0,
            reserved_id=scope.reserved_id,
            deleted_at=None,
        )
        return await self._database.write_queue.run(lambda conn: self._add(conn, new, timing, policy))

    async def remove(self, scope: Scope, event_id: str) -> None:
        """Remove a scheduled event; its waiting runs are then skipped. Raises NotFound."""
        stored = await self._live(scope, event_id)
        now = self._clock.now_us()

        async def transaction(conn: AsyncConnection) -> bool:
            if stored.trigger_type == scheduled_events.EVENT_TRIGGER:
                await scheduled_events.lock_version_exclusive(conn)
                await scheduled_events.increment_version(conn)
            is_removed = await scheduled_events.remove(conn, stored, at=now)
            if is_removed:
                await schedule_store.change(conn, stored.schedule_key, timing=None, policy=Policy(), now_us=now)
            return is_removed

        if not await self._database.write_queue.run(transaction):
            raise _unknown()

    async def preview(self, scope: Scope, event_id: str) -> ScheduledEventPreview:
        """The next fire times, and the mails of a run now. Raises NotFound, RenderFailed and Unavailable."""
        stored = await self._live(scope, event_id)
        now = self._clock.now_us()
        async with self._database.read() as conn:
            schedule = await schedules.get(conn, stored.schedule_key)
        packed = schedule.timing if schedule else None
        times = next_times(unpacked(packed), after_us=now, count=FIRE_TIMES) if packed else []
        mails, turn = [], Turn()
        for mail in await self._composer.mails(action_of(stored), context_of(stored, scheduled_at=now)):
            mails.append(self._renderer.render(mail))
            await turn.give()
        return ScheduledEventPreview(times, mails)

    async def run_now(self, scope: Scope, event_id: str) -> RunRecord:
        """Create a run that starts now, whatever the trigger. Raises NotFound."""
        stored = await self._live(scope, event_id)
        return await self._runs.run_now(scope.tenant, stored.schedule_key, reserved_id=scope.reserved_id)

    async def runs(self, scope: Scope, event_id: str, *, before: int | None, limit: int) -> RunPage:
        """A page of runs, newest first. Raises NotFound."""
        stored = await self._live(scope, event_id)
        return await self._runs.page(stored.tenant_id, stored.schedule_key, before=before, limit=limit)

    async def _add(
        self, conn: AsyncConnection, new: StoredScheduledEvent, timing: Timing | None, policy: Policy
    ) -> StoredScheduledEvent:
        """Transaction that creates a scheduled event with its schedule, or finds what an equal request has created."""
        is_event = new.trigger_type == scheduled_events.EVENT_TRIGGER
        if is_event:
            await scheduled_events.lock_version_exclusive(conn)
        event_id = await scheduled_events.next_id(conn, new.store_id)
        if new.reserved_id and (
            existing := await scheduled_events.by_reserved_id(conn, new.tenant_id, new.store_id, new.reserved_id)
        ):
            return existing
        await self._check_limits(conn, new, is_event=is_event)
        if is_event:
            await scheduled_events.increment_version(conn)
        subject, at = f"{new.store_id}/{event_id}", new.created_at
        key = await schedule_store.start(
            conn, ScheduleKind.EVENT, tenant=new.tenant_id, subject=subject, timing=timing, policy=policy, now_us=at
        )
        added = replace(new, id=event_id, schedule_key=key, after_seq=await log.head_for(conn, new.tenant_id))
        await scheduled_events.add(conn, added)
        return added

    async def _check_limits(self, conn: AsyncConnection, new: StoredScheduledEvent, *, is_event: bool) -> None:
        """Raises InvalidInput when the store or the tenant is at its limit."""
        usage, limit = await scheduled_events.usage(conn, new.tenant_id, new.store_id), self._limits
        if usage.events >= limit.events or usage.characters > limit.characters:
            limits = f"{limit.events:,} scheduled events, of {limit.characters >> 20} MiB in all"
            raise InvalidInput(f"A store may have {limits}.")
        if is_event and await scheduled_events.count_triggers(conn, new.tenant_id) >= limit.triggers:
            raise InvalidInput.of("triggerType", f"at most {limit.triggers} EVENT triggers in one account")

    def _read_trigger(self, draft: ScheduledEventDraft, *, now_us: int) -> tuple[Timing | None, Policy]:
        if draft.trigger_type is TriggerType.EVENT:
            triggers.read_event(draft.trigger, self._conditions)
            return None, Policy()
        read = triggers.read_time(draft.trigger, now_us=now_us)
        return read.timing, read.policy

    async def _creator(self, scope: Scope) -> tuple[int, str]:
        """Id and name of the caller. The name of a user without a login is the id."""
        if scope.user_id is None:
            return API_KEY_CREATOR
        async with self._database.read() as conn:
            name = await scheduled_events.user_name(conn, scope.tenant, store_id=_store(scope), user_id=scope.user_id)
        return scope.user_id, (name or str(scope.user_id)).rpartition("/")[2]

    async def _live(self, scope: Scope, event_id: str) -> StoredScheduledEvent:
        stored = None
        if _ID.fullmatch(event_id):
            async with self._database.read() as conn:
                stored = await scheduled_events.get(conn, scope.tenant, _store(scope), int(event_id))
        if stored is None or stored.deleted_at is not None:
            raise _unknown()
        return stored


def _store(scope: Scope) -> int:
    """The caller's store. Raises Unauthenticated for credentials without a store."""
    if scope.store_id is None:
        raise Unauthenticated
    return scope.store_id


def _unknown() -> NotFound:
    return NotFound("There is no such scheduled event in this store.")


def _check_size(values: Mapping[str, Any], name: str) -> None:
    size = len(json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode())
    if size > MAX_MAP_BYTES:
        raise InvalidInput.of(name, f"at most {MAX_MAP_BYTES >> 10} KiB as JSON", f"{size:,} bytes")
