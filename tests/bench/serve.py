"""The server, as its own composition root puts it together; optionally over a log that keeps nothing."""

import asyncio
import signal
from collections.abc import Sequence

from tests.bench.processes import given_job, say
from tidings_server.app import run, running
from tidings_server.log.events import EventLog
from tidings_server.platform.clock import SystemClock
from tidings_server.platform.telemetry import logs
from tidings_server.settings import Settings
from tidings_server.storage.log.records import Appended, EventRecord

LIMIT_S = 1_800.0


class KeepsNothing(EventLog):
    """A log whose `append` answers at once, as if everything were stored; all else is as it is."""

    async def append(
        self, events: Sequence[EventRecord], *, is_fresh: bool = False, first_wins: bool = False
    ) -> list[Appended]:
        del is_fresh, first_wins
        return [Appended(seq=1, recorded_at=event.occurred_at, existing=None) for event in events]


async def main() -> None:
    """Job: envoy, stores. Answers the ports of http, grpc and metrics, and serves until SIGTERM."""
    job = given_job(limit_s=LIMIT_S)
    settings = Settings()
    logs.configure(SystemClock(), level=settings.log_level, form=logs.form_of(settings.log_format))
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    make_log = EventLog if job["stores"] else KeepsNothing
    async with running(settings, has_edge=job["envoy"], make_log=make_log) as up:
        say({"http": up.http_port, "grpc": up.grpc_port, "metrics": up.metrics_port})
        await stopped.wait()


if __name__ == "__main__":
    run(main())
