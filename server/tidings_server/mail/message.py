"""Mail as destinations take it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final, Protocol

from tidings_server.delivery.message import Outcome

CONTENT_TYPE: Final = "application/json"
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailMessage:
    """One mail to one recipient, filled in.

    `template_id` and `data` are what it was made of, or what the mail service makes it of; `subject` and the two parts
    may then be empty. `to` and `subject` have no control characters.
    """

    to: str
    subject: str = ""
    text: str = ""
    html: str = ""
    template_id: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def packed(self) -> bytes:
        """The mail as the body of a payload."""
        return _ENCODER.encode({name: getattr(self, name) for name in _FIELDS}).encode()

    @classmethod
    def unpacked(cls, body: bytes) -> "MailMessage":
        """The mail of `packed`."""
        return cls(**json.loads(body))


_FIELDS: Final = tuple(each.name for each in fields(MailMessage))


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A mail on its way: `id` is the message's for ever, so that who gets it twice can tell."""

    id: str
    mail: MailMessage


class MailTransport(Protocol):
    """What takes mails: a mail server, a mail service, or a table that keeps them.

    Takes 1 to `max_batch` mails of one tenant and answers one Outcome each, in their order, within a bounded time. It
    raises nothing but cancellation.
    """

    @property
    def max_batch(self) -> int: ...

    async def send(self, tenant: int, mails: Sequence[OutgoingMail]) -> list[Outcome]: ...

    async def close(self) -> None: ...
