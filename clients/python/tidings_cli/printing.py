"""Output: data on standard output as a table, JSON, JSON lines or YAML; everything else on standard error."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

import yaml
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from rich.console import Console
from rich.table import Table

SECRETS = ("secret", "clientSecret", "sharedSecret", "signingSecret")
ONCE = "The secret is shown this once: only its hash is stored."
WIDE = 100_000
"""Columns of the console: a table is as wide as its cells, since an id over two lines can't be copied."""

Row = Mapping[str, Any]


class Output(StrEnum):
    """Form of the data on standard output."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    YAML = "yaml"


class Printer:
    """Prints responses. `form` is set by `-o`, before the command or behind it."""

    def __init__(self, form: Output = Output.TABLE) -> None:
        self.form = form
        self._out = Console(width=WIDE, soft_wrap=True, highlight=False)
        self._err = Console(stderr=True, soft_wrap=True, highlight=False)

    @property
    def is_table(self) -> bool:
        """Whether a person reads it."""
        return self.form is Output.TABLE

    def one(self, message: Message | Row) -> None:
        """Print one resource: a line for each field, or an object."""
        shown = as_row(message)
        if not self.is_table:
            self._structured(shown)
        else:
            table = Table(show_header=False, box=None, pad_edge=False)
            for name, value in _flat(shown):
                table.add_row(f"[bold]{name}[/bold]", _text(value))
            self._out.print(table)
        if any(name in shown for name in SECRETS) and self.is_table:
            self._err.print(f"[yellow]{ONCE}[/yellow]")

    def many(self, messages: Iterable[Message | Row], columns: Sequence[str]) -> None:
        """Print a list: a table of these columns (JSON names, dots reach inside), or a list of all fields."""
        if self.form is Output.JSONL:
            for message in messages:
                self.line(message)
            return
        shown = [as_row(message) for message in messages]
        if not self.is_table:
            self._structured(shown)
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column, no_wrap=True, overflow="ignore")
        for each in shown:
            flat = dict(_flat(each))
            table.add_row(*(_text(flat.get(column, "")) for column in columns))
        self._out.print(table)

    def line(self, message: Message | Row) -> None:
        """Print one item of what has no end, at once: a line of JSON, a YAML document, or its cells."""
        shown = as_row(message)
        if self.form is Output.YAML:
            print("---\n" + _yaml(shown), end="", flush=True)
        elif self.is_table:
            print("  ".join(str(value) for _, value in _flat(shown)), flush=True)
        else:
            print(json.dumps(shown, ensure_ascii=False), flush=True)

    def done(self, message: str) -> None:
        """Say that a call without a response has succeeded: a line for people, an empty object for programs."""
        if self.is_table:
            self.note(message)
        else:
            self._structured({})

    def raw(self, text: str, message: Message) -> None:
        """Print one value for use by another command, or the whole response."""
        if self.is_table:
            print(text)
        else:
            self._structured(as_row(message))

    def note(self, text: str) -> None:
        """A remark for people."""
        self._err.print(text, markup=False)

    def progress(self, text: str) -> None:
        """Show how far something is: on a terminal in one line that changes, elsewhere not at all."""
        if sys.stderr.isatty():
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)

    def end_progress(self) -> None:
        """Take the line of progress away."""
        self.progress("")

    def _structured(self, shown: Any) -> None:
        if self.form is Output.YAML:
            print(_yaml(shown), end="")
        elif self.form is Output.JSONL:
            print(json.dumps(shown, ensure_ascii=False))
        else:
            print(json.dumps(shown, indent=2, ensure_ascii=False))


def as_row(message: Message | Row) -> dict[str, Any]:
    """A message in JSON as REST encodes it."""
    if not isinstance(message, Message):
        return dict(message)
    printed: dict[str, Any] = MessageToDict(message, always_print_fields_with_no_presence=True)
    return printed


def _yaml(shown: Any) -> str:
    return str(yaml.safe_dump(shown, sort_keys=False, allow_unicode=True))


def _flat(shown: Row, above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in shown.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = ", ".join(json.dumps(one, ensure_ascii=False) if isinstance(one, dict) else str(one) for one in value)
    return str(value).replace("[", "\\[").replace("\n", "⏎")
