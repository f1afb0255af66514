"""Matching of events and subscriptions, and for a subscription that does not match, the reason.

The router matches all of a tenant's at once, `why` one at a time; both go by `refusal`.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.known_subscriptions import KnownSubscriptions
from tidings_server.delivery.requested_deliveries import InternalEndpoint, is_addressed_to
from tidings_server.delivery.store import subscription_cut
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.topic_index import TopicIndex, entities_of
from tidings_server.expressions.conditions import ConditionFailed, Conditions
from tidings_server.log import topics
from tidings_server.platform.clock import from_us
from tidings_server.platform.errors import LostRace
from tidings_server.platform.telemetry.metrics import CONDITION_ERRORS
from tidings_server.platform.turns import SERVER, Turn
from tidings_server.platform.worker_threads import off_loop
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api, StoredEvent

_ON_CREATE: Final = frozenset({topics.CREATED, "opened"})
_NEVER: Final = frozenset({topics.READ, topics.FAULT, topics.WARNING, topics.SYSTEM})


class Refusal(StrEnum):
    """Reason that a subscription does not get an event, in the words of `why`."""

    INACTIVE = "inactive"
    MADE_LATER = "made later"
    OTHER_ENTITY = "other entity"
    OTHER_CHANGE = "other change"
    OTHER_TOPIC = "other topic"
    OTHER_SITE = "other site"
    NO_CALLBACK = "no callback"
    ABOUT_ITSELF = "about the subscription itself"
    FILTER_FALSE = "filter false"
    FILTER_FAILED = "filter failed"


class EventShaper(Protocol):
    """Stored events as the messages that conditions see."""

    def event_shape(self, event: StoredEvent) -> Any:
        """The event as a message of the collector's Event, whichever API it came by: what conditions see."""
        ...


@dataclass(slots=True)
class Matches:
    """The subscriptions that get an event, oldest first, and those whose condition failed on it, with its error."""

    subscriptions: list[Subscription] = field(default_factory=list)
    failed: list[tuple[Subscription, str]] = field(default_factory=list)


class Snapshot:
    """The active subscriptions of some tenants at one version, ready to be looked up by topic."""

    def __init__(self, version: int, by_tenant: Mapping[int, TopicIndex]) -> None:
        self._version = version
        self._by_tenant = by_tenant

    async def stopped_since(self, conn: AsyncConnection, keys: Collection[int], *, upto: int) -> set[int]:
        """Those of these subscriptions that were stopped or deleted since the snapshot.

        For the transaction that relies on it: until that ends no subscription changes. Raises LostRace where one of the
        tenants' that gets events up to `upto` is not in the snapshot.
        """
        if await table.lock_version(conn) == self._version:
            return set()
        known = [key for index in self._by_tenant.values() for key in index.keys]
        if await subscription_cut.has_others(conn, self._by_tenant.keys(), known, upto=upto):
            raise LostRace
        return await subscription_cut.gone(conn, self._by_tenant.keys(), keys)

    def candidates(self, event: StoredEvent) -> Sequence[Subscription]:
        """Subscriptions that name an event's topic, oldest first. KeyError for a tenant that is not in the snapshot."""
        return self._by_tenant[event.tenant_id].candidates(event.topic)

    def endpoint(self, endpoint: InternalEndpoint) -> Subscription | None:
        """The row of an internal endpoint; None where there is none or it was stopped. KeyError as `candidates`."""
        return self._by_tenant[endpoint.tenant_id].endpoints.get((endpoint.api, endpoint.id))

    def names_any(self, event: StoredEvent) -> bool:
        """True where a subscription of the tenant names the event's topic or a pattern of it. KeyError as above."""
        return self._by_tenant[event.tenant_id].names(event.topic)

    def names(self, tenant: int, topic: str) -> bool:
        """True where a subscription of the tenant names this very topic. KeyError as `candidates`."""
        return any(topic in candidate.topics for candidate in self._by_tenant[tenant].candidates(topic))


