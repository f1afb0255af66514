"""Actions of scheduled events, read from the JSON objects that clients send."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from tidings_server.mail import templates
from tidings_server.mail.addresses import check_address
from tidings_server.platform.errors import InvalidInput
from tidings_server.scheduling.scheduled_events.fields import Map, required_text, whole_number

MAX_RECIPIENTS: Final = 100
MAX_DAYS: Final = 3_650
VARIABLES: Final[templates.Names] = {
    "event": {**dict.fromkeys(("id", "topic", "entityType", "entityId", "occurredAt"), str), "attributes": None},
    "store": str,
    "scheduledAt": str,
}
"""Variables of a mail's subject and body."""


class ActionType(StrEnum):
    """Kind of action. Source: document 004."""

    SEND_EMAIL = "SEND_EMAIL"
    BEST_BEFORE_EMAIL = "BEST_BEFORE_EMAIL"
    UNDELIVERED_ORDER_EMAIL = "UNDELIVERED_ORDER_EMAIL"


KEYS: Final[Mapping[ActionType, tuple[str, ...]]] = {
    ActionType.SEND_EMAIL: ("to", "subject", "body"),
    ActionType.BEST_BEFORE_EMAIL: ("to", "days"),
    ActionType.UNDELIVERED_ORDER_EMAIL: ("to", "days"),
}
"""Keys that are read."""


@dataclass(frozen=True, slots=True)
class EmailAction:
    """A mail whose subject and body are templates in the request."""

    to: tuple[str, ...]
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class ReportAction:
    """A report on the catalogue, mailed to each recipient."""

    kind: ActionType
    to: tuple[str, ...]
    days: int


ScheduledAction = EmailAction | ReportAction


def read(kind: ActionType, action: Map, *, is_stored: bool = False) -> ScheduledAction:
    """The action that a JSON object describes. Raises InvalidInput on the first key that is wrong.

    Templates that are stored were checked when they were written, perhaps by an earlier version that took more.
    """
    to = _recipients(action.get("to"))
    if kind is not ActionType.SEND_EMAIL:
        return ReportAction(kind, to, whole_number(action, "days", 0, MAX_DAYS))
    subject = required_text(action, "subject")
    body = required_text(action, "body", max_length=templates.MAX_TEMPLATE)
    if not is_stored:
        templates.check(subject, "subject", VARIABLES)
        templates.check(body, "body", VARIABLES)
    if "\n" in subject or "\r" in subject:
        raise InvalidInput.of("subject", "must be one line")
    return EmailAction(to, subject, body)


def _recipients(to: Any) -> tuple[str, ...]:
    """Addresses of a string or a list, without duplicates."""
    listed: Sequence[Any] = to if isinstance(to, list) else [to]
    if to in (None, "", []):
        raise InvalidInput.of("to", "is required")
    if len(listed) > MAX_RECIPIENTS:
        raise InvalidInput.of("to", f"at most {MAX_RECIPIENTS} addresses", f"{len(listed):,} addresses")
    if not all(isinstance(one, str) for one in listed):
        raise InvalidInput.of("to", "must be an address, or a list of addresses")
    return tuple(dict.fromkeys(_address(one) for one in listed))


@lru_cache(maxsize=4_096)
def _address(text: str) -> str:
    return check_address(text, "to")
