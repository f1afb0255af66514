"""Which post office takes the mail of this process, as the operator has set it."""

from tidings_server.mail.message import PostOffice
from tidings_server.mail.transport.captured import CaptureOffice, Keep
from tidings_server.mail.transport.sendgrid import SendGridOffice
from tidings_server.mail.transport.smtp import SmtpOffice
from tidings_server.platform.clock import Clock
from tidings_server.settings import Settings


def post_office(settings: Settings, *, keep: Keep, clock: Clock) -> PostOffice:
    """A mail server, SendGrid, or by default a table by way of `keep`. Made inside a running event loop.

    Raises OSError when a file that TIDINGS_SMTP_URL names cannot be read.
    """
    sender, connections = settings.mail_sender, settings.mail_connections
    if settings.smtp_server:
        return SmtpOffice(settings.smtp_server, sender=sender, clock=clock, max_connections=connections)
    if settings.sendgrid_api_key:
        url, key = settings.sendgrid_url, settings.sendgrid_api_key
        return SendGridOffice(url, key, sender=sender, clock=clock, max_connections=connections)
    return CaptureOffice(keep)
