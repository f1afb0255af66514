"""The objects of one process between an event of the log and its subscribers."""

from typing import Final

from tidings_server.composition.base import ProcessBase
from tidings_server.composition.mail_consents import CustomerConsents
from tidings_server.composition.payloads import DialectBodies, event_conditions
from tidings_server.delivery.attempt_log import AttemptLog
from tidings_server.delivery.confirmations import Confirmations
from tidings_server.delivery.deliveries import Deliveries
from tidings_server.delivery.destination_cache import DestinationCache
from tidings_server.delivery.destinations import Destinations
from tidings_server.delivery.dispatch.dispatcher import Dispatcher
from tidings_server.delivery.dispatch.slots import SLOTS
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.matching import SubscriptionMatcher
from tidings_server.delivery.pings import Pings
from tidings_server.delivery.queue import DeliveryQueue, ReadySubscriptions
from tidings_server.delivery.recoveries import Recoveries
from tidings_server.delivery.replays import Replays
from tidings_server.delivery.retry_policy import RetryPolicy
from tidings_server.delivery.router import Router
from tidings_server.delivery.store.confirmations import PingSchedule
from tidings_server.delivery.subscription_secrets import SubscriptionSecrets
from tidings_server.delivery.subscriptions import Subscriptions
from tidings_server.identity.quotas import Quotas
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.log.ranges import LogRanges
from tidings_server.log.shard_runners import ShardRunners
from tidings_server.mail.captured_mail import CapturedMails
from tidings_server.mail.destination import TenantMail
from tidings_server.mail.rendering import MailRenderer
from tidings_server.mail.transport.selection import mail_transport
from tidings_server.mail.unsubscribe_links import UnsubscribeLinks
from tidings_server.platform.telemetry import logs
from tidings_server.platform.telemetry.traces import Tracer
from tidings_server.push.listings import PushListings
from tidings_server.settings import Settings

ROUTED_EACH_S: Final = 0.001
"""Pause of the router for each event that it has just routed: receivers wait for the next."""
ROUTED_MOST_S: Final = 0.01
"""The longest: behind another tenant's stream an event would wait 30 ms for more to come."""


class DeliveryParts:
    """From an event of the log to its subscribers."""

    def __init__(self, settings: Settings, base: ProcessBase, quotas: Quotas, tracer: Tracer) -> None:
        database, clock, ids = base.database, base.clock, base.ids
        policy = RetryPolicy(settings.retry_first_s, settings.retry_cap_s, settings.retry_for_s, settings.retry_flat)
        self.links = UnsubscribeLinks(base.sealer, base_url=base.public_base.url, template=settings.unsubscribe_url)
        self.renderer = MailRenderer(
            settings.mail_templates,
            has_remote_templates=bool(settings.sendgrid_api_key),
            captures=not (settings.smtp_url or settings.sendgrid_api_key),
            links=self.links,
        )
        self.mails = CapturedMails(database, clock)
        self.bodies = bodies = DialectBodies(self.renderer)
        self.conditions = conditions = event_conditions()
        secrets = SubscriptionSecrets(base.sealer, clock)
        backlog = LogRanges(database, base.positions, clock)
        self.matcher = matcher = SubscriptionMatcher(database, conditions, bodies)
        self.egress = Egress(settings.egress_allow, settings.egress_refuse)
        self.destinations = Destinations(
            egress=self.egress,
            clock=clock,
            mail=TenantMail(
                mail_transport(settings, store=self.mails.store, clock=clock),
                consents=CustomerConsents(database, low_at=settings.low_stock_at),
                renderer=self.renderer,
            ),
            aws_endpoint_url=settings.aws_endpoint_url,
            tracer=tracer,
        )
        opened = DestinationCache(self.destinations, secrets)
        attempt_log = AttemptLog(level=settings.log_level, form=logs.form_of(settings.log_format))
        ready, free = ReadySubscriptions(database, clock), SLOTS.free()
        self.queues = [
            DeliveryQueue(
                database,
                destinations=opened,
                payloads=bodies,
                policy=policy,
                deactivate_after_s=settings.deactivate_after_s,
                clock=clock,
                ids=ids,
                attempt_log=attempt_log,
                ready=ready,
                shard=shard,
            )
            for shard in range(database.shards)
        ]
        self.dispatchers = [Dispatcher(queue, clock, policy=policy, free=free) for queue in self.queues]
        self.routers = ShardRunners(database.shards, lambda shard: self._router(base, shard))
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
        self.pings = Pings(database, opened, bodies, clock=clock, ids=ids)
        self.confirmations = Confirmations(
            database, self.subscriptions, pings=self.pings, clock=clock, rhythm=_ping_schedule(policy)
        )
        on_queued = self._wake
        self.deliveries = Deliveries(database, matcher, clock=clock, on_queued=on_queued)
        self.recoveries = Recoveries(database, clock=clock, ids=ids, on_queued=on_queued)
        self.replays = Replays(database, matcher, backlog, clock=clock, ids=ids, on_queued=on_queued)

    def _router(self, base: ProcessBase, shard: int) -> ConsumerRunner:
        """The router of a shard, which hands to the dispatcher of the same."""
        router = Router(base.database, self.matcher, clock=base.clock, sender=self.dispatchers[shard])
        return ConsumerRunner(
            router,
            feed=LogFeed(base.database, shard),
            database=base.database,
            clock=base.clock,
            shard=shard,
            gather_s=ROUTED_MOST_S,
            gather_each_s=ROUTED_EACH_S,
            on_commit=router.committed,
            is_repeatable=True,  # what is sent twice has the same id
        )

    def _wake(self) -> None:
        """Have the dispatchers look: something was queued, of whichever shard."""
        for dispatcher in self.dispatchers:
            dispatcher.wake()


def _ping_schedule(policy: RetryPolicy) -> PingSchedule:
    """Unconfirmed endpoints are pinged again on the schedule of retries."""
    return PingSchedule(*(int(seconds * 1_000_000) for seconds in (policy.first_s, policy.cap_s, policy.horizon_s)))
