"""`tidings trigger`: makes a sample event happen."""

import json
from typing import Annotated, Any

import typer

from tidings_cli.context import parsed, session_of
from tidings_cli.failures import USAGE, CommandFailed
from tidings_cli.samples import SAMPLES

KEYWORDS = frozenset({"true", "false", "null"})
"""Values of --set that are no texts; numbers may be, since a field that takes a number reads it from a text."""


def _names(begins: str) -> list[tuple[str, str]]:
    return [(name, one.what) for name, one in SAMPLES.items() if name.startswith(begins)]


def trigger(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the sample; --list shows all.", autocompletion=_names)] = "",
    *,
    listed: Annotated[bool, typer.Option("--list", help="List the samples of all five APIs.")] = False,
    changed: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="Change a field, event.entity_id=1001; the value is a text, a list or an object; repeatable."
        ),
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=1_000, help="How often; each has ids of its own.")] = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be sent.")] = False,
) -> None:
    """Make a sample event happen, to see what subscribers, workflows and rules do about it."""
    session = session_of(context)
    if listed or not name:
        rows = [{"name": name, "api": one.api, "what": one.what} for name, one in SAMPLES.items()]
        session.printer.many(rows, ("name", "api", "what"))
        return
    sample = SAMPLES.get(name)
    if sample is None:
        raise CommandFailed(f"there is no sample {name}: see `tidings trigger --list`", code=USAGE)
    answers = []
    for _ in range(count):
        values = sample.values()
        for change in changed or ():
            _set(values, change)
        if dry_run:
            answers.append(values)
        else:
            answers.append(
                session.call(sample.stub, sample.method, parsed(sample.request, values, f"the sample {name}"))
            )
    if count == 1:
        session.printer.one(answers[0])
    else:
        session.printer.many(answers, ("id", "eventId"))


def _set(values: dict[str, Any], change: str) -> None:
    """Change one field, by its path from the request on, or from its one resource on."""
    path, found, text = change.partition("=")
    if not found:
        raise CommandFailed(f"--set {change}: must be field=value", code=USAGE)
    names = path.split(".")
    if names[0] not in values and len(values) == 1 and "event" in values:
        names = ["event", *names]
    inner: Any = values
    for name in names[:-1]:
        inner = inner.setdefault(name, {})
        if not isinstance(inner, dict):
            raise CommandFailed(f"--set {path}: {name} has no fields", code=USAGE)
    try:
        inner[names[-1]] = json.loads(text) if text[:1] in {"{", "[", '"'} or text in KEYWORDS else text
    except ValueError as error:
        raise CommandFailed(f"--set {path}: {error}", code=USAGE) from None
