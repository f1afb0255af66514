"""Mail messages, and the port of the transports that send them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final, Protocol

from tidings_server.delivery.message import Outcome

CONTENT_TYPE: Final = "application/json"
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailMessage:
    """A rendered mail to one recipient.

    `template_id` and `data` are those that it was rendered from. Where the mail service renders it, `subject`, `text`
    and `html` are empty. `to` and `subject` have no control characters. `consent` is that of the request,
    `unsubscribe` the URL of the one-click opt-out, empty where there is nothing to opt out of.
    """

    to: str
    subject: str = ""
    text: str = ""
    html: str = ""
    template_id: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    fallback: str = ""
    consent: Mapping[str, str] = field(default_factory=dict)
    unsubscribe: str = ""

    def packed(self) -> bytes:
        """The message as JSON, the inverse of `unpacked`."""
        return _ENCODER.encode({name: getattr(self, name) for name in _FIELDS}).encode()

    @classmethod
    def unpacked(cls, body: bytes) -> "MailMessage":
        """The message that `packed` has written."""
        return cls(**json.loads(body))


_FIELDS: Final = tuple(each.name for each in fields(MailMessage))


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A mail message and its delivery id, which is the same in every attempt so that duplicates can be recognized."""

    id: str
    mail: MailMessage


class MailTransport(Protocol):
    """Port of a mail server, a mail service, or the table of captured mail.

    `send` takes 1 to `max_batch` mails of one tenant and returns one Outcome for each, in their order, within a bounded
    time. It raises nothing but cancellation.
    """

    @property
    def max_batch(self) -> int: ...

    async def send(self, tenant: int, mails: Sequence[OutgoingMail]) -> list[Outcome]: ...

    async def close(self) -> None: ...
