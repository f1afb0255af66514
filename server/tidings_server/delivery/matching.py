"""Matching of events and subscriptions, and for a subscription that does not match, the reason.

The router matches all of a tenant's at once, `why` one at a time; both go by `refusal`.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

from tidings_server.delivery.requested_deliveries import InternalEndpoint, is_addressed_to
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.expressions.conditions import ConditionFailed, Conditions
from tidings_server.log import topics
from tidings_server.platform.clock import from_us
from tidings_server.platform.telemetry.metrics import CONDITION_ERRORS
from tidings_server.platform.turns import SERVER, Turn, off_loop
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api, StoredEvent

MAX_CACHED: Final = 20_000
"""Subscriptions kept in memory between batches, about 1 KiB each; the tenants least recently used go first."""

MAX_TOPICS: Final = 1_000
"""Topics of a tenant of which it is remembered whether any subscription names them."""

WITH_ITEMS: Final = {"WISHLIST": ("wishlist", "wishlist_item")}
"""Entity types of subscriptions that stand for more than themselves. Source: WIRE.md 000."""

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

    def __init__(self, version: int, by_tenant: Mapping[int, "_TopicIndex"]) -> None:
        self.version = version
        self._by_tenant = by_tenant

    def matching(self, event: StoredEvent) -> list[Subscription]:
        """Subscriptions that match an event but for conditions. KeyError for a tenant that is not in the snapshot."""
        candidates = self._by_tenant[event.tenant_id].candidates(event.topic)
        return [candidate for candidate in candidates if refusal(candidate, event) is None]

    def endpoint(self, endpoint: InternalEndpoint) -> Subscription | None:
        """The row of an internal endpoint; None where there is none or it was stopped. KeyError as `matching`."""
        return self._by_tenant[endpoint.tenant_id].endpoints.get((endpoint.api, endpoint.id))

    def names_any(self, event: StoredEvent) -> bool:
        """Whether any subscription of the tenant names the event's topic or a pattern of it. KeyError as `matching`."""
        return self._by_tenant[event.tenant_id].names(event.topic)

    def names(self, tenant: int, topic: str) -> bool:
        """Whether any subscription of the tenant names this very topic. KeyError as `matching`."""
        return any(topic in candidate.topics for candidate in self._by_tenant[tenant].candidates(topic))


class SubscriptionMatcher:
    """Matches events; keeps the subscriptions it has read until their version changes."""

    def __init__(self, database: Database, conditions: Conditions, bodies: EventShaper) -> None:
        self._database = database
        self._conditions = conditions
        self._bodies = bodies
        self._version = -1
        self._reading = asyncio.Lock()
        self._by_tenant: OrderedDict[int, _TopicIndex] = OrderedDict()

    async def snapshot(self, tenants: Collection[int]) -> Snapshot:
        """The subscriptions of these tenants as they are now.

        The transaction that relies on it compares its version with `lock_version` and starts again when they differ.
        """
        async with self._reading:
            return await self._snapshot(sorted(set(tenants)))

    async def match(self, snapshot: Snapshot, event: StoredEvent, turn: Turn) -> Matches:
        """The subscriptions that get an event, conditions included. Reads no database: CEL runs in no transaction."""
        matches = Matches()
        activation = None
        for candidate in snapshot.matching(event):
            if not candidate.condition:
                matches.subscriptions.append(candidate)
                continue
            activation = activation or await variables_of(event, self._conditions, self._bodies)
            await turn.give()
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
        if version != self._version:
            self._by_tenant.clear()
            self._version = version
        missing = [tenant for tenant in tenants if tenant not in self._by_tenant]
        read = await self._routable(missing) if missing else []
        for tenant in missing:
            self._by_tenant[tenant] = _TopicIndex([each for each in read if each.tenant_id == tenant])
        for tenant in tenants:
            self._by_tenant.move_to_end(tenant)
        snapshot = Snapshot(version, {tenant: self._by_tenant[tenant] for tenant in tenants})
        self._let_go(keep=len(tenants))
        return snapshot

    async def _routable(self, tenants: Sequence[int]) -> Sequence[Subscription]:
        async with self._database.read() as conn:
            return await table.list_routable(conn, tenants)

    def _let_go(self, *, keep: int) -> None:
        held = sum(map(len, self._by_tenant.values()))
        while held > MAX_CACHED and len(self._by_tenant) > keep:
            _, index = self._by_tenant.popitem(last=False)
            held -= len(index)


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
    if topics.entity_of(topic) not in _entities(subscription.entity_type or ""):
        return Refusal.OTHER_ENTITY
    verb = topics.verb_of(topic)
    if verb in _NEVER:
        return Refusal.OTHER_CHANGE
    if verb in _ON_CREATE:
        is_selected = subscription.on_create
    else:
        is_selected = subscription.on_delete if verb == topics.DELETED else subscription.on_change
    return None if is_selected else Refusal.OTHER_CHANGE


def _entities(entity_type: str) -> tuple[str, ...]:
    return WITH_ITEMS.get(entity_type, (entity_type.lower(),))


class _TopicIndex:
    """One tenant's active subscriptions by their topic patterns, and its internal endpoints by name."""

    def __init__(self, subscriptions: Iterable[Subscription]) -> None:
        self._by_pattern: dict[str, list[Subscription]] = {}
        self.endpoints: dict[tuple[Api, str], Subscription] = {}
        self._size = 0
        self._named: dict[str, bool] = {}
        for subscription in subscriptions:
            self._size += 1
            if subscription.is_internal:
                self.endpoints[subscription.api, subscription.id] = subscription
                continue
            for pattern in _patterns(subscription):
                self._by_pattern.setdefault(pattern, []).append(subscription)

    def __len__(self) -> int:
        return self._size

    def names(self, topic: str) -> bool:
        """Whether there are candidates for the topic; remembered for most topics."""
        known = self._named.get(topic)
        if known is None:
            known = bool(self.candidates(topic))
            if len(self._named) < MAX_TOPICS:
                self._named[topic] = known
        return known

    def candidates(self, topic: str) -> list[Subscription]:
        """Subscriptions with a pattern for the topic, each once, oldest first."""
        patterns = (topic, topics.entity_of(topic) + topics.PREFIX_END, topics.ANY)
        lists = [found for pattern in patterns if (found := self._by_pattern.get(pattern))]
        if len(lists) <= 1:
            return lists[0] if lists else []
        by_key = {each.key: each for found in lists for each in found}
        return [by_key[key] for key in sorted(by_key)]


def _patterns(subscription: Subscription) -> Iterable[str]:
    if subscription.entity_type:
        return [entity + topics.PREFIX_END for entity in _entities(subscription.entity_type)]
    return dict.fromkeys(subscription.topics)
