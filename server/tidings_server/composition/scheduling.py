"""The objects of one process that have to do with schedules: the shop, the scheduler, and what its runs do."""

from collections.abc import Iterator

from tidings_server.catalogue.consumer import CatalogueConsumer
from tidings_server.catalogue.queries import Catalogue
from tidings_server.composition.base import Worker
from tidings_server.composition.payloads import DialectBodies
from tidings_server.expressions.conditions import Conditions
from tidings_server.identity.store_login import StoreLogin
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.cursors import Cursors
from tidings_server.log.feed import LogFeed
from tidings_server.mail.api import MailService
from tidings_server.mail.captured_mail import CapturedMails
from tidings_server.mail.rendering import MailRenderer
from tidings_server.platform.clock import Clock, Ids
from tidings_server.scheduling.api.jobs import JobService
from tidings_server.scheduling.api.service import AccountService, ScheduledEventService
from tidings_server.scheduling.api.xml import XmlService
from tidings_server.scheduling.jobs.jobs import Jobs
from tidings_server.scheduling.jobs.notification_selection import NotificationSelection
from tidings_server.scheduling.jobs.preview import JobPreviews
from tidings_server.scheduling.jobs.run_handler import NotificationRunHandler
from tidings_server.scheduling.scheduled_events.consumer import EventTriggerConsumer
from tidings_server.scheduling.scheduled_events.mail_composer import MailComposer
from tidings_server.scheduling.scheduled_events.run_handler import ScheduledEventRunHandler
from tidings_server.scheduling.scheduled_events.scheduled_events import ScheduledEvents
from tidings_server.scheduling.schedules.firing import ScheduleFirer
from tidings_server.scheduling.schedules.run_executor import RunExecutor
from tidings_server.scheduling.schedules.run_handler import RunHandler, ScheduleKind
from tidings_server.scheduling.schedules.run_retention import RunRetention
from tidings_server.scheduling.schedules.runs import Runs
from tidings_server.settings import Settings
from tidings_server.storage.database import Database


class Scheduling:
    """What fires when, and what comes of it."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        feed: LogFeed,
        *,
        conditions: Conditions,
        bodies: DialectBodies,
        renderer: MailRenderer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self.shop = Catalogue(database, clock)
        composer = MailComposer(self.shop, bodies, clock)
        notices = NotificationSelection(database, clock, low_at=settings.low_stock_at)
        works: dict[ScheduleKind, RunHandler] = {
            ScheduleKind.EVENT: ScheduledEventRunHandler(database, composer, clock),
            ScheduleKind.JOB: NotificationRunHandler(database, self.shop, notices, clock),
        }
        self.running = RunExecutor(database, works, clock)
        self.firings = ScheduleFirer(database, clock, on_fired=self.running.wake)
        self.runs = Runs(database, clock, ids, on_asked=self.running.wake)
        self.events = ScheduledEvents(
            database, conditions=conditions, composer=composer, renderer=renderer, runs=self.runs, clock=clock
        )
        self.jobs = Jobs(database, clock, ids)
        self._previews = JobPreviews(self.shop, notices, renderer)
        self._forgetting = RunRetention(database, clock, days=settings.run_days)
        self.shop_runner = ConsumerRunner(
            CatalogueConsumer(database, bodies, low_at=settings.low_stock_at), feed=feed, database=database, clock=clock
        )
        self.trigger_runner = ConsumerRunner(
            EventTriggerConsumer(database, conditions, bodies, clock),
            feed=feed,
            database=database,
            clock=clock,
            on_commit=self.running.wake,
        )

    @property
    def workers(self) -> list[Worker]:
        """What runs as long as the process."""
        return [
            self.firings.run,
            self.running.run,
            self._forgetting.run,
            self.shop_runner.run,
            self.trigger_runner.run,
        ]

    def collector_servicers(self, mails: CapturedMails, positions: Cursors) -> Iterator[object]:
        """Jobs of document 000, and the mail that was kept."""
        yield JobService(self.jobs, self.runs, self._previews, positions)
        yield MailService(mails, positions)

    def servicers(self, login: StoreLogin, positions: Cursors) -> Iterator[object]:
        """Those of document 004."""
        served = ScheduledEventService(self.events, positions), AccountService(login)
        yield from served
        yield XmlService(*served)
