"""Session of a command: its connection and printer, and what commands have in common."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
import yaml
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import Message

from tidings_cli.connection import TIMEOUT_S, Connection, Stub
from tidings_cli.failures import USAGE, CommandFailed
from tidings_cli.option_names import option_of
from tidings_cli.printing import Printer
from tidings_cli.profiles import Profiles

BYTE_ORDER_MARK = "\ufeff"
"""First character of the files of some editors; no part of the text."""
PAGE = 100

Made = TypeVar("Made", bound=Message)
File = Annotated[Path, typer.Option("--file", "-f", help="JSON or YAML of the resource; `-` reads standard input.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
Limit = Annotated[int, typer.Option(min=1, help="Most items to show.")]


@dataclass(slots=True)
class Session:
    """One run of the command line."""

    connection: Connection
    printer: Printer
    profiles: Profiles
    profile_name: str
    data_dir: Path = field(default=Path(".tidings"))

    def call(self, stub: Stub, method: str, request: Message, *, timeout_s: float = TIMEOUT_S) -> Any:
        """The response of a call."""
        return self.connection.call(stub, method, request, timeout_s=timeout_s)

    def pages(
        self, stub: Stub, method: str, request: Any, items: str, *, limit: int | None = None
    ) -> Iterator[Message]:
        """Items of a list call that pages by `next`; at most `limit` (a remark says so), by default all."""
        size, after = ("page_size", "after") if hasattr(request, "page_size") else ("limit", "before")
        listed = 0
        while True:
            setattr(request, size, self._room(listed, limit))
            page = self.call(stub, method, request)
            found = getattr(page, items)
            yield from found
            listed += len(found)
            if not page.next:
                return
            if limit is not None and listed >= limit:
                return self.note_cut(limit)
            setattr(request, after, page.next)

    def whole(self, stub: Stub, method: str, request: Any, items: str) -> list[Message]:
        """Items of a list call that has no pages, but says with `next` what one response had no room for."""
        found: list[Message] = []
        while True:
            response = self.call(stub, method, request)
            found += getattr(response, items)
            if not response.next:
                return found
            request.after = response.next

    def slices(self, stub: Stub, method: str, request: Any, *, limit: int | None = None) -> Iterator[Message]:
        """Items of a list call of document 001, which pages by `start` and `count`; `limit` as for `pages`."""
        listed = 0
        while True:
            request.start, request.count = listed, self._room(listed, limit)
            page = self.call(stub, method, request)
            yield from page.results
            listed += len(page.results)
            if not page.has_more or not page.results:
                return
            if limit is not None and listed >= limit:
                return self.note_cut(limit)

    @staticmethod
    def _room(listed: int, limit: int | None) -> int:
        return PAGE if limit is None else min(PAGE, limit - listed)

    def note_cut(self, limit: int) -> None:
        """Remark that a list was cut at `limit`."""
        self.printer.note(f"There are more than these {limit:,}: --limit shows more.")


def session_of(context: typer.Context) -> Session:
    """The session of a command."""
    session: Session = context.find_root().obj
    session.connection.option_of = partial(option_of, context)
    return session


def read_text(path: Path) -> str:
    """The text of a file, or of standard input for `-`. Raises CommandFailed."""
    if str(path) == "-":
        return sys.stdin.read().removeprefix(BYTE_ORDER_MARK)
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{path} can't be read: {in_words(error)}", code=USAGE) from None


def in_words(error: Exception) -> str:
    """A failure to read or to parse, in one line and without the numbers and classes of a program."""
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}: {error.problem}"
    return str(error)


def read_message(kind: type[Made], path: Path) -> Made:
    """A resource from a file in JSON or YAML. Raises CommandFailed for what it has not, and for another form."""
    text = read_text(path)
    try:
        values = json.loads(text)
    except ValueError:
        try:
            values = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise CommandFailed(f"{path} is neither JSON nor YAML: {in_words(error)}", code=USAGE) from None
    return parsed(kind, values, str(path))


def parsed(kind: type[Made], values: Any, origin: str) -> Made:
    """A message of JSON values. Raises CommandFailed."""
    if not isinstance(values, dict):
        raise CommandFailed(f"{origin} must hold one object", code=USAGE)
    try:
        return ParseDict(values, kind())
    except ParseError as error:
        raise CommandFailed(f"{origin}: {error}", code=USAGE) from None


def check_word(option: str, word: str, known: Sequence[str]) -> None:
    """Raises CommandFailed for a value of an option that is none of those that there are."""
    if word not in known:
        raise CommandFailed(f"{option}: must be one of {', '.join(known)}", code=USAGE)


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something that can't be undone. Without a terminal `--yes` must be there. Raises CommandFailed."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandFailed(f"{question} Say so with --yes where nobody can be asked.", code=USAGE)
    if not typer.confirm(question, err=True):
        raise CommandFailed("nothing was done", reason="DECLINED")


def read_secret(prompt: str) -> str:
    """A secret: asked for on a terminal without showing it, else the next line of standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt(prompt, hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\n")
