"""Claims and loads ahead of sending, for many subscriptions in one write and one read."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

import structlog

from tidings_server.delivery.dispatch.fair_queue import Rotation
from tidings_server.delivery.dispatch.port import Attempt, Claim, Lane, Outbox
from tidings_server.delivery.dispatch.subscription_queue import Stream
from tidings_server.delivery.message import Outcome
from tidings_server.platform.clock import Clock

MAX_STREAMS = 32
"""Subscriptions of one round."""

MAX_ROWS = 500
"""Deliveries that one round claims, and that it loads."""

RETRY_S = 1.0

log = structlog.get_logger(__name__)


class Filler:
    """Keeps streams supplied, fairly, the first attempts apart from the retries."""

    def __init__(
        self,
        outbox: Outbox,
        clock: Clock,
        *,
        on_filled: Callable[[Stream], None],
        on_settled: Callable[[Iterable[Attempt]], None],
    ) -> None:
        """`on_filled` hears of streams that have something to send; `on_settled` of attempts that need no sending."""
        self._outbox = outbox
        self._clock = clock
        self._on_filled = on_filled
        self._on_settled = on_settled
        self._hungry: dict[Lane, Rotation[Stream]] = {lane: Rotation() for lane in Lane}
        self._news = {lane: asyncio.Event() for lane in Lane}

    def want(self, stream: Stream) -> None:
        """Queues the stream if it runs low."""
        if stream.is_hungry:
            self._hungry[stream.budget].add(stream)
            self._news[stream.budget].set()

    async def run(self, budget: Lane) -> None:
        """Fills the streams of one budget until cancelled."""
        while True:
            await self._news[budget].wait()
            self._news[budget].clear()
            try:
                while await self.fill(budget):
                    pass
            except Exception:  # the worker's loop: what was claimed is due again when its lease ends
                log.exception("delivery.fill_failed")
                await self._clock.sleep(RETRY_S)

    async def fill(self, budget: Lane) -> bool:
        """One round; False if nobody was hungry."""
        streams = self._next(budget)
        for stream in streams:
            stream.is_filling = True
        try:
            await self._claim(streams)
            await self._load(streams)
        finally:
            for stream in streams:
                stream.is_filling = False
        for stream in streams:
            self._on_filled(stream)
        return bool(streams)

    def _next(self, budget: Lane) -> list[Stream]:
        hungry: list[Stream] = []
        while len(hungry) < MAX_STREAMS and (stream := self._hungry[budget].take()):
            if stream.is_hungry:
                hungry.append(stream)
        return hungry

    async def _claim(self, streams: Sequence[Stream]) -> None:
        now = self._clock.now_us()
        wants = {stream: want for stream in streams if (want := stream.want(now=now))}
        share = MAX_ROWS // max(1, len(wants))
        wants = {stream: want._replace(limit=min(want.limit, share)) for stream, want in wants.items()}
        claims: dict[tuple[int, Lane], list[Claim]] = {(want.subscription, want.lane): [] for want in wants.values()}
        if wants:
            for claim in await self._outbox.claim(list(wants.values())):
                claims[claim.subscription, claim.lane].append(claim)
        for stream, want in wants.items():
            stream.claimed(claims[want.subscription, want.lane], now=now, wanted=want.limit)

    async def _load(self, streams: Sequence[Stream]) -> None:
        loading: list[tuple[Stream, Claim]] = []
        for stream in streams:
            stream.destination = await self._outbox.open(stream.subscriber.key)
            if stream.destination is None:
                await self._outbox.release(stream.give_up())
            else:
                loading += [(stream, claim) for claim in stream.to_load(MAX_ROWS // len(streams))]
        if not loading:
            return
        messages = await self._outbox.load([claim for _, claim in loading])
        now = self._clock.now_us()
        for (stream, claim), message in zip(loading, messages, strict=True):
            if isinstance(message, Outcome):
                self._on_settled([Attempt(claim, now, message)])
            else:
                stream.loaded([(claim, message)])
