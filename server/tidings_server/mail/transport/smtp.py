"""Mail transport over SMTP with a pool of connections to the operator's server."""

import asyncio
import re
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import Address
from typing import Final

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponse,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPStatus,
)

from tidings_server.delivery.message import ErrorType, Outcome, OutcomeKind, kept_answer
from tidings_server.mail.addresses import wire_address
from tidings_server.mail.message import OutgoingMail
from tidings_server.mail.transport.mime import is_plain, mime
from tidings_server.mail.transport.smtp_failures import connect_failure, send_failure
from tidings_server.platform.clock import Clock
from tidings_server.platform.pool_slots import PoolSlots
from tidings_server.platform.smtp_url import SmtpUrl, Tls

MAX_BATCH: Final = 20
"""Mails sent over one connection before their outcomes are recorded."""

SEND_TIMEOUT_S: Final = 40.0
"""Deadline of a batch once it has a connection of the pool; mails not sent by then are retried."""

COMMAND_TIMEOUT_S: Final = 20.0
IDLE_S: Final = 30.0
"""Idle time after which a connection is closed; servers close theirs after a minute or more."""

MAX_AGE_S: Final = 120.0
"""Age of a connection at most when it is used again: a busy one too goes where the server's name points to."""

_START_TLS: Final = {Tls.REQUIRED: True, Tls.OFFERED: None, Tls.NEVER: False, Tls.IMPLICIT: False}
_UTF8: Final = (b"SMTPUTF8", b"BODY=8BITMIME")
_ADDRESS: Final = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_FAULTS: Final = (SMTPException, OSError, TimeoutError, ValueError)

LATE: Final = Outcome(OutcomeKind.RETRY, error_type=ErrorType.TIMEOUT, answer="not sent in time")


@dataclass(slots=True)
class _Connection:
    """An open connection and the instants of its making and of its last use, in seconds of the clock."""

    smtp: SMTP
    made_at: float
    used_at: float


