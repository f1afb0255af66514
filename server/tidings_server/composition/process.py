"""Wiring of one process; the other modules here wire its areas."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial

from tidings_server import __version__
from tidings_server.collector.api.conditions import ConditionService
from tidings_server.collector.api.metrics import MetricsService
from tidings_server.collector.api.publishing import PublishService
from tidings_server.collector.api.recoveries import RecoveryService
from tidings_server.collector.api.service import EventService, EventSubscriptionService
from tidings_server.collector.counts import CountRetention, HourlyCounts
from tidings_server.collector.publishing import Publishing
from tidings_server.composition.base import ProcessBase, Worker
from tidings_server.composition.delivery import DeliveryParts
from tidings_server.composition.event_bodies import DOCUMENT_READERS, EVENT_SHAPES
from tidings_server.composition.identity import Identity, default_quota
from tidings_server.composition.loyalty import LoyaltyComponents
from tidings_server.composition.middleware import middleware
from tidings_server.composition.opt_outs import CustomerOptOuts
from tidings_server.composition.ownership import own_work, work_of
from tidings_server.composition.relay import make_relays
from tidings_server.composition.retention import event_archive, retention_ports
from tidings_server.composition.scheduling import Scheduling
from tidings_server.composition.workflow import WorkflowRuntime
from tidings_server.delivery.api import DeliveryService
from tidings_server.delivery.delivery_history import DeliveryHistories
from tidings_server.doctor.api.service import DoctorService
from tidings_server.doctor.examination import Examinations
from tidings_server.identity.api.operations import OperationsService
from tidings_server.identity.quotas import Quotas
from tidings_server.identity.shared_counts import SharedCounts
from tidings_server.identity.store import tenants
from tidings_server.log.append_pace import Pace
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.dead_letters import DeadLetters
from tidings_server.log.event_counts import event_counts_runner
from tidings_server.log.events import EventLog
from tidings_server.log.ownership import Ownership, WorkLease
from tidings_server.log.retention import Retention
from tidings_server.log.search import Search
from tidings_server.log.search_projection import search_runner
from tidings_server.log.server_state import ServerState
from tidings_server.log.shard_runners import ShardRunners
from tidings_server.log.watch import Watch
from tidings_server.platform.client_address import TrustedProxies
from tidings_server.platform.heartbeats import Heartbeats
from tidings_server.platform.telemetry import logs
from tidings_server.platform.telemetry.traces import tracer
from tidings_server.privacy.api.event_bodies import PersonalEventBodies
from tidings_server.privacy.api.service import PersonService
from tidings_server.privacy.data_sources import data_sources
from tidings_server.privacy.erasures import Persons
from tidings_server.push.api.auth_tickets import AuthTicketService
from tidings_server.push.api.deliveries import DeliveryAttemptService
from tidings_server.push.api.events import EventPullService
from tidings_server.push.api.field_selection import SelectionService
from tidings_server.push.api.service import SubscriptionService
from tidings_server.push.events import PushEvents
from tidings_server.rpc.health import Health
from tidings_server.rpc.interceptor import MiddlewareInterceptor
from tidings_server.rpc.middleware.idempotency import IdempotencyKeys
from tidings_server.rpc.middleware.rate_limit import RateLimits, rate_windows
from tidings_server.settings import Settings
from tidings_server.storage import schema
from tidings_server.storage.database import Database
from tidings_server.storage.log.shards import in_shard
from tidings_server.workflow.api.entities import EntityService
from tidings_server.workflow.api.search import SearchLimits
from tidings_server.workflow.api.service import WorkflowEventService
from tidings_server.workflow.api.workflows import WorkflowService
from tidings_server.workflow.entity_aliases import WorkflowEntityAliases
from tidings_server.workflow.entity_queries import EntityQueries, Simulations
from tidings_server.workflow.submission import EventSubmission
from tidings_server.workflow.trace import Traces


class ProcessObjects:
    """Every object of one process, over an open database."""

    def __init__(
        self,
        settings: Settings,
        base: ProcessBase,
        make_log: Callable[[Database], EventLog],
        *,
        heartbeats: Heartbeats,
    ) -> None:
        database, clock, ids = base.database, base.clock, base.ids
        self.events = make_log(database)
        self.tracer = tracer(
            settings.otlp_endpoint, protocol=settings.otlp_protocol, service_name=settings.service_name
        )
        self.heartbeats = heartbeats
        self.health = Health(clock, is_able=lambda: not database.write_queue.is_storage_low, workers=heartbeats)
        self.watch = Watch(database, base.positions, clock)
        self.projection = ShardRunners(database.shards, partial(search_runner, database, clock))
        self.event_counts = ShardRunners(database.shards, partial(event_counts_runner, database, clock))
        shared_counts = SharedCounts(database, clock)
        quotas = Quotas(database, defaults=default_quota(settings), clock=clock, shared=shared_counts)
        self.publishing = Publishing()
        self.delivery = DeliveryParts(settings, base, quotas, self.tracer)
        self.identity = Identity(
            settings,
            database,
            tokens=base.tokens,
            data_keys=base.data_keys,
            shared_counts=shared_counts,
            quotas=quotas,
            egress=self.delivery.egress,
            public_base=base.public_base,
            clock=clock,
            ids=ids,
        )
        self.running = WorkflowRuntime(base, self.delivery.matcher, quotas)
        self.loyalty = LoyaltyComponents(database, self.events, base.positions, clock=clock, ids=ids)
        self.scheduling = Scheduling(
            settings,
            database,
            conditions=self.delivery.conditions,
            bodies=self.delivery.bodies,
            renderer=self.delivery.renderer,
            clock=clock,
            ids=ids,
            quotas=quotas,
        )
        self._limits = SearchLimits(settings.orchestration_max_count, settings.orchestration_window_bounds)
        self._has_aws_endpoint = bool(settings.aws_endpoint_url)
        idempotency_keys = IdempotencyKeys(database, sealer=base.sealer, clock=clock, ids=ids)
        self.access_log = logs.AccessLog(clock, level=settings.log_level, form=logs.form_of(settings.log_format))
        stack = middleware(
            credentials=self.identity.credentials,
            limits=RateLimits(rate_windows(settings.rate_limit_url), clock, per_minute=settings.scheduling_per_minute),
            keys=idempotency_keys,
            lines=self.access_log,
            tracer=self.tracer,
            clock=clock,
            quotas=quotas,
            max_rpcs=settings.max_concurrent_rpcs,
            max_streams=settings.max_streams,
        )
        self.proxies = TrustedProxies(settings.proxy_networks)
        self.gateway = MiddlewareInterceptor(stack, ids=ids, proxies=self.proxies)
        self._examinations = Examinations(settings, clock, heartbeats.stuck)
        held = data_sources(database, PersonalEventBodies(), clock)
        self.persons = Persons(database, held, sealer=base.sealer, clock=clock, ids=ids)
        opt_outs = CustomerOptOuts(database, self.events, self.loyalty.customers, clock=clock, ids=ids)
        self.relays = make_relays(settings, database, clock)
        self.servicers = [
            *self._own_servicers(base),
            *self._collector_servicers(base, quotas),
            *self._workflow_servicers(base),
            *self._push_servicers(base),
            *self.loyalty.servicers(),
            *self.scheduling.collector_servicers(self.delivery, opt_outs, base.positions),
            *self.scheduling.servicers(self.identity.store_login, base.positions),
        ]
        self.events.use_pace(Pace(database.heads, self.readers))
        ports = retention_ports(self.projection, self.running.projections.runners)
        work = own_work(database.shards, relays=bool(self.relays))
        self.ownership = Ownership(database, clock, work, role=settings.role)
        for name, readers in self.readers.items():
            readers.use_leases(partial(self._lease_of, name))
        quotas.count_while(self.ownership.lease("housekeeping"))
        self.workers: dict[str, Worker] = {
            "ownership": self.ownership.run,
            **self.identity.workers,
            "idempotency_keys": idempotency_keys.run,
            "health": self.health.run,
            **_running(self.projection, "search"),
            **_running(self.event_counts, "event_counts"),
            "count_retention": CountRetention(database, clock, days=settings.count_days).run,
            "retention": Retention(
                database, ports, clock, days=settings.retention_days, archive=event_archive(settings)
            ).run,
            **_running(self.running.runners, "workflow"),
            "scheduled_events": self.running.scheduled_events.run,
            **_running(self.running.projections.runners, "workflow_search"),
            **self.loyalty.workers,
            **_running(self.delivery.routers, "router"),
            "replays": self.delivery.replays.run,
            "recoveries": self.delivery.recoveries.run,
            "confirmations": self.delivery.confirmations.run,
            "erasures": self.persons.run,
            **self.scheduling.workers,
            **{in_shard("relay", shard): relay.run for shard, relay in enumerate(self.relays)},
        }

    @property
    def readers(self) -> Mapping[str, ShardRunners]:
        """All that follow the log, by their names in metrics."""
        return {
            "router": self.delivery.routers,
            "search": self.projection,
            "event_counts": self.event_counts,
            "loyalty": self.loyalty.runners,
            "workflow": self.running.runners,
            "workflow_search": self.running.projections.runners,
            "catalogue": self.scheduling.catalogue_runners,
            "event_triggers": self.scheduling.trigger_runners,
            **({"relay": ShardRunners(len(self.relays), self._relay_runner)} if self.relays else {}),
        }

    def owned(self, name: str, worker: Worker, stop: Callable[[], Awaitable[None]] | None = None) -> Worker:
        """A worker that runs while this process has the lease on its work; as it is if all processes run it."""
        work = work_of(name)
        return worker if work is None else partial(self.ownership.doing, work, worker, stop=stop)

    async def end_streams(self, within_s: float) -> None:
        """Have streams of clients stored and acknowledged, for at most so long; then end those of watchers."""
        await self.publishing.drain(within_s)
        self.watch.close()

    def _lease_of(self, name: str, shard: int) -> WorkLease:
        return self.ownership.lease(work_of(in_shard(name, shard)) or "")

    def _relay_runner(self, shard: int) -> ConsumerRunner:
        return self.relays[shard].runner

    def _own_servicers(self, base: ProcessBase) -> Iterator[object]:
        """Services of no document: tokens, tenants, operations, persons."""
        yield from self.identity.servicers(Search(base.database, self.projection, base.positions))
        letters = DeadLetters(base.database, base.clock, tenants.tenant_ids)
        state = ServerState(base.database, self.readers)
        yield OperationsService(
            self.health, letters, state, base.public_base, version=__version__, schema=schema.head()
        )
        yield PersonService(self.persons)
        yield DoctorService(self._examinations)

    def _collector_servicers(self, base: ProcessBase, quotas: Quotas) -> Iterator[object]:
        aliases = WorkflowEntityAliases(base.database)
        search = Search(base.database, self.projection, base.positions, aliases=aliases)
        yield EventService(
            self.events, search, self.watch, EVENT_SHAPES, documents=DOCUMENT_READERS, clock=base.clock, ids=base.ids
        )
        yield PublishService(self.events, self.publishing, quotas, clock=base.clock, ids=base.ids)
        queues = None if self._has_aws_endpoint else self.delivery.egress
        yield EventSubscriptionService(self.delivery.subscriptions, self.delivery.pings, egress=queues)
        yield ConditionService(self.delivery.conditions)
        yield MetricsService(HourlyCounts(base.database, base.clock, base.positions))
        yield RecoveryService(self.delivery.recoveries)
        histories = DeliveryHistories(base.database, self.delivery.bodies, clock=base.clock)
        yield DeliveryService(self.delivery.deliveries, histories, self.delivery.replays)

    def _workflow_servicers(self, base: ProcessBase) -> Iterator[object]:
        database, clock, ids, running = base.database, base.clock, base.ids, self.running
        events = EventSubmission(database, self.events, running.waiters)
        traces = Traces(database, running.records)
        yield WorkflowEventService(events, running.records, traces, limits=self._limits, clock=clock, ids=ids)
        yield EntityService(EntityQueries(database, running.records))
        simulations = Simulations(database, running.workflows, running.engine)
        yield WorkflowService(running.workflows, simulations, clock=clock, ids=ids)

    def _push_servicers(self, base: ProcessBase) -> Iterator[object]:
        sending = self.delivery
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
            EventPullService(PushEvents(base.database, self.projection, aliases=WorkflowEntityAliases(base.database))),
        )
        yield from read
        yield SelectionService(*read)
        yield AuthTicketService(self.identity.login, base.ids)


def _running(runners: ShardRunners, name: str) -> Mapping[str, Worker]:
    """The workers that run a consumer, by their names."""
    return {each: runner.run for each, runner in runners.named(name).items()}
