"""What a job would send, shown and not sent."""

from collections.abc import AsyncIterator

from tidings_server.catalogue.queries import Catalogue
from tidings_server.mail.message import MailMessage
from tidings_server.mail.rendering import MailRenderer
from tidings_server.scheduling.jobs.notification_selection import NotificationSelection
from tidings_server.scheduling.store.jobs import StoredJob


class JobPreviews:
    """Selects as a run does, and writes nothing."""

    def __init__(self, shop: Catalogue, notices: NotificationSelection, renderer: MailRenderer) -> None:
        self._shop = shop
        self._notices = notices
        self._renderer = renderer

    async def mails(self, job: StoredJob) -> AsyncIterator[MailMessage]:
        """Every mail that a run would send now, by customer.

        Raises Unavailable while the projection is behind the log, RenderFailed for a template that cannot be filled.
        """
        await self._shop.settled()
        async for page in self._notices.pages(job, self._notices.search(job)):
            for notice in page.notices:
                yield self._renderer.render(notice.request)
