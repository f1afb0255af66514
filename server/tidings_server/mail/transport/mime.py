"""MIME encoding of mail messages (RFC 5322).

Encoded by hand, since `email.message`, which parses every header that it is given, takes about 30 times as long. The
tests parse the result with it.
"""

import secrets
from base64 import encodebytes
from email.header import Header
from email.headerregistry import Address
from email.utils import format_datetime, formataddr
from typing import Final

from tidings_server.mail.addresses import wire_address
from tidings_server.mail.message import MailMessage, OutgoingMail
from tidings_server.platform.clock import from_us

CRLF: Final = "\r\n"
MAX_LINE: Final = 998
"""Octets of a line. Source: RFC 5322, 2.1.1."""

FOLD_AT: Final = 76
HTML: Final = "html"
PLAIN: Final = "plain"


def mime(outgoing: OutgoingMail, sender: Address, *, at_us: int) -> bytes:
    """The MIME message, dated `at_us` (µs); text and HTML as alternatives where there are both.

    The `Message-ID` is derived from the delivery id, so mail programs recognize a mail that was sent twice. Raises
    ValueError for control characters in headers. Source: RFC 5322, 3.6; RFC 3834 for `Auto-Submitted`.
    """
    mail = outgoing.mail
    if not (mail.to.isprintable() and mail.subject.isprintable()):
        raise ValueError("a header holds no control characters")
    headers = {
        "From": _from(sender),
        "To": mail.to,
        "Subject": _encoded(mail.subject),
        "Date": format_datetime(from_us(at_us)),
        "Message-ID": f"<{outgoing.id.replace(':', '.')}@{wire_address(sender.addr_spec).rpartition('@')[2]}>",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        **unsubscribe_headers(mail),
    }
    lines = [f"{name}: {value}{CRLF}" for name, value in headers.items()]
    return "".join((*lines, _body(mail))).encode()


def unsubscribe_headers(mail: MailMessage) -> dict[str, str]:
    """The headers by which mail programs show a button to opt out. Source: RFC 2369, 3.2; RFC 8058, 3.1."""
    if not mail.unsubscribe:
        return {}
    return {"List-Unsubscribe": f"<{mail.unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def is_plain(*addresses: str) -> bool:
    """Whether every mail server accepts these addresses; otherwise it must support SMTPUTF8 (RFC 6531)."""
    return all(address.isascii() for address in addresses)


def _from(sender: Address) -> str:
    spec = wire_address(sender.addr_spec)
    return formataddr((sender.display_name, spec)) if spec.isascii() else str(sender)


def _encoded(subject: str) -> str:
    """A folded header value: unchanged if it is short ASCII, else encoded words (RFC 2047)."""
    if subject.isascii() and len(subject) <= FOLD_AT and "=?" not in subject:
        return subject
    return Header(subject, "utf-8", maxlinelen=FOLD_AT, header_name="Subject").encode(linesep=CRLF)


def _body(mail: MailMessage) -> str:
    """The Content-Type header and the body."""
    parts = [(PLAIN, mail.text)] if mail.text or not mail.html else []
    parts += [(HTML, mail.html)] if mail.html else []
    if len(parts) == 1:
        return _part(*parts[0])
    boundary = f"=_{secrets.token_hex(16)}"
    opened = "".join(f"--{boundary}{CRLF}{_part(*part)}{CRLF}" for part in parts)
    return f'Content-Type: multipart/alternative; boundary="{boundary}"{CRLF}{CRLF}{opened}--{boundary}--{CRLF}'


def _part(subtype: str, text: str) -> str:
    """One body part: 7bit where every mail server passes it on unchanged, else base64."""
    lines = text.splitlines()
    body = CRLF.join([*lines, ""])
    encoding = "7bit"
    if not text.isascii() or "\0" in text or max(map(len, lines), default=0) > MAX_LINE:
        encoding, body = "base64", encodebytes(body.encode()).decode().replace("\n", CRLF)
    kind = f'Content-Type: text/{subtype}; charset="utf-8"'
    return CRLF.join((kind, f"Content-Transfer-Encoding: {encoding}", "", body))
