"""Every object of one process, and what each is given. The only module that knows every class."""

from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tidings_server import __version__
from tidings_server.api.collector import EventService, EventSubscriptionService
from tidings_server.api.collector_deliveries import DeliveryService
from tidings_server.api.health import Health
from tidings_server.api.interceptors import Gateway, onion
from tidings_server.api.operations import OperationsService
from tidings_server.api.orchestration import EventService as WorkflowEventService
from tidings_server.api.orchestration_entities import EntityService
from tidings_server.api.orchestration_search import Limits
from tidings_server.api.orchestration_workflows import WorkflowService
from tidings_server.api.payloads import DialectBodies, event_conditions
from tidings_server.api.personal_bodies import PersonalBodies
from tidings_server.api.persons import PersonService
from tidings_server.api.push import SubscriptionService
from tidings_server.api.push_deliveries import DeliveryAttemptService
from tidings_server.api.push_events import EventPullService
from tidings_server.api.push_selection import SelectionService
from tidings_server.clock import Clock, Ids
from tidings_server.core.audience import Audiences
from tidings_server.core.backlog import Backlog
from tidings_server.core.confirmations import Confirmations
from tidings_server.core.data_keys import DataKeys
from tidings_server.core.deliveries import Deliveries
from tidings_server.core.events import EventLog
from tidings_server.core.feed import Feed, SqlFeed
from tidings_server.core.idempotency import Repeats
from tidings_server.core.mail.letters import Letters
from tidings_server.core.mail.post import Post
from tidings_server.core.mails import CapturedMails
from tidings_server.core.outbox import StoredOutbox
from tidings_server.core.parking import Parking
from tidings_server.core.persons.erasures import Persons
from tidings_server.core.persons.holdings import holdings
from tidings_server.core.pings import Pings
from tidings_server.core.positions import Positions, load_positions
from tidings_server.core.push_events import PushEvents
from tidings_server.core.push_listings import PushListings
from tidings_server.core.quotas import Quotas
from tidings_server.core.reactors import ParkedEvents, ReactorRunner
from tidings_server.core.replays import Replays
from tidings_server.core.request_limits import RequestLimits, windows_at
from tidings_server.core.retention import Retention
from tidings_server.core.router import Router
from tidings_server.core.search import Search, SearchProjection
from tidings_server.core.subscription_secrets import SubscriptionSecrets
from tidings_server.core.subscriptions import Subscriptions
from tidings_server.core.targets import Targets
from tidings_server.core.tokens import Tokens
from tidings_server.core.watch import Watch
from tidings_server.core.workflow.audit_key import load_audit_ids
from tidings_server.core.workflow.audits import AuditIds
from tidings_server.core.workflow.engine import Engine
from tidings_server.core.workflow.language import Language
from tidings_server.core.workflow.later import Later
from tidings_server.core.workflow.reactor import WorkflowReactor
from tidings_server.core.workflow.rules import RULES
from tidings_server.core.workflow.turns import Turns
from tidings_server.core.workflow.validation import Validator
from tidings_server.core.workflow.workflows import Workflows
from tidings_server.core.workflow_entities import Entities, Simulations
from tidings_server.core.workflow_events import WorkflowEvents
from tidings_server.core.workflow_projection import RecordProjection
from tidings_server.core.workflow_records import Records
from tidings_server.core.workflow_trace import Traces
from tidings_server.delivery.destinations import Destinations
from tidings_server.delivery.dispatcher import Dispatcher
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.post_offices import post_office
from tidings_server.delivery.retry import RetryPolicy
from tidings_server.earning import Earning
from tidings_server.identity_parts import Identity, default_quota
from tidings_server.schedule_parts import Scheduling
from tidings_server.sealing import Sealer, master_keys
from tidings_server.settings import Settings
from tidings_server.store import schema
from tidings_server.store.confirmations import Rhythm
from tidings_server.store.engine import Database
from tidings_server.telemetry import logs
from tidings_server.telemetry.attempts import AttemptLog
from tidings_server.telemetry.traces import tracer

LogReader = ReactorRunner | SearchProjection | RecordProjection
"""What follows the log; `position` says how far it is."""
Worker = Callable[[], Coroutine[Any, Any, None]]
"""Something that runs until it is cancelled."""


@dataclass(frozen=True, slots=True)
class Base:
    """What everything else stands on; the keys among it have been read from the database."""

    database: Database
    clock: Clock
    ids: Ids
    data_keys: DataKeys
    sealer: Sealer
    tokens: Tokens
    positions: Positions
    audit_ids: AuditIds


