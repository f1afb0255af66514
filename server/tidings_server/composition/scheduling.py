"""Wiring of scheduling: catalogue, scheduler, run handlers, and their services."""

from collections.abc import Iterator, Mapping

from tidings_server.catalogue.consumer import CatalogueConsumer
from tidings_server.catalogue.queries import Catalogue
from tidings_server.composition.base import Worker
from tidings_server.composition.delivery import DeliveryParts
from tidings_server.composition.payloads import DialectBodies
from tidings_server.expressions.conditions import Conditions
from tidings_server.identity.quotas import Quotas
from tidings_server.identity.store_login import StoreLogin
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.log.positions import Positions
from tidings_server.log.shard_runners import ShardRunners
from tidings_server.mail.api import MailService, UnsubscribeService
from tidings_server.mail.rendering import MailRenderer
from tidings_server.mail.unsubscribe_links import OptOuts
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
    """Objects of scheduling in one process."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        conditions: Conditions,
        bodies: DialectBodies,
        renderer: MailRenderer,
        clock: Clock,
        ids: Ids,
        quotas: Quotas | None = None,
    ) -> None:
        self.catalogue = Catalogue(database, clock)
        composer = MailComposer(self.catalogue, bodies, clock)
        selection = NotificationSelection(database, clock, low_at=settings.low_stock_at)
        handlers: dict[ScheduleKind, RunHandler] = {
            ScheduleKind.EVENT: ScheduledEventRunHandler(database, composer, clock),
            ScheduleKind.JOB: NotificationRunHandler(database, self.catalogue, selection, clock=clock, quotas=quotas),
        }
        self.executor = RunExecutor(database, handlers, clock, quotas=quotas)
        self.firer = ScheduleFirer(database, clock, on_fired=self.executor.wake)
        exhausted = quotas.exhausted if quotas else None
        self.runs = Runs(database, clock, ids, on_created=self.executor.wake, exhausted=exhausted)
        self.events = ScheduledEvents(
            database, conditions=conditions, composer=composer, renderer=renderer, runs=self.runs, clock=clock
        )
        self.jobs = Jobs(database, clock, ids)
        self._previews = JobPreviews(self.catalogue, selection, renderer)
        self._retention = RunRetention(database, clock, days=settings.run_days)
        self.catalogue_runners = ShardRunners(
            database.shards,
            lambda shard: ConsumerRunner(
                CatalogueConsumer(database, bodies, low_at=settings.low_stock_at),
                feed=LogFeed(database, shard),
                database=database,
                clock=clock,
                shard=shard,
                is_repeatable=True,
            ),
        )
        self.trigger_runners = ShardRunners(
            database.shards,
            lambda shard: ConsumerRunner(
                EventTriggerConsumer(database, conditions, bodies, clock),
                feed=LogFeed(database, shard),
                database=database,
                clock=clock,
                shard=shard,
                on_commit=self.executor.wake,
            ),
        )

    @property
    def workers(self) -> Mapping[str, Worker]:
        """Loops that run as long as the process, by their names."""
        return {
            "schedules": self.firer.run,
            "run_executor": self.executor.run,
            "run_retention": self._retention.run,
            **{name: runner.run for name, runner in self.catalogue_runners.named("catalogue").items()},
            **{name: runner.run for name, runner in self.trigger_runners.named("event_triggers").items()},
        }

    def collector_servicers(self, delivery: DeliveryParts, opt_outs: OptOuts, positions: Positions) -> Iterator[object]:
        """Services of document 000: jobs and mail."""
        yield JobService(self.jobs, self.runs, self._previews, positions)
        yield MailService(delivery.mails, positions)
        yield UnsubscribeService(delivery.links, opt_outs)

    def servicers(self, login: StoreLogin, positions: Positions) -> Iterator[object]:
        """Services of document 004."""
        served = ScheduledEventService(self.events, positions), AccountService(login)
        yield from served
        yield XmlService(*served)
