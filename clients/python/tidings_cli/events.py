"""`tidings events`: send, get, search, tail."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from tidings.collector.v1 import events_pb2 as pb
from tidings.collector.v1.events_pb2_grpc import EventServiceStub
from tidings_cli.context import Limit, Session, check_word, parsed, read_message, read_text, session_of
from tidings_cli.failures import USAGE, WRONG, CommandFailed
from tidings_cli.lines import send_lines
from tidings_cli.watching import watched
from tidings_client.ids import uuid7

events = typer.Typer(no_args_is_help=True, help="Send events, find them, and watch them come.")

COLUMNS = ("id", "event_type", "entity_name", "entity_id", "event_payload.operation", "event_source")
BATCH = 500

Topic = Annotated[str, typer.Option(help="Exact topic, a prefix such as order.* or *; by default any.")]


@events.command("send")
def send(
    context: typer.Context,
    *,
    file: Annotated[
        Path | None,
        typer.Option("--file", "-f", help="JSON or YAML of an event, or JSON lines of many; `-` reads standard input."),
    ] = None,
    event_type: Annotated[str, typer.Option("--type", help="Kind of event.")] = "ENTITY_EVENT",
    entity: Annotated[str, typer.Option(help="Kind of entity, such as ORDER.")] = "",
    entity_id: Annotated[str, typer.Option(help="Id of the entity.")] = "",
    operation: Annotated[str, typer.Option(help="CREATE, UPDATE, DELETE, READ, BULK_CREATE or BULK_UPDATE.")] = "",
    attribute: Annotated[list[str] | None, typer.Option(help="Fact, name=value; may be repeated.")] = None,
    payload: Annotated[Path | None, typer.Option(help="File with the JSON that the event carries.")] = None,
    event_id: Annotated[str, typer.Option("--id", help="Id of the event; by default a new one.")] = "",
    lines: Annotated[
        bool, typer.Option("--lines", help="Send JSON lines, of --file or of standard input, as they come.")
    ] = False,
) -> None:
    """Send one event, made of options or read from a file; or many, as JSON lines.

    A file of lines (.jsonl, .ndjson) is read whole, and sent in batches, each stored whole or not at all. With --lines
    each line is sent as it is read, and stored by itself; those that are refused are named, and the others stored.

    An event that was sent before under the same id changes nothing and is answered as it is stored.
    """
    session = session_of(context)
    if lines and (entity or entity_id or operation or attribute or payload or event_id):
        raise CommandFailed("--lines: the lines are the events, and no option changes them", code=USAGE)
    if lines:
        sent, refused = send_lines(session.connection, file, session.printer.note)
        session.printer.note(f"{sent:,} events sent, {refused:,} lines refused")
        if refused:
            raise CommandFailed(f"{refused:,} lines were refused; the others are stored", code=WRONG)
        return
    if file is not None and file.suffix in {".jsonl", ".ndjson"}:
        session.printer.many(_send_lines(session, file), COLUMNS)
        return
    if file is not None:
        event = read_message(pb.Event, file)
    else:
        check_word("--type", event_type, [name for name, number in pb.Event.EventType.items() if number])
        values: dict[str, Any] = {"event_type": event_type, "entity_name": entity, "entity_id": entity_id}
        inner: dict[str, Any] = {"key_attributes": dict(_pairs(attribute or ())), "entity_id": entity_id}
        if operation:
            known = [name for name, number in pb.EventPayload.Operation.items() if number]
            check_word("--operation", operation, known)
            inner["operation"] = operation
        if payload is not None:
            inner["base64_encoded_payload_json"] = base64.b64encode(read_text(payload).encode()).decode()
        event = parsed(pb.Event, {**values, "event_payload": inner}, "the options")
    event.id = event_id or event.id or uuid7()
    session.printer.one(session.call(EventServiceStub, "CreateEvent", pb.CreateEventRequest(event=event)))


@events.command("get")
def get(context: typer.Context, event_id: Annotated[str, typer.Argument(help="Id of the event.")]) -> None:
    """Show one event."""
    session = session_of(context)
    session.printer.one(session.call(EventServiceStub, "GetEvent", pb.GetEventRequest(id=event_id)))


@events.command("document")
def document(
    context: typer.Context, event_id: Annotated[str, typer.Argument(help="Id of the event, of any API.")]
) -> None:
    """Show an event of any API, with the document that its API prints."""
    session = session_of(context)
    session.printer.one(session.call(EventServiceStub, "GetEventDocument", pb.GetEventDocumentRequest(id=event_id)))


@events.command("search")
def search(
    context: typer.Context,
    *,
    topic: Topic = "",
    entity_id: Annotated[str, typer.Option(help="Exact id of the entity.")] = "",
    since: Annotated[str, typer.Option(help="Earliest instant, RFC 3339.")] = "",
    until: Annotated[str, typer.Option(help="Latest instant, RFC 3339.")] = "",
    limit: Limit = 100,
) -> None:
    """Find events, oldest first."""
    session = session_of(context)
    request = pb.SearchEventsRequest(topic=topic, entity_id=entity_id, to=until)
    setattr(request, "from", since)
    found = session.pages(EventServiceStub, "SearchEvents", request, "events", limit=limit)
    session.printer.many(found, COLUMNS)


@events.command("tail")
def tail(
    context: typer.Context,
    *,
    topic: Topic = "",
    after: Annotated[str, typer.Option(help="Position to resume after; by default only what comes from now on.")] = "",
    count: Annotated[int, typer.Option(min=0, help="End after so many events; 0: never.")] = 0,
) -> None:
    """Show events as they are stored, until Ctrl-C. A lost connection resumes where it was, so that none is missed.

    At the end the position is printed to standard error: --after goes on behind it.
    """
    session = session_of(context)
    position, seen = after, 0
    try:
        for response in watched(session.connection, topic=topic, after=after, note=session.printer.note):
            position = response.position
            if session.printer.is_table:
                event = response.event
                session.printer.line({"topic": response.topic, "id": event.id, "entity": event.entity_id})
            else:
                session.printer.line(response)
            seen += 1
            if seen == count:
                return
    finally:
        if position != after:
            session.printer.note(f"Resume with --after {position}")


def _send_lines(session: Session, file: Path) -> Iterator[pb.Event]:
    """Events of JSON lines, sent in batches: each batch is stored whole or not at all."""
    lines = [line for line in read_text(file).splitlines() if line.strip()]
    made = []
    for number, line in enumerate(lines, 1):
        try:
            values = json.loads(line)
        except ValueError as error:
            raise CommandFailed(f"{file}, line {number}: {error}", code=USAGE) from None
        event = parsed(pb.Event, values, f"{file}, line {number}")
        event.id = event.id or uuid7()
        made.append(event)
    for at in range(0, len(made), BATCH):
        request = pb.BatchCreateEventsRequest(events=made[at : at + BATCH])
        yield from session.call(EventServiceStub, "BatchCreateEvents", request).events
        session.printer.progress(f"{min(at + BATCH, len(made)):,} of {len(made):,} events sent")
    session.printer.end_progress()


def _pairs(texts: list[str] | tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for text in texts:
        name, found, value = text.partition("=")
        if not found:
            raise CommandFailed(f"--attribute {text}: must be name=value", code=USAGE)
        yield name, value
