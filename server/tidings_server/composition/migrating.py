"""The command `migrate` of the server's command line: the schema of the database, and bringing it up to date."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import aclosing
from typing import Final

from tidings_server import __version__
from tidings_server.composition.migrate_arguments import NAME, PENDING
from tidings_server.log.store.ownership import live_versions
from tidings_server.platform.clock import SystemClock, rfc3339_ms
from tidings_server.settings import Settings
from tidings_server.storage.database_errors import refused, unreachable
from tidings_server.storage.migrations.migration import Migration
from tidings_server.storage.migrations.upgrade import AppliedMigration, SchemaStatus, SchemaUpgrade
from tidings_server.storage.schema import NEEDED, UPGRADE, Fit

ANSWERS: Final = {
    Fit.EMPTY: f"There are no tables yet: the first server makes them, or `{UPGRADE}`.",
    Fit.USABLE: f"Tidings {__version__} runs on this schema.",
    Fit.OLDER: f"Tidings {__version__} needs schema {NEEDED}: run `{UPGRADE}`.",
    Fit.NEWER: f"The schema is for later versions than Tidings {__version__}.",
}
STATUSES: Final = {Fit.EMPTY: 0, Fit.USABLE: 0, Fit.OLDER: PENDING, Fit.NEWER: 1}


async def carry_out(arguments: argparse.Namespace, settings: Settings) -> int:
    """Carry out the command; gives the exit status. Raises StartRefused."""
    if arguments.command == NAME and arguments.check and arguments.action:
        print("tidings-server: migrate --check stands by itself, without plan, apply or status", file=sys.stderr)
        return 2
    action = "apply" if arguments.command != NAME else arguments.action or ("check" if arguments.check else "apply")
    upgrade = SchemaUpgrade(settings.sqlalchemy_url, SystemClock(), live_versions)
    try:
        if action == "apply":
            return await _apply(upgrade)
        status = await upgrade.status()
    except unreachable() as error:
        raise refused(error) from error
    if action == "check":
        print(ANSWERS[status.fit])
        return STATUSES[status.fit]
    print(_as_json(status) if arguments.output == "json" else "\n".join(LINES[action](status)))
    return 0


async def _apply(upgrade: SchemaUpgrade) -> int:
    async with aclosing(upgrade.apply()) as applied:
        async for migration in applied:
            print(f"Applied {migration.revision}: {migration.summary}", flush=True)
    status = await upgrade.status()
    for migration in status.pending:
        print(f"Left for later: {_line(migration, status)}")
    print(f"The schema is at revision {status.state.revision}.")
    return 0


def _plan(status: SchemaStatus) -> Iterator[str]:
    yield from (_line(each, status) for each in status.pending)
    yield f"`{UPGRADE}` carries these out." if status.pending else "Nothing is to be done."


def _status(status: SchemaStatus) -> Iterator[str]:
    state = status.state
    readers = f"for Tidings {state.min_reader} and later" if state.min_reader else "for a version that is not known"
    yield f"schema   {state.revision}, {readers}" if state.revision else "schema   none"
    yield f"check    {ANSWERS[status.fit]}"
    for each in status.applied:
        at = f"{rfc3339_ms(each.applied_at)} by" if each.applied_at else "by"
        yield f"applied  {each.revision}  {at} {each.version}"
    for migration in status.pending:
        yield f"pending  {_line(migration, status)}"
    for version, count in sorted(Counter(status.live_versions).items()):
        yield f"running  {count} of Tidings {version}"


def _line(migration: Migration, status: SchemaStatus) -> str:
    held = ", once older servers have ended" if status.is_held_back(migration) else ""
    line = f"{migration.revision}  {migration.kind.lower()}s, for Tidings {migration.min_reader} and later{held}"
    return f"{line}: {migration.summary}"


LINES: Final = {"plan": _plan, "status": _status}


def _as_json(status: SchemaStatus) -> str:
    found = {
        "version": __version__,
        "fit": status.fit.name,
        "revision": status.state.revision,
        "minReader": status.state.min_reader,
        "applied": [_applied(each) for each in status.applied],
        "pending": [_pending(each, status) for each in status.pending],
        "running": dict(Counter(status.live_versions)),
    }
    return json.dumps(found, indent=2)


def _applied(each: AppliedMigration) -> dict[str, object]:
    at = rfc3339_ms(each.applied_at) if each.applied_at else None
    return {"revision": each.revision, "kind": each.kind, "version": each.version, "appliedAt": at}


def _pending(each: Migration, status: SchemaStatus) -> dict[str, object]:
    return {
        "revision": each.revision,
        "kind": each.kind,
        "minReader": each.min_reader,
        "isHeldBack": status.is_held_back(each),
        "summary": each.summary,
    }
