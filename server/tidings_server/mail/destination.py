"""Delivery destinations of tenants' mail, over the process's mail transport."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tidings_server.delivery.message import DestinationSettings, ErrorType, Message, Outcome, OutcomeKind
from tidings_server.mail.consent import NOTHING_LEFT, ConsentRegistry, MailConsent
from tidings_server.mail.message import MailMessage, MailTransport, OutgoingMail
from tidings_server.mail.rendering import MailRenderer
from tidings_server.mail.requests import EmailRequest
from tidings_server.platform.errors import InvalidInput
from tidings_server.storage.bisection import set_aside

WAITS: Final = Outcome(OutcomeKind.RETRY, error_type=ErrorType.SERVICE, answer="the catalogue is behind the log")
UNREADABLE: Final = Outcome(
    OutcomeKind.EXPIRED, error_type=ErrorType.INTERNAL, answer="this mail cannot be read as it was stored"
)


class TenantMail:
    """Opens the mail of tenants over one transport; closing it closes the transport."""

    def __init__(
        self,
        transport: MailTransport,
        *,
        consents: ConsentRegistry | None = None,
        renderer: MailRenderer | None = None,
    ) -> None:
        """`consents` is asked as a mail leaves; `renderer` renders one again of which not all is still true."""
        self._transport = transport
        self._consents = consents
        self._renderer = renderer or MailRenderer()

    def open(self, settings: DestinationSettings) -> "MailDestination":
        return MailDestination(settings.tenant_id, self._transport, consents=self._consents, renderer=self._renderer)

    async def close(self) -> None:
        await self._transport.close()


class MailDestination:
    """Destination that passes mail to a transport."""

    def __init__(
        self, tenant_id: int, transport: MailTransport, *, consents: ConsentRegistry | None, renderer: MailRenderer
    ) -> None:
        self._tenant_id = tenant_id
        self._transport = transport
        self._consents = consents
        self._renderer = renderer

    @property
    def max_batch(self) -> int:
        return self._transport.max_batch

    async def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """One outcome for each message, whatever the others are.

        A mail that its customer no longer consents to expires with the reason, as one that cannot be read does.
        """
        outcomes: dict[int, Outcome] = {}
        mails: dict[int, OutgoingMail] = {}
        for index, message in enumerate(batch):
            checked = await self._read(message)
            if isinstance(checked, MailMessage):
                mails[index] = OutgoingMail(message.message_id, checked)
            else:
                outcomes[index] = checked
        if mails:
            outcomes |= dict(zip(mails, await self._transport.send(self._tenant_id, list(mails.values())), strict=True))
        return [outcomes[index] for index in range(len(batch))]

    async def _read(self, message: Message) -> MailMessage | Outcome:
        try:
            return await self._checked(MailMessage.unpacked(message.payload.body))
        except (InvalidInput, ValueError, LookupError, TypeError, AttributeError) as error:
            set_aside("mail", error, message=message.message_id, tenant=self._tenant_id)
            return UNREADABLE

    async def _checked(self, mail: MailMessage) -> MailMessage | Outcome:
        """The mail with what may still be said, or why it may not leave."""
        consent = MailConsent.unpacked(mail.consent)
        if self._consents is None or consent is None:
            return mail
        items = _items(mail)
        kind = str(mail.data.get("notification", ""))
        verdict = await self._consents.verdict(self._tenant_id, consent, kind=kind, items=items)
        if not verdict.is_certain:
            return WAITS
        mail = replace(mail, to=verdict.to or mail.to)
        if verdict.refusal:
            return _expired(verdict.refusal)
        if verdict.items is None or len(verdict.items) == len(items):
            return mail
        left = [each for each in items if each["variant_id"] in verdict.items]
        return self._without_others(mail, left) if left else _expired(NOTHING_LEFT)

    def _without_others(self, mail: MailMessage, items: list[dict[str, str]]) -> MailMessage:
        """The mail about these items alone."""
        gone = len(_items(mail)) - len(items)
        data = {**mail.data, "items": items, "item_count": int(mail.data.get("item_count", len(items))) - gone}
        request = EmailRequest(to=mail.to, template_id=mail.template_id, fallback=mail.fallback, data=data)
        return replace(self._renderer.render(request), consent=mail.consent, unsubscribe=mail.unsubscribe)


def _items(mail: MailMessage) -> list[dict[str, str]]:
    items = mail.data.get("items")
    listed = items if isinstance(items, list) else []
    return [each for each in listed if isinstance(each, dict) and "variant_id" in each]


def _expired(reason: str) -> Outcome:
    return Outcome(OutcomeKind.EXPIRED, error_type=ErrorType.WITHDRAWN, answer=reason)
