"""Delivery outcomes of SMTP errors. Source: RFC 5321, 4.2.1: replies 4yz are transient, 5yz permanent."""

import re
import ssl
from dataclasses import replace
from typing import Final

from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from tidings_server.delivery.message import ErrorType, Outcome, OutcomeKind, kept_answer

PERMANENT: Final = range(500, 600)
CLOSING: Final = 421
"""Reply code of a server that is busy or shutting down."""

UNAVAILABLE: Final = 450
"""Reply code for a mailbox that takes nothing now."""

TOO_LARGE: Final = 552
STARTTLS: Final = "STARTTLS"
"""Part of the library's error text for a server without STARTTLS, which has no class of its own."""

_ENHANCED: Final = re.compile(r"4\.(\d{1,3})\.\d{1,3}\b", re.ASCII)
_OF_RECIPIENT: Final = frozenset("127")

_KINDS: Final[tuple[tuple[type[Exception], ErrorType], ...]] = (
    (SMTPAuthenticationError, ErrorType.CREDENTIALS),
    (SMTPTimeoutError, ErrorType.TIMEOUT),
    (TimeoutError, ErrorType.TIMEOUT),
    (ssl.SSLError, ErrorType.TLS),
    (SMTPNotSupported, ErrorType.TLS),
    (SMTPServerDisconnected, ErrorType.CONNECTION),
    (SMTPConnectError, ErrorType.CONNECTION),
    (OSError, ErrorType.CONNECTION),
)


def connect_failure(error: Exception) -> Outcome:
    """The outcome of mails when no connection could be opened; always retried."""
    if isinstance(error.__cause__, ssl.SSLError) or STARTTLS in str(error):
        return _failed(ErrorType.TLS, error)
    kind = next((kind for known, kind in _KINDS if isinstance(error, known)), ErrorType.SERVICE)
    return _failed(kind, error, throttled=_code(error) == CLOSING)


def send_failure(error: Exception, *, duration_s: float) -> Outcome:
    """The outcome of a mail that the server did not accept.

    Permanent where the server refuses the recipient or the mail, or does not support such an address. A refused sender
    is retried, since the operator can correct it.
    """
    code = _code(error)
    is_of_mail = not isinstance(error, SMTPSenderRefused | SMTPAuthenticationError)
    if isinstance(error, ValueError | SMTPNotSupported) or (code in PERMANENT and is_of_mail):
        kind = ErrorType.TOO_LARGE if code == TOO_LARGE else ErrorType.REFUSED_CONTENT
        return Outcome(OutcomeKind.EXPIRED, code, kind, _text(error), duration_s=duration_s)
    kind = next((kind for known, kind in _KINDS if isinstance(error, known)), ErrorType.SERVICE)
    failed = _failed(kind, error, throttled=code == CLOSING, duration_s=duration_s)
    return replace(failed, is_well=_is_of_recipient(error, code))


def _is_of_recipient(error: Exception, code: int | None) -> bool:
    """Whether the server says something of the recipient, such as greylisting or a full mailbox, and works itself.

    Source: RFC 5321, 4.2.3 (450); RFC 3463, 3 (the subjects 1, 2 and 7 are the address, the mailbox and policy).
    """
    if not isinstance(error, SMTPRecipientsRefused) or code == CLOSING:
        return False
    enhanced = _ENHANCED.match(error.recipients[0].message)
    return enhanced[1] in _OF_RECIPIENT if enhanced else code == UNAVAILABLE


def _failed(kind: ErrorType, error: Exception, *, throttled: bool = False, duration_s: float = 0.0) -> Outcome:
    return Outcome(OutcomeKind.RETRY, _code(error), kind, _text(error), throttled=throttled, duration_s=duration_s)


def _code(error: Exception) -> int | None:
    """The server's reply code, None without a reply."""
    if isinstance(error, SMTPRecipientsRefused):
        return error.recipients[0].code
    return error.code if isinstance(error, SMTPResponseException) else None


def _text(error: Exception) -> str:
    text = error.recipients[0].message if isinstance(error, SMTPRecipientsRefused) else str(error)
    return kept_answer((text or type(error).__name__).encode("utf-8", "replace"))