async def make_base(settings: Settings, database: Database, *, clock: Clock, ids: Ids) -> Base:
    """Reads the keys, and makes them in a new database."""
    data_keys = DataKeys(database, master_keys(settings.master_key, settings.data_dir), clock)
    await data_keys.load()
    sealer = data_keys.sealer
    life_s, key_days = settings.token_life_s, settings.signing_key_days
    tokens = Tokens(database, sealer=sealer, clock=clock, ids=ids, life_s=life_s, key_days=key_days)
    await tokens.load()
    positions = await load_positions(database, sealer, clock, ids)
    audit_ids = await load_audit_ids(database, sealer, clock, ids)
    return Base(database, clock, ids, data_keys, sealer, tokens, positions, audit_ids)


class Sending:
    """From an event of the log to its subscribers."""

    def __init__(self, settings: Settings, base: Base, feed: Feed, quotas: Quotas) -> None:
        database, clock, ids = base.database, base.clock, base.ids
        policy = RetryPolicy(settings.retry_first_s, settings.retry_cap_s, settings.retry_for_s, settings.retry_flat)
        self.letters = Letters(
            settings.mail_templates,
            has_remote_templates=bool(settings.sendgrid_api_key),
            is_kept=not (settings.smtp_url or settings.sendgrid_api_key),
        )
        self.mails = CapturedMails(database, clock)
        self.bodies = bodies = DialectBodies(self.letters)
        self.conditions = conditions = event_conditions()
        secrets = SubscriptionSecrets(base.sealer, clock)
        backlog = Backlog(database, base.positions, clock)
        self.audiences = audiences = Audiences(database, conditions, bodies)
        self.egress = Egress(settings.egress_allow, settings.egress_refuse)
        self.destinations = Destinations(
            egress=self.egress,
            clock=clock,
            post_office=post_office(settings, keep=self.mails.keep, clock=clock),
            aws_endpoint_url=settings.aws_endpoint_url,
        )
        targets = Targets(self.destinations, secrets)
        self.outbox = StoredOutbox(
            database,
            targets=targets,
            payloads=bodies,
            policy=policy,
            deactivate_after_s=settings.deactivate_after_s,
            clock=clock,
            ids=ids,
            attempt_log=AttemptLog(level=settings.log_level, form=settings.log_format),
        )
        self.dispatcher = Dispatcher(self.outbox, clock, policy=policy)
        self.router = ReactorRunner(
            Router(audiences, clock, Post(database, clock)),
            feed=feed,
            database=database,
            clock=clock,
            on_commit=self.dispatcher.wake,
        )
        self.subscriptions = Subscriptions(
            database,
            backlog=backlog,
            conditions=conditions,
            secrets=secrets,
            clock=clock,
            ids=ids,
            most_of=quotas.subscriptions,
        )
        self.listings = PushListings(database, clock=clock, policy=policy)
        self.pings = Pings(database, targets, bodies, clock=clock, ids=ids)
        self.confirmations = Confirmations(
            database, self.subscriptions, pings=self.pings, clock=clock, rhythm=_rhythm(policy)
        )
        on_queued = self.dispatcher.wake
        self.deliveries = Deliveries(database, audiences, clock=clock, on_queued=on_queued)
        self.replays = Replays(database, audiences, backlog, clock=clock, ids=ids, on_queued=on_queued)


class Running:
    """From an event of the log to what workflows make of it."""

    def __init__(self, base: Base, feed: Feed, audiences: Audiences) -> None:
        database, clock, new_id = base.database, base.clock, base.ids.uuid7
        language = Language()
        self.turns = Turns(database)
        self.engine = Engine(RULES, language, clock=clock, new_id=new_id)
        self.workflows = Workflows(database, Validator(RULES, language), clock=clock)
        reactor = WorkflowReactor(
            database,
            self.engine,
            audiences,
            turns=self.turns,
            audit_ids=base.audit_ids,
            clock=clock,
        )
        self.runner = ReactorRunner(
            reactor,
            feed=feed,
            database=database,
            clock=clock,
            on_commit=reactor.committed,
            hurry=self.turns.is_waited_for,
        )
        self.later = Later(database, clock)
        self.projection = RecordProjection(database, clock)
        self.records = Records(database, self.projection, base.audit_ids)


