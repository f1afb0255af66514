"""Subscriptions: the events that a tenant asks for, the endpoint they are sent to, and changes of either.

Both dialects create, replace, stop and start them here; each checks its own form first and passes a
`SubscriptionDraft`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store import redeliveries
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.subscriptions import DestinationKind, Subscription
from tidings_server.delivery.subscription_changes import carry_out
from tidings_server.delivery.subscription_drafts import BY_CLIENT, STOPPED, UNPAUSED, SubscriptionDraft, started
from tidings_server.delivery.subscription_pages import all_of
from tidings_server.delivery.subscription_secrets import MASK, SubscriptionSecrets
from tidings_server.expressions.conditions import Conditions
from tidings_server.log.ranges import LogRanges
from tidings_server.log.topics import check_pattern
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import Conflict, InvalidInput, LimitExceeded, LostRace, NotFound, VersionMismatch
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.storage.log.records import Api

__all__ = ["MASK", "CreatedSubscription", "SubscriptionDraft", "Subscriptions"]

MAX_PER_TENANT: Final = 10_000
"""Subscriptions of one tenant, both APIs together, inactive ones too."""

FORWARD_ROWS: Final = 500
"""Deliveries that one transaction makes due."""

SubscriptionVersions = frozenset[int] | None
"""The versions that `If-Match` allows; None allows any."""

Changes = Callable[[Subscription], Mapping[str, Any]]
"""From what is stored to the columns to change; none: nothing is written."""


class CreatedSubscription(NamedTuple):
    """Result of a create: the subscription, whether it existed before, and a secret that the server generated."""

    subscription: Subscription
    is_repeat: bool = False
    generated_secret: str = ""


class Subscriptions:
    """The use cases. A subscription of another tenant or API, and a deleted one, are NotFound."""

    def __init__(
        self,
        database: Database,
        *,
        backlog: LogRanges,
        conditions: Conditions,
        secrets: SubscriptionSecrets,
        clock: Clock,
        ids: Ids,
        most_of: Callable[[int], int] = lambda _tenant: MAX_PER_TENANT,
    ) -> None:
        """`most_of` is the number of subscriptions that a tenant may have."""
        self._database = database
        self._backlog = backlog
        self._conditions = conditions
        self._secrets = secrets
        self._clock = clock
        self._ids = ids
        self._most_of = most_of

    async def create(self, scope: Scope, api: Api, draft: SubscriptionDraft) -> CreatedSubscription:
        """Creates a subscription that gets the events stored from now on, or the backlog since `start_from` first.

        A repeat of the same request answers what is stored. A webhook starts unconfirmed. Raises Conflict when the id
        is taken by another body, InvalidInput for a topic or a condition that is none or a `start_from` that is not in
        the past, LimitExceeded when the tenant has too many.
        """
        self._check(draft)
        after = None
        if draft.start_from:
            after = await self._backlog.start(scope.tenant, draft.start_from, field="startFrom")
        generated_secret = "" if draft.secret or draft.destination is not DestinationKind.WEBHOOK else self._ids.token()
        values = self._initial(scope, api, draft, generated_secret or draft.secret)
        replay_id = self._ids.uuid7()

        async def transaction(conn: AsyncConnection) -> CreatedSubscription:
            await table.hold(conn)
            stored = await table.get(conn, scope.tenant, api, values["id"])
            if stored:
                return _repeated(stored, draft)
            most = self._most_of(scope.tenant)
            if await table.count(conn, scope.tenant) >= most:
                raise LimitExceeded(f"This tenant may have {most:,} subscriptions; delete one that it does not need.")
            await table.bump(conn)
            created = await table.add(conn, {**values, "after_seq": await events.head_for(conn, scope.tenant)})
            if after is not None and after < created.after_seq:
                await table.add_start(conn, created, replay_id=replay_id, after=after)
            return CreatedSubscription(created, generated_secret=generated_secret)

        return await self._database.write_queue.run(transaction)

    async def update(
        self, scope: Scope, api: Api, draft: SubscriptionDraft, *, if_match: SubscriptionVersions = None
    ) -> Subscription:
        """Replaces the subscription of `draft.id`; a webhook's new endpoint must be confirmed again.

        Raises NotFound, VersionMismatch, and InvalidInput for what `create` refuses and for `start_from`.
        """
        self._check(draft)
        if draft.start_from:
            raise InvalidInput.of("startFrom", "is for new subscriptions; replay a range to this one")

        def replacement(stored: Subscription) -> dict[str, Any]:
            return draft.columns() | draft.consequences(stored) | self._secrets.rotated(stored, draft.secret)

        stored = await self._change(scope, api, draft.id, replacement, if_match=if_match)
        if stored.is_active:
            await self._bring_forward(stored)
        return stored

    async def get(self, scope: Scope, api: Api, subscription_id: str) -> Subscription:
        """The subscription, active or not. Raises NotFound."""
        async with self._database.read() as conn:
            return (await _existing(conn, scope, api, subscription_id)).as_of(self._clock.now_us())

    async def list_all(
        self, scope: Scope, api: Api, *, after: str = "", has_inactive: bool = False
    ) -> list[Subscription]:
        """The tenant's subscriptions of one API, oldest first; those `after` the one with this id.

        The inactive ones only if asked for. Raises InvalidInput when there never was one `after`.
        """
        async with self._database.read() as conn:
            last = await table.get(conn, scope.tenant, api, after) if after else None
            if after and last is None:
                raise InvalidInput.of("after", "must be the id of a subscription")
        after_key = last.key if last else 0
        found = await all_of(self._database, scope.tenant, api=api, after_key=after_key, has_inactive=has_inactive)
        return [subscription.as_of(self._clock.now_us()) for subscription in found]

    async def deactivate(
        self, scope: Scope, api: Api, subscription_id: str, *, if_match: SubscriptionVersions = None
    ) -> Subscription:
        """Stops a subscription: nothing is queued for it and sent to it any more. Idempotent."""

        def stop(stored: Subscription) -> Mapping[str, Any]:
            return STOPPED if stored.is_active else {}

        return await self._change(scope, api, subscription_id, stop, if_match=if_match)

    async def reactivate(
        self, scope: Scope, api: Api, subscription_id: str, *, if_match: SubscriptionVersions = None
    ) -> Subscription:
        """Starts it again: what is queued is sent now, and events stored from now on are queued. Idempotent.

        For one that runs it ends a pause, and the pauses between the tries of its deliveries.
        """
        stored = await self._change(scope, api, subscription_id, started, if_match=if_match)
        await self._bring_forward(stored)
        return stored

    async def rotate_secret(
        self,
        scope: Scope,
        api: Api,
        subscription_id: str,
        *,
        secret: str,
        access_key: str | None = None,
        if_match: SubscriptionVersions = None,
    ) -> Subscription:
        """Replaces the secret, with its key id where it has one, and ends a pause: that may be the remedy.

        A webhook's old secret signs beside the new one for a day. Raises NotFound and VersionMismatch.
        """

        def rotated(stored: Subscription) -> Mapping[str, Any]:
            key = {} if access_key is None else {"access_key": access_key}
            return {**key, **UNPAUSED, **self._secrets.rotated(stored, secret)}

        stored = await self._change(scope, api, subscription_id, rotated, if_match=if_match)
        if stored.is_active:
            await self._bring_forward(stored)
        return stored

    async def confirm(self, scope: Scope, pinged: Subscription) -> Subscription:
        """Records that the endpoint of `pinged` answered the signed ping.

        Its own version stays: who has just made a subscription can still replace it by the tag of that answer. Raises
        LostRace if the endpoint has changed since.
        """

        async def transaction(conn: AsyncConnection) -> Subscription:
            await table.hold(conn)
            await _existing(conn, scope, pinged.api, pinged.id)
            await table.bump(conn)
            confirmed = await table.confirm(conn, pinged)
            if confirmed is None:
                raise LostRace
            return confirmed

        return await self._database.write_queue.run(transaction)

    async def delete(
        self, scope: Scope, api: Api, subscription_id: str, *, if_match: SubscriptionVersions = None
    ) -> None:
        """Deletes a subscription; its id stays taken. What is queued for it is not sent."""
        secrets = {"sealed_secret": None, "sealed_old_secret": None}
        gone = {"is_active": False, "deleted_at": self._clock.now_us(), **secrets}
        await self._change(scope, api, subscription_id, lambda _stored: gone, if_match=if_match)

    async def _bring_forward(self, stored: Subscription) -> None:
        """Makes the deliveries that wait for their next try due now."""
        now = self._clock.now_us()
        while await self._database.write_queue.run(
            lambda conn: redeliveries.bring_forward(
                conn, stored.key, tenant_id=stored.tenant_id, now=now, limit=FORWARD_ROWS
            )
        ):
            pass

    def _check(self, draft: SubscriptionDraft) -> None:
        for index, pattern in enumerate(draft.topics):
            check_pattern(pattern, f"topics[{index}]")
        if draft.condition:
            self._conditions.check(draft.condition)

    def _initial(self, scope: Scope, api: Api, draft: SubscriptionDraft, secret: str) -> dict[str, Any]:
        """Every column of a new subscription but `key` and `after_seq`."""
        now = self._clock.now_us()
        subscription_id = draft.id or scope.reserved_id or self._ids.uuid7()
        sealed = self._secrets.sealed(secret, tenant_id=scope.tenant, api=api, subscription_id=subscription_id)
        return draft.columns() | {
            "id": subscription_id,
            "tenant_id": scope.tenant,
            "api": api,
            "version": 1,
            "is_confirmed": draft.destination is not DestinationKind.WEBHOOK,
            "created_at": now,
            "created_by": scope.actor,
            "updated_at": now,
            "updated_by": scope.actor,
            "sealed_secret": sealed,
            "inactive_reason": "" if draft.is_active else BY_CLIENT,
            "last_condition_error": "",
            "request_hash": draft.request_hash,
        }

    async def _change(
        self, scope: Scope, api: Api, subscription_id: str, changes: Changes, *, if_match: SubscriptionVersions = None
    ) -> Subscription:
        stamp = {"updated_at": self._clock.now_us(), "updated_by": scope.actor}
        event_id = self._ids.uuid7()

        async def transaction(conn: AsyncConnection) -> Subscription:
            await table.hold(conn)
            stored = await _existing(conn, scope, api, subscription_id)
            if if_match is not None and stored.version not in if_match:
                raise VersionMismatch
            values = changes(stored)
            return await carry_out(conn, stored, {**values, **stamp}, event_id=event_id) if values else stored

        return await self._database.write_queue.run(transaction)


def _repeated(stored: Subscription, draft: SubscriptionDraft) -> CreatedSubscription:
    if stored.deleted_at is None and stored.request_hash == draft.request_hash:
        return CreatedSubscription(stored, is_repeat=True)
    raise Conflict("The id is taken by another subscription.")


async def _existing(conn: AsyncConnection, scope: Scope, api: Api, subscription_id: str) -> Subscription:
    stored = await table.get(conn, scope.tenant, api, subscription_id)
    if stored is None or stored.deleted_at is not None or not scope.sees(stored.app_id):
        raise NotFound("There is no such subscription.")
    return stored
