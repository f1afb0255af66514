"""Composition of loyalty: consumer, services and workers."""

from collections.abc import Iterator, Mapping

from tidings_server.composition.base import Worker
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.events import EventLog
from tidings_server.log.feed import LogFeed
from tidings_server.log.positions import Positions
from tidings_server.log.shard_runners import ShardRunners
from tidings_server.loyalty.api.backtests import BacktestService
from tidings_server.loyalty.api.customers import CustomerService
from tidings_server.loyalty.api.economies import EconomyService
from tidings_server.loyalty.api.event_codec import ProtobufEventCodec, condition_language
from tidings_server.loyalty.api.failures import FailureService
from tidings_server.loyalty.api.ledger import LedgerService
from tidings_server.loyalty.api.paging import ListPaging
from tidings_server.loyalty.api.rules import RuleService
from tidings_server.loyalty.api.service import LoyaltyEventService
from tidings_server.loyalty.assessment.assessor import Assessor
from tidings_server.loyalty.assessment.backtest import Backtests
from tidings_server.loyalty.assessment.baskets import Baskets
from tidings_server.loyalty.consumer import LoyaltyConsumer
from tidings_server.loyalty.customers import Customers
from tidings_server.loyalty.fulfilment.failures import FulfilmentFailures
from tidings_server.loyalty.ledger.expiry_worker import ExpiryWorker
from tidings_server.loyalty.ledger.queries import Ledger
from tidings_server.loyalty.ledger.redemptions import Redemptions
from tidings_server.loyalty.ledger.reversals import Reversals
from tidings_server.loyalty.read_your_writes import ReadYourWrites
from tidings_server.loyalty.rules.rules import Economies, LoyaltyRules
from tidings_server.platform.clock import Clock, Ids
from tidings_server.storage.database import Database


class LoyaltyComponents:
    """The parts of one process. `runners` run the consumer of the log; nothing has an effect without the `workers`."""

    def __init__(self, database: Database, events: EventLog, positions: Positions, *, clock: Clock, ids: Ids) -> None:
        self._events = events
        self._clock = clock
        self._paging = ListPaging(positions)
        codec, language = ProtobufEventCodec(), condition_language()
        assessor = Assessor(language, codec)
        self._read_your_writes = read_your_writes = ReadYourWrites(database)
        self.runners = ShardRunners(
            database.shards,
            lambda shard: ConsumerRunner(
                LoyaltyConsumer(database, codec, assessor, clock=clock, ids=ids),
                feed=LogFeed(database, shard),
                database=database,
                clock=clock,
                shard=shard,
                on_commit=read_your_writes.notify,
                is_waited_for=read_your_writes.has_waiters,
            ),
        )
        read_your_writes.use_runner(self.runners[0])
        self._ledger = Ledger(database, clock=clock)
        self.customers = Customers(database, self._ledger, read_your_writes, clock=clock)
        self._redemptions = Redemptions(database, codec, read_your_writes, clock=clock, ids=ids)
        self._reversals = Reversals(
            database, events, codec, read_your_writes=read_your_writes, ledger=self._ledger, clock=clock
        )
        self._baskets = Baskets(
            database, events, codec, assessor=assessor, read_your_writes=read_your_writes, clock=clock
        )
        self._failures = FulfilmentFailures(database, codec, clock=clock, ids=ids)
        self._rules = LoyaltyRules(database, language, clock=clock, ids=ids)
        self._economies = Economies(database, clock=clock, ids=ids)
        self._backtests = Backtests(database, self._rules, language, assessor=assessor, decoder=codec)
        self._expiry = ExpiryWorker(database, codec, clock=clock, ids=ids)

    def servicers(self) -> Iterator[object]:
        """The services of document 003 and its extensions."""
        clock, paging = self._clock, self._paging
        yield LoyaltyEventService(
            self._events,
            baskets=self._baskets,
            redemptions=self._redemptions,
            failures=self._failures,
            clock=clock,
        )
        yield CustomerService(self.customers, paging, clock=clock)
        yield LedgerService(
            self._ledger,
            redemptions=self._redemptions,
            reversals=self._reversals,
            read_your_writes=self._read_your_writes,
            paging=paging,
            clock=clock,
        )
        yield RuleService(self._rules, paging)
        yield EconomyService(self._economies, paging)
        yield BacktestService(self._backtests, clock=clock)
        yield FailureService(self._failures, paging)

    @property
    def workers(self) -> Mapping[str, Worker]:
        """Loops that run as long as the process, by their names."""
        return {
            **{name: runner.run for name, runner in self.runners.named("loyalty").items()},
            "redemptions": self._redemptions.run,
            "loyalty_expiry": self._expiry.run,
        }
