"""What the errors of a mail server mean for a mail. Source: RFC 5321, 4.2.1: 4yz may pass later, 5yz will not."""

import ssl
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
"""The server is busy or going down: it asks for a pause."""

TOO_LARGE: Final = 552
STARTTLS: Final = "STARTTLS"
"""What the library's error names when a server does not offer it: it has no class of its own."""

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
    """The outcome of mails for which there was no connection: whatever it was can be put right."""
    if isinstance(error.__cause__, ssl.SSLError) or STARTTLS in str(error):
        return _failed(ErrorType.TLS, error)
    kind = next((kind for known, kind in _KINDS if isinstance(error, known)), ErrorType.SERVICE)
    return _failed(kind, error, throttled=_code(error) == CLOSING)


def send_failure(error: Exception, *, duration_s: float) -> Outcome:
    """The outcome of a mail that the server did not take.

    Final where the server refuses the recipient or the mail, or cannot take such an address at all. A sender that it
    refuses is the operator's to put right.
    """
    code = _code(error)
    is_mails = not isinstance(error, SMTPSenderRefused | SMTPAuthenticationError)
    if isinstance(error, ValueError | SMTPNotSupported) or (code in PERMANENT and is_mails):
        kind = ErrorType.TOO_LARGE if code == TOO_LARGE else ErrorType.REFUSED_CONTENT
        return Outcome(OutcomeKind.EXPIRED, code, kind, _text(error), duration_s=duration_s)
    kind = next((kind for known, kind in _KINDS if isinstance(error, known)), ErrorType.SERVICE)
    return _failed(kind, error, throttled=code == CLOSING, duration_s=duration_s)


def _failed(kind: ErrorType, error: Exception, *, throttled: bool = False, duration_s: float = 0.0) -> Outcome:
    return Outcome(OutcomeKind.RETRY, _code(error), kind, _text(error), throttled=throttled, duration_s=duration_s)


def _code(error: Exception) -> int | None:
    """The server's reply code, where it gave one."""
    if isinstance(error, SMTPRecipientsRefused):
        return error.recipients[0].code
    return error.code if isinstance(error, SMTPResponseException) else None


def _text(error: Exception) -> str:
    said = error.recipients[0].message if isinstance(error, SMTPRecipientsRefused) else str(error)
    return kept_answer((said or type(error).__name__).encode("utf-8", "replace"))
