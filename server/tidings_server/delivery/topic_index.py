"""One tenant's active subscriptions by the topics that they name."""

from collections.abc import Iterable
from typing import Final

from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.log import topics
from tidings_server.platform.turns import BACKGROUND_S, Turn
from tidings_server.storage.log.records import Api

MAX_TOPICS: Final = 1_000
"""Topics of a tenant of which it is remembered whether any subscription names them."""
WITH_ITEMS: Final = {"WISHLIST": ("wishlist", "wishlist_item")}
"""Entity types of subscriptions that stand for more than themselves. Source: WIRE.md 000."""


class TopicIndex:
    """One tenant's active subscriptions by their topic patterns, and its internal endpoints by name."""

    def __init__(self) -> None:
        self._by_pattern: dict[str, list[Subscription]] = {}
        self.endpoints: dict[tuple[Api, str], Subscription] = {}
        self._named: dict[str, bool] = {}
        self.keys: list[int] = []
        """The keys of all of them."""

    @classmethod
    async def of(cls, subscriptions: Iterable[Subscription]) -> "TopicIndex":
        """The index of subscriptions, which are in order of their keys; gives turns, since they may be thousands."""
        index, turn = cls(), Turn(BACKGROUND_S)
        for subscription in subscriptions:
            index._add(subscription)
            await turn.give()
        return index

    def _add(self, subscription: Subscription) -> None:
        self.keys.append(subscription.key)
        if subscription.is_internal:
            self.endpoints[subscription.api, subscription.id] = subscription
            return
        for pattern in _patterns(subscription):
            self._by_pattern.setdefault(pattern, []).append(subscription)

    def __len__(self) -> int:
        return len(self.keys)

    def names(self, topic: str) -> bool:
        """True where there are candidates for the topic; remembered for most topics."""
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


def entities_of(entity_type: str) -> tuple[str, ...]:
    """The first parts of the topics that a subscription to an entity type gets."""
    return WITH_ITEMS.get(entity_type, (entity_type.lower(),))


def _patterns(subscription: Subscription) -> Iterable[str]:
    if subscription.entity_type:
        return [entity + topics.PREFIX_END for entity in entities_of(subscription.entity_type)]
    return dict.fromkeys(subscription.topics)
