"""A letter as the message that mail servers pass on."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Final

from tidings_server.clock import from_us
from tidings_server.delivery.letters import Envelope

SUBTYPE_HTML: Final = "html"


def mime(envelope: Envelope, sender: Address, *, at_us: int) -> bytes:
    """The message's bytes, dated `at_us`; text and HTML as alternatives where there are both.

    The `Message-ID` is made of the letter's own id, so a letter that is handed in twice is one message to who reads
    it. Raises ValueError for what no header can hold. Source: RFC 5322, 3.6; RFC 3834 for `Auto-Submitted`.
    """
    letter = envelope.letter
    message = EmailMessage(policy=SMTP if is_plain(letter.to, sender.addr_spec) else SMTPUTF8)
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(from_us(at_us))
    message["Message-ID"] = f"<{envelope.id.replace(':', '.')}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.text or not letter.html:
        message.set_content(letter.text)
        if letter.html:
            message.add_alternative(letter.html, subtype=SUBTYPE_HTML)
    else:
        message.set_content(letter.html, subtype=SUBTYPE_HTML)
    return message.as_bytes()


def is_plain(*addresses: str) -> bool:
    """Whether every mail server takes these addresses; the others must know SMTPUTF8 (RFC 6531)."""
    return all(address.isascii() for address in addresses)
