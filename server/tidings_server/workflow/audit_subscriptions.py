"""Askers: the subscriptions that want audit records, which are events for them alone."""

from collections.abc import Collection, Mapping
from typing import Final

from tidings_server.delivery.matching import SubscriptionMatcher
from tidings_server.workflow.audits import AuditCategory
from tidings_server.workflow.event_codec import audit_topic

AuditCategories = frozenset[AuditCategory]
MAX_TENANTS: Final = 10_000


class AuditSubscriptions:
    """Which records each tenant's subscriptions ask for, held until a subscription changes."""

    def __init__(self, audiences: SubscriptionMatcher) -> None:
        self._audiences = audiences
        self._version = -1
        self._held: dict[int, AuditCategories] = {}

    async def of(self, tenants: Collection[int], *, version: int) -> Mapping[int, AuditCategories]:
        """What these tenants ask for now; `version` is how often any subscription has changed."""
        if version != self._version or len(self._held) > MAX_TENANTS:
            self._held.clear()
            self._version = version
        missing = [tenant for tenant in tenants if tenant not in self._held]
        if missing:
            snapshot = await self._audiences.snapshot(missing)
            for tenant in missing:
                self._held[tenant] = frozenset(
                    category for category in AuditCategory if snapshot.names(tenant, audit_topic(category))
                )
        return self._held
