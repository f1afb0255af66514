"""Runners of every shard, for tests whose events are all in the first."""

from collections.abc import Callable

from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.search_projection import search_runner
from tidings_server.log.shard_runners import ShardRunners
from tidings_server.platform.clock import Clock
from tidings_server.storage.database import Database
from tidings_server.workflow.search_projection import RecordProjection

Projections = tuple[ShardRunners, ShardRunners]


def projections(database: Database, clock: Clock, search: ConsumerRunner, records: RecordProjection) -> Projections:
    """Those of both search projections, given what drives them in the first shard."""

    def make_records(shard: int) -> ConsumerRunner:
        return RecordProjection(database, clock, shard).runner

    def make_search(shard: int) -> ConsumerRunner:
        return search_runner(database, clock, shard)

    return _with_first(database, search, make_search), _with_first(database, records.runner, make_records)


def _with_first(database: Database, first: ConsumerRunner, make: Callable[[int], ConsumerRunner]) -> ShardRunners:
    return ShardRunners(database.shards, lambda shard: make(shard) if shard else first)
