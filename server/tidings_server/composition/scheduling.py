"""The objects of one process that have to do with schedules: the shop, the scheduler, and what its runs do."""

from collections.abc import Iterator

from tidings_server.catalogue.consumer import CatalogueConsumer
from tidings_server.catalogue.queries import Shop
from tidings_server.composition.base import Worker
from tidings_server.composition.payloads import DialectBodies
from tidings_server.expressions.conditions import Conditions
from tidings_server.identity.store_login import StoreLogin
from tidings_server.log.feed import LogFeed
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.cursors import Cursors
from tidings_server.mail.api import MailService
from tidings_server.mail.captured_mail import CapturedMails
from tidings_server.mail.rendering import Letters
from tidings_server.platform.clock import Clock, Ids
from tidings_server.scheduling.api.jobs import JobService
from tidings_server.scheduling.api.service import AccountService, ScheduledEventService
from tidings_server.scheduling.api.xml import XmlService
from tidings_server.scheduling.jobs.jobs import Jobs
from tidings_server.scheduling.jobs.notification_selection import Notices
from tidings_server.scheduling.jobs.preview import JobPreviews
from tidings_server.scheduling.jobs.run_handler import NotificationWork
from tidings_server.scheduling.scheduled_events.consumer import TriggerReactor
from tidings_server.scheduling.scheduled_events.mail_composer import Composer
from tidings_server.scheduling.scheduled_events.run_handler import StoreEventWork
from tidings_server.scheduling.scheduled_events.scheduled_events import StoreEvents
from tidings_server.scheduling.schedules.firing import Firings
from tidings_server.scheduling.schedules.run_executor import Running
from tidings_server.scheduling.schedules.run_handler import Kind, Work
from tidings_server.scheduling.schedules.run_retention import Forgetting
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
        letters: Letters,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self.shop = Shop(database, clock)
        composer = Composer(self.shop, bodies, clock)
        notices = Notices(database, clock, low_at=settings.low_stock_at)
        works: dict[Kind, Work] = {
            Kind.EVENT: StoreEventWork(database, composer, clock),
            Kind.JOB: NotificationWork(database, self.shop, notices, clock),
        }
        self.running = Running(database, works, clock)
        self.firings = Firings(database, clock, on_fired=self.running.wake)
        self.runs = Runs(database, clock, ids, on_asked=self.running.wake)
        self.events = StoreEvents(
            database, conditions=conditions, composer=composer, letters=letters, runs=self.runs, clock=clock
        )
        self.jobs = Jobs(database, clock, ids)
        self._previews = JobPreviews(self.shop, notices, letters)
        self._forgetting = Forgetting(database, clock, days=settings.run_days)
        self.shop_runner = ConsumerRunner(
            CatalogueConsumer(database, bodies, low_at=settings.low_stock_at), feed=feed, database=database, clock=clock
        )
        self.trigger_runner = ConsumerRunner(
            TriggerReactor(database, conditions, bodies, clock),
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
