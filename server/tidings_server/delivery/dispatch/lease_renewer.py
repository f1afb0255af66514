"""Renewal of leases as long as they are needed, and return of those that nothing in the process knows of."""

from collections.abc import Callable
from typing import Final

import structlog

from tidings_server.delivery.dispatch.attempt_buffer import MAX_WRITE
from tidings_server.delivery.dispatch.held_leases import HeldLeases
from tidings_server.delivery.queue import DeliveryQueue
from tidings_server.delivery.store.leases import Lease
from tidings_server.platform import heartbeats
from tidings_server.platform.clock import Clock

RENEW_S: Final = 2.0

log = structlog.get_logger(__name__)


class LeaseRenewer:
    """Extends the leases of what takes long: an endpoint that hangs, a queue that waits for its turn."""

    def __init__(
        self, deliveries: DeliveryQueue, clock: Clock, *, held: HeldLeases, all_held: Callable[[], list[Lease]]
    ) -> None:
        """`all_held` gives the leases of all that the process means to send or to record."""
        self._deliveries = deliveries
        self._clock = clock
        self._held = held
        self._all_held = all_held
        self._may_have_strays = False

    def suspect_strays(self) -> None:
        """Look for leases of transactions whose answer was lost."""
        self._may_have_strays = True

    async def run(self) -> None:
        """Renew until cancelled."""
        heartbeat = heartbeats.current().part("renewer")
        while True:
            await self._clock.sleep(RENEW_S)
            try:
                with heartbeat.round():
                    await self.run_once()
            except Exception:  # the worker's loop: what is not renewed in time is not sent
                log.exception("delivery.renewal_failed")

    async def run_once(self) -> None:
        """Renew what is due, in transactions of at most 500 rows."""
        now = self._clock.now_us()
        until = now + self._deliveries.holder.length_us
        due = self._held.due(self._all_held(), now=now)
        for start in range(0, len(due), MAX_WRITE):
            part = due[start : start + MAX_WRITE]
            self._held.renewed(part, await self._deliveries.renew(part, until=until), until=until)
        if self._may_have_strays:
            await self._deliveries.release_strays([lease.id for lease in self._all_held()])
            self._may_have_strays = False
