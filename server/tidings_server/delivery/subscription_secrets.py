"""The secrets that a subscription signs or signs in with: sealed at rest, two of them while a webhook changes over."""

from datetime import timedelta
from typing import Any, Final

from tidings_server.delivery.store.subscriptions import DestinationKind, Subscription
from tidings_server.platform.clock import MICROSECOND, Clock
from tidings_server.platform.sealing import Sealer
from tidings_server.storage.log.records import Api

MASK: Final = "********"
"""Text shown in place of a secret; sent back, it keeps the stored one."""

ROTATION: Final = timedelta(hours=24)
"""Time that the previous secret still signs beside a new one. Source: WIRE.md 002."""


class SubscriptionSecrets:
    """Seals each secret for its tenant, API and subscription: copied to another row it does not open."""

    def __init__(self, sealer: Sealer, clock: Clock) -> None:
        self._sealer = sealer
        self._clock = clock

    def active(self, stored: Subscription) -> tuple[str, ...]:
        """The secrets in force, the newest first. Raises SealBroken when they were sealed with another master key."""
        sealed = [stored.sealed_secret]
        if stored.old_secret_until and self._clock.now_us() < stored.old_secret_until:
            sealed.append(stored.sealed_old_secret)
        context = _context(stored.tenant_id, stored.api, stored.id)
        return tuple(self._sealer.open(each, context=context) for each in sealed if each)

    def sealed(self, secret: str, *, tenant_id: int, api: Api, subscription_id: str) -> bytes:
        """The secret of a new subscription as it is stored."""
        return self._sealer.seal(secret, context=_context(tenant_id, api, subscription_id))

    def rotated(self, stored: Subscription, secret: str) -> dict[str, Any]:
        """Columns of an update with `secret`; none for an empty one, the mask and the stored one.

        A webhook's old secret stays in force for ROTATION, as its receiver changes over; AWS keys change at once.
        """
        if secret in {"", MASK, *self.active(stored)[:1]}:
            return {}
        sealed = self.sealed(secret, tenant_id=stored.tenant_id, api=stored.api, subscription_id=stored.id)
        if stored.destination is not DestinationKind.WEBHOOK:
            return {"sealed_secret": sealed}
        until = self._clock.now_us() + ROTATION // MICROSECOND
        return {"sealed_secret": sealed, "sealed_old_secret": stored.sealed_secret, "old_secret_until": until}


def _context(tenant_id: int, api: Api, subscription_id: str) -> str:
    return f"subscription/{tenant_id}/{int(api)}/{subscription_id}"
