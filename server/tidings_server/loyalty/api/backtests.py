"""The backtest service, an extension of document 003."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from google.api.httpbody_pb2 import HttpBody
from google.protobuf.json_format import MessageToJson

from tidings.loyalty.v1 import backtests_pb2 as pb
from tidings.loyalty.v1 import backtests_pb2_grpc
from tidings_server.loyalty.api.field_reader import FieldReader
from tidings_server.loyalty.assessment.backtest import BacktestExample, BacktestProgress, BacktestRange, Backtests
from tidings_server.loyalty.assessment.backtest_sums import MatchSum
from tidings_server.platform.clock import Clock, rfc3339_ms
from tidings_server.platform.errors import InvalidInput, Violation
from tidings_server.platform.worker_threads import off_loop
from tidings_server.rpc.metadata import Context, begin_stream, scope_of

DEFAULT_EXAMPLES: Final = 10
MAX_EXAMPLES: Final = 100
MAX_RUN_S: Final = 30.0
"""Longest run of one call, which then answers its progress. Below the edge's own 60 s."""
PROGRESS_EVERY_S: Final = 1.0
"""Interval of a stream's messages."""
CUSTOMER_BYTES: Final = 64
"""Cost of a customer in the sums, as that of so many bytes of text."""
EVENT_STREAM: Final = "text/event-stream"
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class BacktestService(backtests_pb2_grpc.BacktestServiceServicer):
    """Runs rules of the caller's tenant over its past events."""

    def __init__(self, backtests: Backtests, *, clock: Clock) -> None:
        self._backtests = backtests
        self._clock = clock

    async def RunBacktest(self, request: pb.RunBacktestRequest, context: Context) -> pb.Backtest:
        until = self._clock.monotonic() + MAX_RUN_S
        progress = BacktestProgress(request.rule_id)
        async with aclosing(self._run(request, context)) as run:
            async for progress in run:
                if progress.is_complete or self._clock.monotonic() >= until:
                    break
        return await _dumped(progress, context)

    async def StreamBacktest(
        self, request: pb.StreamBacktestRequest, context: Context
    ) -> AsyncIterator[pb.StreamBacktestResponse]:
        run = self._run(request, context)
        await begin_stream(context)
        async for progress in self._paced(run, context):
            yield pb.StreamBacktestResponse(backtest=progress)

    async def FollowBacktest(self, request: pb.FollowBacktestRequest, context: Context) -> AsyncIterator[HttpBody]:
        range_ = pb.BacktestRange(to=request.to)
        setattr(range_, "from", getattr(request, "from"))
        if request.HasField("examples"):
            range_.examples = request.examples
        run = self._run(pb.RunBacktestRequest(rule_id=request.rule_id, range=range_), context)
        async for progress in self._paced(run, context):
            text = MessageToJson(progress, indent=None, always_print_fields_with_no_presence=True)
            yield HttpBody(content_type=EVENT_STREAM, data=f"data: {text}\n\n".encode())

    async def _paced(self, run: AsyncGenerator[BacktestProgress, None], context: Context) -> AsyncIterator[pb.Backtest]:
        """The progress each PROGRESS_EVERY_S, and the last one."""
        due = self._clock.monotonic() + PROGRESS_EVERY_S
        async with aclosing(run):
            async for progress in run:
                if progress.is_complete or self._clock.monotonic() >= due:
                    yield await _dumped(progress, context)
                    due = self._clock.monotonic() + PROGRESS_EVERY_S

    def _run(
        self, request: pb.RunBacktestRequest | pb.StreamBacktestRequest, context: Context
    ) -> AsyncGenerator[BacktestProgress, None]:
        return self._backtests.run(scope_of(context), request.rule_id, load(request.range))


def load(message: pb.BacktestRange) -> BacktestRange:
    """The range of a request. Raises InvalidInput."""
    reader = FieldReader()
    start_us, end_us = reader.instant(getattr(message, "from"), "from"), reader.instant(message.to, "to")
    examples = message.examples if message.HasField("examples") else DEFAULT_EXAMPLES
    if not 0 <= examples <= MAX_EXAMPLES:
        reader.violations.append(Violation("examples", f"0 to {MAX_EXAMPLES}", "a number"))
    if reader.violations:
        raise InvalidInput(violations=reader.violations)
    return BacktestRange(start_us, end_us, examples)


async def _dumped(progress: BacktestProgress, context: Context) -> pb.Backtest:
    """`dump` off the loop where there are many customers."""
    size = CUSTOMER_BYTES * len(progress.customers)
    return await off_loop(partial(dump, progress), tenant=scope_of(context).tenant, size=size)


def dump(progress: BacktestProgress) -> pb.Backtest:
    """The progress as a message."""
    return pb.Backtest(
        rule_id=progress.rule_id,
        events_assessed=progress.assessed,
        events_matched=progress.matched,
        customers=len(progress.customers),
        points=float(progress.points),
        examples=map(_dump_example, progress.examples),
        is_complete=progress.is_complete,
        progress=progress.progress,
        days=[_dump_day(day, found) for day, found in progress.sums.by_day()],
        top_customers=[
            pb.BacktestCustomer(customer_id=name, points=float(found.points), events=found.events)
            for name, found in progress.sums.top()
        ],
    )


def _dump_day(day: int, found: MatchSum) -> pb.BacktestDay:
    date = (EPOCH + timedelta(days=day)).date().isoformat()
    return pb.BacktestDay(date=date, points=float(found.points), events=found.events)


def _dump_example(example: BacktestExample) -> pb.BacktestExample:
    return pb.BacktestExample(
        event_id=example.event_id,
        customer_id=example.customer_id,
        recorded_at=rfc3339_ms(example.recorded_at),
        points=example.points,
    )
