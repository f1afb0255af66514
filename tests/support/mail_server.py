"""A real mail server on loopback with scripted replies."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.waiting import PATIENCE_S

USER, PASSWORD = "shop", "s3cret/?"
OK = "250 taken"


@dataclass
class Arrived:
    """A mail as the server received it."""

    sender: str
    recipients: list[str]
    message: EmailMessage
    over_tls: bool
    user: bool


@dataclass
class MailServer:
    """Received mails, and replies: `on_recipient` and `on_data` map an address to a reply."""

    arrived: list[Arrived] = field(default_factory=list)
    on_recipient: Callable[[str], str] = lambda _address: OK
    on_data: Callable[[str], str] = lambda _address: OK
    takes_s: float = 0.0
    """Time that it takes for each message."""
    connections: int = 0
    port: int = 0
    sessions: list[SMTP] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait_for(self, count: int) -> list[Arrived]:
        """All mails, once there are at least `count`. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.arrived) < count:
                self.news.clear()
                await self.news.wait()
        return self.arrived

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.on_recipient(address)
        if answer == OK:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.takes_s)
        answer = self.on_data(envelope.rcpt_tos[0])
        if answer == OK:
            content = envelope.content
            assert isinstance(content, bytes)
            message = message_from_bytes(content, policy=default)
            assert isinstance(message, EmailMessage)
            sender = envelope.mail_from or ""
            assert server.transport is not None
            over_tls = server.transport.get_extra_info("ssl_object") is not None
            arrived = Arrived(sender, envelope.rcpt_tos, message, over_tls, bool(session.authenticated))
            self.arrived.append(arrived)
            self.news.set()
        return answer


@asynccontextmanager
async def mail_server(
    *,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    asks_login: bool = False,
    utf8: bool = True,
) -> AsyncIterator[MailServer]:
    """Serves SMTP on a free port; `tls` from the first byte, `starttls` when the client asks for it."""
    server = MailServer()

    def session() -> SMTP:
        server.connections += 1
        made = SMTP(
            server,
            hostname="mail.test",
            enable_SMTPUTF8=utf8,
            tls_context=starttls,
            authenticator=_authenticate,
            auth_required=asks_login,
            auth_require_tls=starttls is not None,
        )
        server.sessions.append(made)
        return made

    listening = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for each in server.sessions:
            if each.transport is not None:
                each.transport.close()


def _authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    is_known = isinstance(data, LoginPassword) and data == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_known, handled=False)


def certificate(directory: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS context for 127.0.0.1, and the file of the authority that vouches for it: itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    ca_file, key_file = directory / "ca.pem", directory / "key.pem"
    ca_file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    key_file.write_bytes(key.private_bytes(*form))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(ca_file, key_file)
    return context, ca_file