class Parts:
    """Every object of one process, over an open database."""

    def __init__(self, settings: Settings, base: Base, make_log: Callable[[Database], EventLog]) -> None:
        database, clock, ids = base.database, base.clock, base.ids
        self.events = make_log(database)
        self.tracer = tracer(settings.otlp_endpoint)
        self.health = Health(clock, is_able=lambda: not database.lane.is_storage_low)
        feed = SqlFeed(database)
        self.watch = Watch(database, feed, base.positions, clock)
        self.projection = SearchProjection(database, feed, clock)
        quotas = Quotas(database, defaults=default_quota(settings), clock=clock)
        self.sending = Sending(settings, base, feed, quotas)
        self.identity = Identity(
            settings,
            database,
            tokens=base.tokens,
            data_keys=base.data_keys,
            quotas=quotas,
            egress=self.sending.egress,
            clock=clock,
            ids=ids,
        )
        self.running = Running(base, feed, self.sending.audiences)
        self.earning = Earning(database, feed, self.events, base.positions, clock=clock, ids=ids)
        self.scheduling = Scheduling(
            settings,
            database,
            feed,
            conditions=self.sending.conditions,
            bodies=self.sending.bodies,
            letters=self.sending.letters,
            clock=clock,
            ids=ids,
        )
        self._limits = Limits(settings.orchestration_max_count, settings.orchestration_window_bounds)
        self._has_aws_endpoint = bool(settings.aws_endpoint_url)
        repeats = Repeats(database, sealer=base.sealer, clock=clock, ids=ids)
        self.access_log = logs.AccessLog(clock, level=settings.log_level, form=settings.log_format)
        layers = onion(
            credentials=self.identity.credentials,
            limits=RequestLimits(windows_at(settings.rate_limit_url), clock, per_minute=settings.scheduling_per_minute),
            repeats=repeats,
            access_log=self.access_log,
            tracer=self.tracer,
            clock=clock,
            quotas=quotas,
            max_rpcs=settings.max_concurrent_rpcs,
            max_streams=settings.max_streams,
        )
        self.gateway = Gateway(layers, ids=ids)
        held = holdings(database, PersonalBodies())
        self.persons = Persons(database, held, sealer=base.sealer, clock=clock, ids=ids)
        self.servicers = [
            *self._own_servicers(base),
            *self._collector_servicers(base),
            *self._workflow_servicers(base),
            *self._push_servicers(base),
            *self.earning.servicers(),
            *self.scheduling.collector_servicers(self.sending.mails, base.positions),
            *self.scheduling.servicers(self.identity.store_login),
        ]
        self.workers: list[Worker] = [
            *self.identity.workers,
            repeats.run,
            self.health.run,
            self.projection.run,
            Retention(database, self.projection, self.running.projection, clock, days=settings.retention_days).run,
            self.running.runner.run,
            self.running.later.run,
            self.running.projection.run,
            *self.earning.workers(),
            self.sending.router.run,
            self.sending.replays.run,
            self.sending.confirmations.run,
            self.persons.run,
            *self.scheduling.workers,
        ]

    @property
    def readers(self) -> Mapping[str, LogReader]:
        """All that follow the log, by their names in metrics."""
        return {
            "router": self.sending.router,
            "search": self.projection,
            "loyalty": self.earning.runner,
            "workflow": self.running.runner,
            "workflow_search": self.running.projection,
            "shop": self.scheduling.shop_runner,
            "event_triggers": self.scheduling.trigger_runner,
        }

    def _own_servicers(self, base: Base) -> Iterator[object]:
        """Those of no document: tokens, tenants, the operator's view."""
        yield from self.identity.servicers(Search(base.database, self.projection, base.positions))
        parking = Parking(base.database, ParkedEvents(base.database, base.clock))
        yield OperationsService(self.health, parking, version=__version__, schema=schema.head())
        yield PersonService(self.persons)

    def _collector_servicers(self, base: Base) -> Iterator[object]:
        search = Search(base.database, self.projection, base.positions)
        yield EventService(self.events, search, self.watch, clock=base.clock, ids=base.ids)
        queues = None if self._has_aws_endpoint else self.sending.egress
        yield EventSubscriptionService(self.sending.subscriptions, self.sending.pings, egress=queues)
        yield DeliveryService(self.sending.deliveries, self.sending.replays)

    def _workflow_servicers(self, base: Base) -> Iterator[object]:
        database, clock, ids, running = base.database, base.clock, base.ids, self.running
        events = WorkflowEvents(database, self.events, running.turns)
        traces = Traces(database, running.records)
        yield WorkflowEventService(events, running.records, traces, limits=self._limits, clock=clock, ids=ids)
        yield EntityService(Entities(database, running.records))
        simulations = Simulations(database, running.workflows, running.engine)
        yield WorkflowService(running.workflows, simulations, clock=clock, ids=ids)

    def _push_servicers(self, base: Base) -> Iterator[object]:
        sending = self.sending
        read = (
            SubscriptionService(
                sending.subscriptions,
                sending.listings,
                sending.confirmations,
                sending.pings,
                egress=sending.egress,
                clock=base.clock,
                ids=base.ids,
            ),
            DeliveryAttemptService(sending.listings),
            EventPullService(PushEvents(base.database, self.projection)),
        )
        yield from read
        yield SelectionService(*read)


def _rhythm(policy: RetryPolicy) -> Rhythm:
    """Endpoints that do not confirm are asked again as deliveries are tried again."""
    return Rhythm(*(int(seconds * 1_000_000) for seconds in (policy.first_s, policy.cap_s, policy.horizon_s)))
