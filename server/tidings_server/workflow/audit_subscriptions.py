"""Subscriptions to audits. An audit is stored as an event of the log only where a subscription names its topic."""

from collections.abc import Collection, Mapping
from typing import Final

from tidings_server.delivery.matching import SubscriptionMatcher
from tidings_server.workflow.audits import AuditCategory
from tidings_server.workflow.event_codec import audit_topic

AuditCategories = frozenset[AuditCategory]
MAX_TENANTS: Final = 10_000


class AuditSubscriptions:
    """The categories of audits that each tenant's subscriptions name, cached until a subscription changes."""

    def __init__(self, matcher: SubscriptionMatcher) -> None:
        self._matcher = matcher
        self._version = -1
        self._cached: dict[int, AuditCategories] = {}

    async def of(self, tenants: Collection[int], *, version: int) -> Mapping[int, AuditCategories]:
        """The categories for these tenants; `version` counts the changes of all subscriptions."""
        if version != self._version or len(self._cached) > MAX_TENANTS:
            self._cached.clear()
            self._version = version
        missing = [tenant for tenant in tenants if tenant not in self._cached]
        if missing:
            snapshot = await self._matcher.snapshot(missing)
            for tenant in missing:
                self._cached[tenant] = frozenset(
                    category for category in AuditCategory if snapshot.names(tenant, audit_topic(category))
                )
        return self._cached
