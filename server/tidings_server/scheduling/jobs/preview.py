"""Preview of the mails that a job would send."""

from collections.abc import AsyncIterator

from tidings_server.catalogue.queries import Catalogue
from tidings_server.mail.message import MailMessage
from tidings_server.mail.rendering import MailRenderer
from tidings_server.scheduling.jobs.notification_selection import NotificationSelection
from tidings_server.scheduling.store.jobs import StoredJob


class JobPreviews:
    """Selects as a run does, without writing anything."""

    def __init__(self, catalogue: Catalogue, selection: NotificationSelection, renderer: MailRenderer) -> None:
        self._catalogue = catalogue
        self._selection = selection
        self._renderer = renderer

    async def mails(self, job: StoredJob) -> AsyncIterator[MailMessage]:
        """Every mail that a run would send now, in the order of customers.

        Raises Unavailable while the projection is behind the log, RenderFailed for a template that cannot be filled.
        """
        await self._catalogue.wait_until_current(job.tenant_id)
        async for page in self._selection.pages(job, self._selection.query(job)):
            for notification in page.notifications:
                yield self._renderer.render_of(job.tenant_id, notification.request)
