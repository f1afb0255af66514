"""A client's request for a subscription, and its effect on one that exists."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from tidings_server.delivery.store.subscriptions import DestinationKind, Subscription

BY_CLIENT: Final = "deactivated by the client"

UNPAUSED: Final = {"paused_until": None, "pause_reason": None}
_UNTRIED: Final = {"failing_since": None, "ping_error": None, **UNPAUSED}
STOPPED: Final = {"is_active": False, "inactive_reason": BY_CLIENT}
STARTED: Final = {"is_active": True, "inactive_reason": "", **_UNTRIED}


def started(stored: Subscription) -> Mapping[str, Any]:
    """The columns that change as a subscription is started again; none where it runs and its endpoint does well."""
    is_well = stored.is_active and stored.failing_since is None and stored.paused_until is None
    return {} if is_well else STARTED


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionDraft:
    """A subscription as a client requests it, checked for form by its dialect, defaults filled in.

    `id` empty: the server makes one. `secret` empty or the mask: the stored one stays; a new webhook gets one made.
    `start_from` is a position or an RFC 3339 time, only on create. `request_hash` is SHA-256 of the message as the
    client sent it. The other fields are those of `Subscription`.
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

    def columns(self) -> dict[str, Any]:
        """The columns that a client sets, on create and on update alike."""
        return {name: getattr(self, name) for name in _COLUMNS}

    def consequences(self, stored: Subscription) -> dict[str, Any]:
        """Columns that change with replacing `stored`: the health of a new endpoint or condition is not known yet.

        Any change may be the remedy, so it ends a pause.
        """
        values: dict[str, Any] = {**UNPAUSED}
        if self.is_active != stored.is_active:
            values |= STARTED if self.is_active else STOPPED
        if self.endpoint != stored.endpoint:
            values |= {"is_confirmed": self.destination is not DestinationKind.WEBHOOK, **_UNTRIED}
        if self.condition != stored.condition:
            values |= {"last_condition_error": "", "last_condition_error_at": None}
        return values


def servers_reason(stored: Subscription) -> str | None:
    """The reason that the server itself stopped a subscription; None where a client did, who knows."""
    return None if stored.inactive_reason in {"", BY_CLIENT} else stored.inactive_reason


_COLUMNS = tuple(
    each.name for each in fields(SubscriptionDraft) if each.name not in {"id", "secret", "start_from", "request_hash"}
)
