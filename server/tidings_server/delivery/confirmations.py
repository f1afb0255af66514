"""Endpoints confirm that they want what a push subscription sends: they are pinged, and a 2xx answer confirms.

A new subscription and a new endpoint are pinged at once, then again and again with growing pauses, whichever process
is up; a client may ask for a ping at any time. What the last ping came to, and when the next is due, is
shown on the subscription. Source: WIRE.md 002 (c), "confirmed".
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final, Protocol

import structlog

from tidings_server.delivery.message import ErrorType, Outcome, OutcomeKind
from tidings_server.delivery.retry_policy import pause_of
from tidings_server.delivery.store.confirmations import PingSchedule, claim_due, due_keys, next_ping_due, note_failure
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.subscriptions import Subscriptions
from tidings_server.platform import heartbeats
from tidings_server.platform.clock import US_PER_S, Clock
from tidings_server.platform.errors import EndpointRefused, NotFound, TidingsError
from tidings_server.platform.scope import SYSTEM_ACTOR, Scope
from tidings_server.platform.turns import owner
from tidings_server.storage.bisection import PausedRows, bisected, set_aside
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api
from tidings_server.storage.shared_look import rest

MAX_PINGS: Final = 32
"""Pings under way at once in this process: an endpoint that hangs takes one for as long as a send may last."""

TENANT_PINGS: Final = 4
"""Of these, one tenant's: its endpoints that hang keep nobody else's unconfirmed."""

LOOK_S: Final = 1.0
"""Interval at which the worker looks for subscriptions of other processes, and for pauses that are over."""

FAILURES: Final[Mapping[ErrorType, str]] = {
    ErrorType.TIMEOUT: "it did not answer in time",
    ErrorType.CONNECTION: "no connection, or it was closed before an answer",
    ErrorType.DNS: "its host name has no address",
    ErrorType.TLS: "its certificate or its TLS is refused",
    ErrorType.EGRESS_REFUSED: "its address is one that this server does not call",
    ErrorType.BAD_ANSWER: "what it answered is not HTTP",
    ErrorType.INTERNAL: "the request cannot be sent",
}
"""Failures without an HTTP status, in words."""

GIVEN_UP: Final = "; it is not pinged again by itself"

log = structlog.get_logger(__name__)


class Pinger(Protocol):
    """Sends the signed ping."""

    async def ping(self, subscription: Subscription) -> Outcome: ...


class Confirmations:
    """Pings endpoints and records who answered. `run` is the worker; `run_once` one round of it."""

    def __init__(
        self, database: Database, subscriptions: Subscriptions, *, pings: Pinger, clock: Clock, rhythm: PingSchedule
    ) -> None:
        self._database = database
        self._subscriptions = subscriptions
        self._pings = pings
        self._clock = clock
        self._rhythm = rhythm
        self._news = asyncio.Event()
        self._under_way: dict[int, int] = {}
        """Tenants of pings, by the subscription's key."""
        self._refused = PausedRows(clock)
        self._next_due = database.look.fact("confirmations_due", next_ping_due(rhythm, database.dialect))

    async def confirm(self, scope: Scope, subscription_id: str) -> Subscription:
        """Pings now, confirmed already or not. Raises NotFound, or EndpointRefused when the answer was not 2xx."""
        pinged = await self._subscriptions.get(scope, Api.PUSH, subscription_id)
        outcome = await self._pings.ping(pinged)
        if outcome.kind is not OutcomeKind.DELIVERED:
            failure = failure_text(outcome)
            await self._note(pinged, failure, not_before=self._not_before(pinged, outcome))
            raise EndpointRefused(f"The endpoint did not answer the signed ping with a 2xx status: {failure}.")
        return await self._subscriptions.confirm(scope, pinged)

    def wake(self) -> None:
        """Looks for an endpoint to ping soon."""
        self._news.set()

    async def run(self) -> None:
        """Pings endpoints that are due until cancelled."""
        heartbeat = heartbeats.current()
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._news.clear()
                try:
                    with heartbeat.round():
                        claimed = await self._claim()
                    for subscription in claimed:
                        tasks.create_task(self._try(subscription))
                except Exception:  # the worker's loop: a database that is busy now is read again
                    log.exception("confirmation.look_failed")
                await self._pause()

    async def run_once(self) -> int:
        """Pings endpoints that are due now and waits for the answers; the number of pings."""
        claimed = await self._claim()
        async with asyncio.TaskGroup() as tasks:
            for subscription in claimed:
                tasks.create_task(self._try(subscription))
        return len(claimed)

    async def _claim(self) -> list[Subscription]:
        now, room = self._clock.now_us(), MAX_PINGS - len(self._under_way)
        without = [int(key) for key in self._refused.active()]
        due: list[tuple[int, int]] = []
        if room:
            async with self._database.read() as conn:  # first, since a claim waits its turn among all writes
                due = await due_keys(
                    conn, now=now, rhythm=self._rhythm, limit=MAX_PINGS, of_each=TENANT_PINGS, without=without
                )
        keys = self._within_shares(due)[:room]
        claimed: list[Subscription] = []

        async def claim(keys: Sequence[int]) -> None:
            claimed.extend(
                await self._database.write_queue.run(
                    lambda conn: claim_due(conn, now=now, rhythm=self._rhythm, keys=keys)
                )
            )

        await bisected(keys, claim, refused=self._set_aside)
        fresh = [subscription for subscription in claimed if subscription.key not in self._under_way]
        self._under_way.update((subscription.key, subscription.tenant_id) for subscription in fresh)
        return fresh

    def _within_shares(self, due: Sequence[tuple[int, int]]) -> list[int]:
        """Those keys for which their tenant has pings left."""
        taken, keys = Counter(self._under_way.values()), list[int]()
        for key, tenant in due:
            if taken[tenant] < TENANT_PINGS:
                taken[tenant] += 1
                keys.append(key)
        return keys

    async def _set_aside(self, key: int, error: Exception) -> None:
        """Leave out a subscription that cannot be read or written, for a while."""
        set_aside("confirmations", error, subscription=key)
        self._refused.add(key)

    async def _try(self, subscription: Subscription) -> None:
        """Never raises but for cancellation: a ping that failed comes again."""
        owner.set(subscription.tenant_id)
        try:
            outcome = await self._pings.ping(subscription)
            if outcome.kind is OutcomeKind.DELIVERED:
                with suppress(NotFound):
                    await self._subscriptions.confirm(_scope_of(subscription), subscription)
            failure = "" if outcome.kind is OutcomeKind.DELIVERED else failure_text(outcome)
            if failure:
                not_before = self._not_before(subscription, outcome)
                is_last = max(subscription.paused_until or 0, not_before) == self._ends_at(subscription)
                await self._note(subscription, failure + GIVEN_UP * is_last, not_before=not_before)
            log.info(
                "confirmation.pinged", tenant=subscription.tenant_id, subscription=subscription.id, refused=failure
            )
        except TidingsError as error:
            log.warning("confirmation.failed", subscription=subscription.id, reason=error.reason)
        except Exception:  # the worker's loop
            log.exception("confirmation.failed", subscription=subscription.id)
        finally:
            self._under_way.pop(subscription.key, None)
            self._news.set()

    async def _note(self, pinged: Subscription, failure: str, *, not_before: int) -> None:
        await self._database.write_queue.run(lambda conn: note_failure(conn, pinged, failure, not_before=not_before))

    def _not_before(self, pinged: Subscription, outcome: Outcome) -> int:
        """Instant (µs) before which the endpoint asked for no ping, a day ahead at most; 0 where it did not ask."""
        if not outcome.retry_after_s:
            return 0
        wait_us = int(pause_of(outcome.retry_after_s) * US_PER_S)
        return min(self._clock.now_us() + wait_us, self._ends_at(pinged))

    def _ends_at(self, pinged: Subscription) -> int:
        """Instant (µs) from which on an endpoint that has not confirmed is not pinged again."""
        return pinged.updated_at + self._rhythm.for_us

    async def _pause(self) -> None:
        await rest(self._news, interval_s=LOOK_S, may_be_work=lambda: self._next_due.is_due(self._clock.now_us()))


def next_ping_at(subscription: Subscription) -> int | None:
    """Instant (µs) of the next ping after one that failed; None where none is due."""
    error = subscription.ping_error
    is_pinged = subscription.is_active and not subscription.is_confirmed and error and not error.endswith(GIVEN_UP)
    return subscription.paused_until if is_pinged else None


def failure_text(outcome: Outcome) -> str:
    """Reason that a ping failed, as `kind: words`; nothing of the answer itself."""
    if outcome.status:
        return f"{outcome.error_type.value}: it answered {outcome.status}"
    return f"{outcome.error_type.value}: {FAILURES.get(outcome.error_type, 'it failed')}"


def _scope_of(subscription: Subscription) -> Scope:
    """Tidings itself, acting in the subscription's tenant."""
    return Scope(tenant=subscription.tenant_id, tenant_id="", tenant_name="", actor=SYSTEM_ACTOR, app_id="")
