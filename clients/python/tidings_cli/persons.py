"""`tidings person`: export and erasure of one person's data."""

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from tidings.admin.v1 import persons_pb2
from tidings.admin.v1.persons_pb2_grpc import PersonServiceStub
from tidings_cli.context import confirm, session_of
from tidings_cli.failures import CommandFailed

persons = typer.Typer(no_args_is_help=True, help="Export or erase all data of one person.")

POLL_S = 0.5

Tenant = Annotated[str, typer.Argument(help="Name or UUID of the tenant.")]
CustomerIds = Annotated[
    list[str] | None, typer.Option("--customer", help="An id of the person as a customer. May be repeated.")
]
Contacts = Annotated[
    list[str] | None,
    typer.Option("--contact", help="An e-mail address or telephone number, as it is stored. May be repeated."),
]


@persons.command("export")
def export(
    context: typer.Context,
    tenant: Tenant,
    customer: CustomerIds = None,
    contact: Contacts = None,
    out: Annotated[Path | None, typer.Option(help="File to write; by default the terminal.")] = None,
) -> None:
    """Export all rows that name a person, as JSON lines.

    The last line is `{"end": …}`: a file without it is incomplete, and the command fails.
    """
    session = session_of(context)
    request = persons_pb2.ExportPersonRequest(tenant_id=tenant, person=_person(customer, contact))
    lines = session.connection.stream(PersonServiceStub, "ExportPerson", request)
    file = out.open("wb") if out else sys.stdout.buffer
    is_shown = out is not None or not sys.stdout.isatty()
    last, rows, size = b"", 0, 0
    try:
        for line in lines:
            last = line.data
            file.write(last)
            rows, size = rows + last.count(b"\n"), size + len(last)
            if is_shown:
                session.printer.progress(f"{rows:,} rows, {size:,} bytes …")
    finally:
        session.printer.end_progress()
        file.flush()
        if out:
            file.close()
    if not last or "end" not in json.loads(last.splitlines()[-1]):
        raise CommandFailed("the export is incomplete")
    session.printer.note(f"Exported {rows - 1:,} rows, {size:,} bytes{f' to {out}' if out else ''}.")


@persons.command("erase")
def erase(
    context: typer.Context,
    tenant: Tenant,
    customer: CustomerIds = None,
    contact: Contacts = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait until it is done.")] = True,
) -> None:
    """Erase a person from all data stored so far. This cannot be undone: export first.

    Events keep their position, id and numbers, and the person's ids become a pseudonym. What is the person's own loses
    its free texts, what only mentions the person just the mention.
    """
    request = persons_pb2.ErasePersonRequest(tenant_id=tenant, person=_person(customer, contact))
    confirm(f"Erase {', '.join([*(customer or ()), *(contact or ())])} from {tenant}?", yes=yes)
    session = session_of(context)
    erasure = session.call(PersonServiceStub, "ErasePerson", request)
    while wait and erasure.state == persons_pb2.Erasure.RUNNING:
        session.printer.progress("Erasing …")
        time.sleep(POLL_S)
        get = persons_pb2.GetErasureRequest(tenant_id=tenant, id=erasure.id)
        erasure = session.call(PersonServiceStub, "GetErasure", get)
    session.printer.end_progress()
    session.printer.one(erasure)


@persons.command("erasure")
def show_erasure(
    context: typer.Context, tenant: Tenant, erasure_id: Annotated[str, typer.Argument(help="Id of the erasure.")]
) -> None:
    """Show the state of an erasure."""
    session = session_of(context)
    request = persons_pb2.GetErasureRequest(tenant_id=tenant, id=erasure_id)
    session.printer.one(session.call(PersonServiceStub, "GetErasure", request))


def _person(customer: list[str] | None, contact: list[str] | None) -> persons_pb2.Person:
    return persons_pb2.Person(customer_ids=customer or (), contacts=contact or ())
