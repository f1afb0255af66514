"""Selection of the mail transport by the settings."""

from tidings_server.mail.message import MailTransport
from tidings_server.mail.transport.captured import CaptureTransport, StoreMails
from tidings_server.platform.clock import Clock
from tidings_server.settings import Settings


def mail_transport(settings: Settings, *, store: StoreMails, clock: Clock) -> MailTransport:
    """SMTP, SendGrid, or by default the capture of mail with `store`. To be called in a running event loop.

    Raises OSError when a file that TIDINGS_SMTP_URL names cannot be read.
    """
    sender, connections = settings.mail_sender, settings.mail_connections
    if settings.smtp_server:
        from tidings_server.mail.transport.smtp import SmtpTransport  # noqa: PLC0415 - imports aiosmtplib

        return SmtpTransport(settings.smtp_server, sender=sender, clock=clock, max_connections=connections)
    if settings.sendgrid_api_key:
        from tidings_server.mail.transport.sendgrid import SendGridTransport  # noqa: PLC0415 - as the other one

        url, key = settings.sendgrid_url, settings.sendgrid_api_key
        return SendGridTransport(url, key, sender=sender, clock=clock, max_connections=connections)
    return CaptureTransport(store)