class SubscriptionMatcher:
    """Matches events; keeps the subscriptions it has read until their version changes."""

    def __init__(self, database: Database, conditions: Conditions, bodies: EventShaper) -> None:
        self._database = database
        self._conditions = conditions
        self._bodies = bodies
        self._reading = asyncio.Lock()
        self._known = KnownSubscriptions(database)

    async def snapshot(self, tenants: Collection[int]) -> Snapshot:
        """The subscriptions of these tenants as they are now.

        The transaction that relies on it asks what was `stopped_since`.
        """
        async with self._reading:
            return await self._snapshot(sorted(set(tenants)))

    async def match(self, snapshot: Snapshot, event: StoredEvent, turn: Turn) -> Matches:
        """The subscriptions that get an event, conditions included. Reads no database: CEL runs in no transaction."""
        matches = Matches()
        activation = None
        for candidate in snapshot.candidates(event):
            await turn.give()
            if refusal(candidate, event) is not None:
                continue
            if not candidate.condition:
                matches.subscriptions.append(candidate)
                continue
            activation = activation or await variables_of(event, self._conditions, self._bodies)
            holds = self._conditions.evaluate(candidate.condition, activation)
            if isinstance(holds, ConditionFailed):
                matches.failed.append((candidate, holds.error))
                CONDITION_ERRORS.inc()
            elif holds:
                matches.subscriptions.append(candidate)
        return matches

    async def refusal(self, subscription: Subscription, event: StoredEvent, *, is_backlog: bool = False) -> str | None:
        """The reason that the subscription does not get the event, conditions included; None when it does.

        `is_backlog`: also events from before it was created or started, as for a replay.
        """
        refused = refusal(subscription, event, is_backlog=is_backlog)
        if refused or not subscription.condition:
            return refused
        variables = await variables_of(event, self._conditions, self._bodies)
        holds = self._conditions.evaluate(subscription.condition, variables)
        if isinstance(holds, ConditionFailed):
            return f"{Refusal.FILTER_FAILED}: {holds.error}"
        return None if holds else Refusal.FILTER_FALSE

    async def _snapshot(self, tenants: Sequence[int]) -> Snapshot:
        """Reads the version before the rows: the transaction's comparison finds rows that are newer."""
        async with self._database.read_inline() as conn:
            version = await table.current_version(conn)
        return Snapshot(version, await self._known.at(version, tenants))


async def variables_of(event: StoredEvent, conditions: Conditions, bodies: EventShaper) -> Any:
    """The variables that conditions on an event see; those of a large event are made on a thread."""
    shape = await off_loop(lambda: bodies.event_shape(event), tenant=SERVER, size=len(event.body))
    return conditions.activation(shape, event.topic, from_us(event.recorded_at))


def refusal(subscription: Subscription, event: StoredEvent, *, is_backlog: bool = False) -> Refusal | None:
    """The reason that a subscription of its tenant does not match an event, conditions left out; None when it does."""
    if not subscription.is_active:
        return Refusal.INACTIVE
    if subscription.is_internal:
        return None if is_addressed_to(event, subscription) else Refusal.OTHER_TOPIC
    if event.seq <= subscription.after_seq and not is_backlog:
        return Refusal.MADE_LATER
    by_form = _refused_change if subscription.entity_type else _refused_topic
    return _refused_origin(subscription, event) or by_form(subscription, event.topic)


def _refused_origin(subscription: Subscription, event: StoredEvent) -> Refusal | None:
    """The reason that lies in the event's origin."""
    if event.api == Api.OPERATION and subscription.id in (event.entity_id, event.root_id):
        return Refusal.ABOUT_ITSELF
    if subscription.no_callback and event.actor == subscription.app_id:
        return Refusal.NO_CALLBACK
    if subscription.sites and event.site_id not in subscription.sites:
        return Refusal.OTHER_SITE
    return None


def _refused_topic(subscription: Subscription, topic: str) -> Refusal | None:
    is_named = any(topics.matches(pattern, topic) for pattern in subscription.topics)
    return None if is_named else Refusal.OTHER_TOPIC


def _refused_change(subscription: Subscription, topic: str) -> Refusal | None:
    """The reason that a subscription to an entity's changes does not match a topic. Source: WIRE.md 000 (c)."""
    if topics.entity_of(topic) not in entities_of(subscription.entity_type or ""):
        return Refusal.OTHER_ENTITY
    verb = topics.verb_of(topic)
    if verb in _NEVER:
        return Refusal.OTHER_CHANGE
    if verb in _ON_CREATE:
        is_selected = subscription.on_create
    else:
        is_selected = subscription.on_delete if verb == topics.DELETED else subscription.on_change
    return None if is_selected else Refusal.OTHER_CHANGE
