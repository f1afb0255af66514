"""Subscriptions: what a tenant wants to hear of, where it is sent, and who may change that.

Both dialects make, replace, stop and start them here; each checks its own form first and hands over a `Draft`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.clock import MICROSECOND, Clock, Ids
from tidings_server.core.conditions import Conditions
from tidings_server.core.operations import operation_event
from tidings_server.core.positions import Positions
from tidings_server.errors import Conflict, InvalidInput, LostRace, NotFound, VersionMismatch, WrongState
from tidings_server.scope import Scope
from tidings_server.sealing import Sealer
from tidings_server.store import log
from tidings_server.store import subscriptions as table
from tidings_server.store.engine import Database
from tidings_server.store.records import Api
from tidings_server.store.subscriptions import DestinationKind, Subscription

MASK: Final = "********"
"""What is answered instead of a secret; sent back, it keeps the stored one."""

ROTATION: Final = timedelta(hours=24)
"""How long the secret before still signs beside a new one. Source: WIRE.md 002."""

DEACTIVATED: Final = "subscription.deactivated"
BY_CLIENT: Final = "deactivated by the client"

Versions = frozenset[int] | None
"""The versions that `If-Match` allows; None allows any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A subscription as a client asks for it, checked for form by its dialect, defaults filled in.

    `id` empty: made by the server. `secret` empty or the mask: the stored one stays; a new webhook gets one made. A
    webhook starts unconfirmed. `start_from` is a position or an RFC 3339 time, only on create. `request_hash` is
    SHA-256 of the message as the client sent it.
    """

    id: str = ""
    is_active: bool = True
    entity_type: str | None = None
    on_create: bool = False
    on_change: bool = False
    on_delete: bool = False
    topics: tuple[str, ...] = ()
    sites: tuple[int, ...] = ()
    condition: str = ""
    app_id: str = ""
    no_callback: bool = False
    destination: DestinationKind
    endpoint: str
    region: str = ""
    access_key: str = ""
    secret: str = field(default="", repr=False)
    content_type: str = "application/json"
    ordered: bool = False
    ordered_max_wait_s: int = 3_600
    max_concurrency: int = 32
    max_per_second: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)
    start_from: str = ""
    request_hash: bytes = field(default=b"", repr=False)


class Created(NamedTuple):
    """What became of a create: the subscription, whether it was there before, and the secret if the server made it."""

    subscription: Subscription
    is_repeat: bool = False
    made_secret: str = ""


class Subscriptions:
    """The use cases. Another tenant's subscription, another API's and a deleted one are all NotFound."""

    def __init__(
        self,
        database: Database,
        *,
        positions: Positions,
        conditions: Conditions,
        sealer: Sealer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._database = database
        self._positions = positions
        self._conditions = conditions
        self._sealer = sealer
        self._clock = clock
        self._ids = ids

    async def create(self, scope: Scope, api: Api, draft: Draft) -> Created:
        """Makes a subscription that gets the events stored from now on, or the backlog since `start_from` first.

        A repeat of the same request answers what is stored. Raises Conflict when the id is taken by another body,
        InvalidInput for a condition that does not compile, a `start_from` that is not in the past, or a mask for a
        secret.
        """

    async def update(self, scope: Scope, api: Api, draft: Draft, *, if_match: Versions = None) -> Subscription:
        """Replaces the subscription of `draft.id`; a new endpoint of a webhook must be confirmed again.

        Raises NotFound, VersionMismatch, or InvalidInput for what `create` refuses and for `start_from`.
        """

    async def get(self, scope: Scope, api: Api, subscription_id: str) -> Subscription:
        """The subscription, active or not. Raises NotFound."""

    async def list_active(self, scope: Scope, api: Api) -> list[Subscription]:
        """The tenant's active subscriptions of one API, oldest first."""

    async def deactivate(self, scope: Scope, api: Api, subscription_id: str, *, if_match: Versions = None) -> Subscription:
        """Stops a subscription: nothing is sent to it and nothing queued for it any more. Idempotent."""

    async def reactivate(self, scope: Scope, api: Api, subscription_id: str, *, if_match: Versions = None) -> Subscription:
        """Starts it again: what is still queued is sent, and events stored from now on are queued. Idempotent."""

    async def confirm(self, scope: Scope, pinged: Subscription) -> Subscription:
        """Records that the endpoint of `pinged` answered the signed ping. Raises LostRace if the endpoint changed since."""

    async def delete(self, scope: Scope, api: Api, subscription_id: str, *, if_match: Versions = None) -> None:
        """Deletes a subscription; its id stays taken. What is queued for it is not sent."""

    def secrets(self, subscription: Subscription) -> tuple[str, ...]:
        """The secrets to sign or sign in with, the newest first; two while a webhook's secret is being rotated."""
