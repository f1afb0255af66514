"""Keeps a fixed number of calls in flight for a bounded time and count, and times them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import psutil

from tests.bench.figures import percentile
from tests.bench.processes import Answer

Call = Callable[[int], Awaitable[None]]
"""Makes call number n and returns when it is answered; raises when it is refused."""

LOAD_FIELDS = ("in_flight", "warm_s", "for_s", "at_most", "server_pid")
"""What a job says of its load."""

FAILURES_AT_MOST = 100


@dataclass(slots=True)
class Load:
    """`in_flight` callers, each making its next call when its last is answered.

    Calls of the first `warm_s` are made but not counted. Stops after `for_s` more, after `at_most` calls, or when
    `FAILURES_AT_MOST` have failed. Says what share of a core the process `server_pid` took.
    """

    call: Call
    in_flight: int
    warm_s: float
    for_s: float
    at_most: int
    server_pid: int
    made: int = 0
    times_ms: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    async def run(self) -> Answer:
        """Calls answered, the seconds they took, percentiles, failures, and the shares of a core that it all took."""
        counts_from = time.monotonic() + self.warm_s
        ends_at = counts_from + self.for_s
        async with asyncio.TaskGroup() as group:
            callers = [group.create_task(self._caller(counts_from, ends_at)) for _ in range(self.in_flight)]
            await asyncio.sleep(self.warm_s)
            own, server = time.process_time(), self._server_cpu_s()
            await asyncio.wait(callers)
            own, server = time.process_time() - own, self._server_cpu_s() - server
        seconds = max(min(time.monotonic(), ends_at) - counts_from, 1e-9)
        return {
            "count": len(self.times_ms),
            "seconds": seconds,
            "p50_ms": percentile(self.times_ms, 0.5) if self.times_ms else 0.0,
            "p99_ms": percentile(self.times_ms, 0.99) if self.times_ms else 0.0,
            "failed": len(self.failures),
            "failure": self.failures[0] if self.failures else "",
            "client_cores": own / seconds,
            "server_cores": server / seconds,
        }

    async def _caller(self, counts_from: float, ends_at: float) -> None:
        started = time.monotonic()
        while started < ends_at and self.made < self.at_most and len(self.failures) < FAILURES_AT_MOST:
            number = self.made
            self.made += 1
            failure = await self._failure_of(number)
            ended = time.monotonic()
            if failure:
                self.failures.append(failure)
            elif counts_from <= ended <= ends_at:
                self.times_ms.append((ended - started) * 1_000)
            started = ended

    async def _failure_of(self, number: int) -> str:
        try:
            await self.call(number)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is reported, and the load stays bounded
            return repr(error)[:500]
        return ""

    def _server_cpu_s(self) -> float:
        times = psutil.Process(self.server_pid).cpu_times()
        return float(times.user + times.system)