class SmtpTransport:
    """Mail transport over SMTP. To be created and closed in a running event loop."""

    max_batch = MAX_BATCH

    def __init__(
        self,
        server: SmtpUrl,
        *,
        sender: Address,
        clock: Clock,
        max_connections: int,
        send_timeout_s: float = SEND_TIMEOUT_S,
    ) -> None:
        """Raises OSError when the server's `ca_file` cannot be read."""
        self._server = server
        self._sender = sender
        self._clock = clock
        self._tls = ssl.create_default_context(cafile=server.ca_file)
        self._connections = PoolSlots(max_connections)
        self._send_timeout_s = send_timeout_s
        self._idle: list[_Connection] = []

    async def send(self, tenant: int, mails: Sequence[OutgoingMail]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        async with self._connections.slot(tenant):
            with suppress(TimeoutError):
                async with asyncio.timeout(self._send_timeout_s):
                    await self._send(mails, outcomes)
        return outcomes + [LATE] * (len(mails) - len(outcomes))

    async def close(self) -> None:
        while self._idle:
            await _quit(self._idle.pop())

    async def _send(self, mails: Sequence[OutgoingMail], outcomes: list[Outcome]) -> None:
        """Append an outcome after each mail, so that those before the deadline are known."""
        connection: _Connection | None = None
        try:
            for mail in mails:
                try:
                    connection = connection or await self._connection()
                except _FAULTS as error:
                    refused = connect_failure(error)
                    outcomes.extend([refused] * (len(mails) - len(outcomes)))
                    return
                outcomes.append(await self._send_one(connection.smtp, mail))
                connection = connection if connection.smtp.is_connected else None
            self._release(connection)
            connection = None
        finally:
            if connection is not None:
                connection.smtp.close()

    async def _connection(self) -> _Connection:
        """An idle connection that the server still serves, the last one used first, or a new one."""
        while self._idle:
            connection, now = self._idle.pop(), self._clock.monotonic()
            is_fresh = now - connection.used_at < IDLE_S and now - connection.made_at < MAX_AGE_S
            if is_fresh and await _is_served(connection.smtp):
                return connection
            connection.smtp.close()
        smtp = _smtp(self._server, self._tls, local_hostname=wire_address(self._sender.addr_spec).rpartition("@")[2])
        await smtp.connect()
        if smtp.is_ehlo_or_helo_needed:
            await smtp.ehlo()
        now = self._clock.monotonic()
        return _Connection(smtp, made_at=now, used_at=now)

    def _release(self, connection: _Connection | None) -> None:
        if connection is not None:
            connection.used_at = self._clock.monotonic()
            self._idle.append(connection)

    async def _send_one(self, smtp: SMTP, outgoing: OutgoingMail) -> Outcome:
        started = self._clock.monotonic()
        to, sender = outgoing.mail.to, wire_address(self._sender.addr_spec)
        try:
            message = mime(outgoing, self._sender, at_us=self._clock.now_us())
            answer = await _transaction(smtp, message, sender=sender, to=to)
        except _FAULTS as error:
            return send_failure(error, duration_s=self._clock.monotonic() - started)
        kept = kept_answer(answer.message.encode("utf-8", "replace"))
        return Outcome(OutcomeKind.DELIVERED, answer=kept, duration_s=self._clock.monotonic() - started)


async def _is_served(smtp: SMTP) -> bool:
    """Whether a kept connection still works: one that its server has closed costs no mail an attempt."""
    try:
        return smtp.is_connected and (await smtp.noop()).code == SMTPStatus.completed
    except _FAULTS:
        return False


async def _transaction(smtp: SMTP, message: bytes, *, sender: str, to: str) -> SMTPResponse:
    """Send one message; returns the server's reply. Raises as `SMTP.sendmail`, which parses each address twice.

    Raises ValueError for an address that could inject parameters.
    """
    if not (_ADDRESS.fullmatch(to) and _ADDRESS.fullmatch(sender)):
        raise ValueError("an address has one @, and no blanks or brackets")
    options = () if is_plain(to, sender) else _UTF8
    if options and not smtp.supports_extension("smtputf8"):
        raise SMTPNotSupported("the server takes no addresses in other scripts")
    try:
        await _envelope(smtp, sender, to, options=options)
        return await smtp.data(message)
    except (SMTPResponseException, SMTPRecipientsRefused):
        with suppress(SMTPException, ConnectionError):  # the refusal is reported, not an error after it
            await smtp.rset()
        raise


async def _envelope(smtp: SMTP, sender: str, to: str, *, options: Sequence[bytes]) -> None:
    answer = await smtp.execute_command(b"MAIL", f"FROM:<{sender}>".encode(), *options)
    if answer.code != SMTPStatus.completed:
        raise SMTPSenderRefused(answer.code, answer.message, sender)
    answer = await smtp.execute_command(b"RCPT", f"TO:<{to}>".encode())
    if answer.code not in {SMTPStatus.completed, SMTPStatus.will_forward}:
        raise SMTPRecipientsRefused([SMTPRecipientRefused(answer.code, answer.message, to)])


async def login_failure(server: SmtpUrl, *, sender: Address) -> str:
    """Kind of the failure to connect to a mail server and log in, and its answer; empty where it takes us."""
    try:
        tls = ssl.create_default_context(cafile=server.ca_file)
        smtp = _smtp(server, tls, local_hostname=sender.domain)
        await smtp.connect()
        await smtp.quit()
    except _FAULTS as error:
        failure = connect_failure(error)
        return f"{failure.error_type}: {failure.answer or type(error).__name__}"
    return ""


def _smtp(server: SmtpUrl, tls: ssl.SSLContext, *, local_hostname: str) -> SMTP:
    return SMTP(
        hostname=server.host,
        port=server.port,
        username=server.username or None,
        password=server.password or None,
        local_hostname=local_hostname,
        timeout=COMMAND_TIMEOUT_S,
        use_tls=server.tls is Tls.IMPLICIT,
        start_tls=_START_TLS[server.tls],
        tls_context=tls,
    )


async def _quit(connection: _Connection) -> None:
    with suppress(*_FAULTS):
        await connection.smtp.quit(timeout=1.0)
    connection.smtp.close()
