"""A whole examination: of the settings, the machine, the database and the mail server."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from tidings_server.doctor.exposure import exposure
from tidings_server.doctor.findings import Finding, ok, problem
from tidings_server.doctor.machine import machine
from tidings_server.doctor.store import state
from tidings_server.doctor.stored import stored
from tidings_server.jetstream.rewinding import stream_of
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Unavailable
from tidings_server.platform.heartbeats import STUCK_S
from tidings_server.platform.setting_rules import EMBEDDED
from tidings_server.settings import Settings

DEADLINE_S: Final = 30.0


async def examine(settings: Settings, clock: Clock) -> list[Finding]:
    """All findings, by number. Nothing is changed, and a server may run meanwhile."""
    found = [*machine(settings), *exposure(settings, clock)]
    found += [finding async for finding in _database(settings, clock)]
    found.append(await _mail(settings))
    found.append(await _jetstream(settings))
    return sorted(found, key=lambda finding: finding.number)


class Examinations:
    """Examinations for callers of a running server: one at a time, on a thread and an event loop of its own."""

    def __init__(self, settings: Settings, clock: Clock, stuck: Callable[[], Sequence[str]]) -> None:
        """`stuck` names the workers of this process that are stuck."""
        self._settings = settings
        self._clock = clock
        self._stuck = stuck
        self._running: asyncio.Future[list[Finding]] | None = None

    async def findings(self) -> list[Finding]:
        """Findings of an examination that ends after this call. Raises Unavailable when it takes over DEADLINE_S."""
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().run_in_executor(None, self._examine)
        try:
            return await asyncio.wait_for(asyncio.shield(self._running), DEADLINE_S)
        except TimeoutError:
            raise Unavailable("The examination takes too long.", retry_after_s=DEADLINE_S) from None

    def _examine(self) -> list[Finding]:
        found = asyncio.run(asyncio.wait_for(examine(self._settings, self._clock), DEADLINE_S))
        return sorted([*found, _workers(self._stuck())], key=lambda finding: finding.number)


def _workers(stuck: Sequence[str]) -> Finding:
    if not stuck:
        return ok("T406", "no worker of this process is stuck")
    return problem(
        "T406",
        f"stuck for over {STUCK_S:.0f} s: {', '.join(stuck)}",
        "Look for worker_failed and workers in the log; the runbook of TidingsWorkerStuck says more.",
    )


async def _database(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    embedded = None if settings.database_url else settings.data_dir / EMBEDDED
    if embedded is not None and not embedded.is_file():
        yield ok("T301", f"{embedded} does not exist yet; the first start makes it")
        return
    engine = state.engine(settings.sqlalchemy_url)
    try:
        async for finding in _read(engine, settings, clock, embedded):
            yield finding
    except state.unreadable() as error:
        yield problem(
            "T301",
            f"the database cannot be read: {state.reason(error)}",
            "Is it running, does TIDINGS_DATABASE_URL name it, and may this user read it?",
        )
    finally:
        await engine.dispose()


async def _read(engine: AsyncEngine, settings: Settings, clock: Clock, embedded: Path | None) -> AsyncIterator[Finding]:
    async with engine.connect() as conn:
        yield ok("T301", f"{embedded or 'the PostgreSQL database'} can be read")
        async for finding in stored(conn, settings, clock):
            yield finding


async def _jetstream(settings: Settings) -> Finding:
    if not settings.nats_url:
        return ok("T502", "events go to no stream, for want of TIDINGS_NATS_URL")
    try:
        from tidings_server.jetstream import stream  # noqa: PLC0415 - the client may be missing

        return ok("T502", await stream.examined(settings.nats_url, stream_of(0)))
    except ImportError:
        return problem("T502", "the client of NATS is not installed", "pip install 'tidings[jetstream]'")
    except Unavailable as error:
        action = "Are the servers of TIDINGS_NATS_URL up, with JetStream and a quorum? Events wait in the log."
        return problem("T502", f"JetStream does not answer: {error.message}", action)


async def _mail(settings: Settings) -> Finding:
    server = settings.smtp_server
    if server is None:
        way = "SendGrid" if settings.sendgrid_api_key else "the database, for want of TIDINGS_SMTP_URL"
        return ok("T501", f"mail goes to {way}")
    from tidings_server.mail.transport.smtp import login_failure  # noqa: PLC0415 - imports aiosmtplib

    failure = await login_failure(server, sender=settings.mail_sender)
    if failure:
        return problem("T501", f"the mail server does not take us: {failure}", "Look at TIDINGS_SMTP_URL and its log.")
    return ok("T501", "the mail server takes our log-in")
