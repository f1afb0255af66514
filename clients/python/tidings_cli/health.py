"""`tidings status` and `tidings doctor`: whether the server serves, and what stands between it and this machine."""

import os
import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Annotated, Any
from urllib.error import URLError
from urllib.request import urlopen

import typer

from tidings.admin.v1 import doctor_pb2, operations_pb2
from tidings.admin.v1.doctor_pb2 import Finding
from tidings.admin.v1.doctor_pb2_grpc import DoctorServiceStub
from tidings.admin.v1.operations_pb2_grpc import OperationsServiceStub
from tidings.collector.v1.events_pb2 import SearchEventsRequest
from tidings.collector.v1.events_pb2_grpc import EventServiceStub
from tidings.orchestration.v1 import events_pb2 as workflow_pb
from tidings.orchestration.v1.events_pb2_grpc import EventServiceStub as WorkflowEventServiceStub
from tidings.scheduling.v1.events_pb2 import ListScheduledEventsRequest
from tidings.scheduling.v1.events_pb2_grpc import ScheduledEventServiceStub
from tidings_cli.addresses import version
from tidings_cli.context import Session, session_of
from tidings_cli.failures import FOUND, CommandFailed

MAX_SKEW_S = 30.0
TIMEOUT_S = 5.0
EXAMINATION_S = 35.0
RESULTS = {Finding.OK: "OK", Finding.WARNING: "NOTE", Finding.PROBLEM: "BAD"}

Http = Annotated[
    str, typer.Option(envvar="TIDINGS_URL", help="Address of REST; by default the server's host and TIDINGS_HTTP_PORT.")
]


def status(context: typer.Context) -> None:
    """Show whether the server serves, its version, and how long an answer takes."""
    session = session_of(context)
    began = time.monotonic()
    found = session.call(OperationsServiceStub, "GetVersion", operations_pb2.GetVersionRequest(), timeout_s=TIMEOUT_S)
    took_ms = round((time.monotonic() - began) * 1_000, 1)
    profile = session.connection.profile
    session.printer.one(
        {
            "server": profile.server,
            "version": found.version,
            "answerMs": took_ms,
            "tenant": profile.tenant,
            "commandLine": version(),
        }
    )


def doctor(context: typer.Context, *, http: Http = "") -> None:
    """Check addresses, versions, clocks and credentials from here; with an operator's token the server itself, too.

    The exit code is 10 where something is wrong. docs/doctor.md explains the numbers of the server's own checks.
    """
    session = session_of(context)
    checks = list(_checks(session, http or _rest_of(session.connection.server)))
    if session.connection.profile.operator_token and checks[-1]["result"] == "OK":
        checks += _findings(session)
    session.printer.many(checks, ("check", "result", "detail"))
    bad = [one["check"] for one in checks if one["result"] == "BAD"]
    if bad:
        raise CommandFailed(f"not well: {', '.join(bad)}", code=FOUND, reason="NOT_WELL")


def _checks(session: Session, http: str) -> Iterator[dict[str, Any]]:
    profile = session.connection.profile
    yield _check("grpc", lambda: _version(session))
    yield _check("rest", lambda: _ready(http))
    yield _check("clock", lambda: _skew(http))
    yield _check(
        "tls", lambda: "on" if profile.ca else "off: only for this machine, or behind a proxy", warn=not profile.ca
    )
    empty = SearchEventsRequest(page_size=1)
    yield _credential("client", profile.client_id, lambda: session.call(EventServiceStub, "SearchEvents", empty))
    asked = workflow_pb.SearchEventsRequest(count=1)
    yield _credential("user", profile.username, lambda: session.call(WorkflowEventServiceStub, "SearchEvents", asked))
    every = ListScheduledEventsRequest()
    yield _credential(
        "store", profile.store, lambda: session.call(ScheduledEventServiceStub, "ListScheduledEvents", every)
    )
    parked = operations_pb2.ListParkedEventsRequest(page_size=1)
    yield _credential(
        "operator",
        profile.operator_token and "token",
        lambda: session.call(OperationsServiceStub, "ListParkedEvents", parked),
    )


def _findings(session: Session) -> Iterator[dict[str, Any]]:
    """Findings of the server about its own installation."""
    request = doctor_pb2.GetDiagnosisRequest()
    found = session.call(DoctorServiceStub, "GetDiagnosis", request, timeout_s=EXAMINATION_S)
    for each in found.findings:
        detail = f"{each.title}: {each.fact}" + (f" → {each.action}" if each.action else "")
        yield {"check": each.number, "result": RESULTS.get(each.severity, "NOTE"), "detail": detail}


def _check(name: str, ask: Callable[[], object], *, warn: bool = False) -> dict[str, Any]:
    try:
        return {"check": name, "result": "NOTE" if warn else "OK", "detail": str(ask())}
    except (CommandFailed, URLError, HTTPException, TimeoutError, ValueError) as error:
        return {"check": name, "result": "BAD", "detail": str(error)}


def _credential(name: str, shown: str, ask: Callable[[], object]) -> dict[str, Any]:
    if not shown:
        return {"check": name, "result": "NONE", "detail": "no such credentials"}

    def good() -> str:
        ask()
        return f"{shown} is taken"

    return _check(name, good)


def _version(session: Session) -> str:
    request = operations_pb2.GetVersionRequest()
    found = session.call(OperationsServiceStub, "GetVersion", request, timeout_s=TIMEOUT_S)
    own = version()
    same = "" if found.version == own else f", this command line is {own}"
    return f"{session.connection.server} has version {found.version}{same}"


def _rest_of(server: str) -> str:
    return f"http://{server.rpartition(':')[0] or '127.0.0.1'}:{os.environ.get('TIDINGS_HTTP_PORT') or '8080'}"


def _ready(http: str) -> str:
    with urlopen(f"{http}/healthz", timeout=TIMEOUT_S) as answer:  # noqa: S310 - the user's own address
        return f"{http} answers {answer.status}"


def _skew(http: str) -> str:
    with urlopen(f"{http}/version", timeout=TIMEOUT_S) as answer:  # noqa: S310 - the user's own address
        said = answer.headers["date"]
    skew_s = abs(time.time() - parsedate_to_datetime(said).timestamp())
    if skew_s > MAX_SKEW_S:
        raise CommandFailed(f"this machine's clock differs by {skew_s:,.0f} s: signatures and tokens will be refused")
    return f"within {max(1.0, skew_s):.0f} s of the server's"
