"""Every object of loyalty, from an event of a customer to points and whatever else rules bring."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.cursors import Cursors
from tidings_server.log.events import EventLog
from tidings_server.log.feed import LogFeed
from tidings_server.loyalty.api.backtests import BacktestService
from tidings_server.loyalty.api.customers import CustomerService
from tidings_server.loyalty.api.economies import EconomyService
from tidings_server.loyalty.api.event_codec import LoyaltyMessages, loyalty_language
from tidings_server.loyalty.api.failures import FailureService
from tidings_server.loyalty.api.ledger import LedgerService
from tidings_server.loyalty.api.pages import Pages
from tidings_server.loyalty.api.rules import RuleService
from tidings_server.loyalty.api.service import EventService
from tidings_server.loyalty.assessment.assessor import Assessor
from tidings_server.loyalty.assessment.backtest import Backtests
from tidings_server.loyalty.assessment.baskets import Baskets
from tidings_server.loyalty.consumer import LoyaltyConsumer
from tidings_server.loyalty.customers import Customers
from tidings_server.loyalty.fulfilment.failures import Failures
from tidings_server.loyalty.ledger.expiry import Expiry
from tidings_server.loyalty.ledger.queries import Ledger
from tidings_server.loyalty.ledger.redemptions import Redemptions
from tidings_server.loyalty.ledger.reversals import Reversals
from tidings_server.loyalty.read_your_writes import Freshness
from tidings_server.loyalty.rules.rules import Economies, Rules
from tidings_server.platform.clock import Clock, Ids
from tidings_server.storage.database import Database


class Earning:
    """The parts of one process. `runner` follows the log, `workers` must run for anything to happen."""

    def __init__(
        self, database: Database, feed: LogFeed, events: EventLog, positions: Cursors, *, clock: Clock, ids: Ids
    ) -> None:
        self._events = events
        self._clock = clock
        self._pages = Pages(positions)
        messages, language = LoyaltyMessages(), loyalty_language()
        assessor = Assessor(language, messages)
        self._freshness = freshness = Freshness(database)
        reactor = LoyaltyConsumer(database, messages, assessor, clock=clock, ids=ids)
        self.runner = ConsumerRunner(
            reactor,
            feed=feed,
            database=database,
            clock=clock,
            on_commit=freshness.committed,
            is_waited_for=freshness.is_waited_for,
        )
        freshness.follow(self.runner)
        self._ledger = Ledger(database, clock=clock)
        self._customers = Customers(database, self._ledger, freshness, clock=clock)
        self._redemptions = Redemptions(database, messages, freshness, clock=clock, ids=ids)
        self._reversals = Reversals(database, events, messages, freshness, ledger=self._ledger, clock=clock)
        self._baskets = Baskets(database, events, messages, assessor, freshness, clock=clock)
        self._failures = Failures(database, messages, clock=clock, ids=ids)
        self._rules = Rules(database, language, clock=clock, ids=ids)
        self._economies = Economies(database, clock=clock, ids=ids)
        self._backtests = Backtests(database, self._rules, language, assessor, messages)
        self._expiry = Expiry(database, messages, clock=clock, ids=ids)

    def servicers(self) -> Iterator[object]:
        """Those of document 003 and its extensions."""
        clock, pages = self._clock, self._pages
        yield EventService(self._events, self._baskets, self._redemptions, self._failures, clock=clock)
        yield CustomerService(self._customers, pages, clock=clock)
        yield LedgerService(self._ledger, self._redemptions, self._reversals, self._freshness, pages=pages, clock=clock)
        yield RuleService(self._rules, pages)
        yield EconomyService(self._economies)
        yield BacktestService(self._backtests, clock=clock)
        yield FailureService(self._failures, pages)

    def workers(self) -> Iterator[Callable[[], Coroutine[Any, Any, None]]]:
        """What runs until it is cancelled."""
        yield self.runner.run
        yield self._redemptions.run
        yield self._expiry.run
