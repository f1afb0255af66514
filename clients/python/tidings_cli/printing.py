"""Output on the terminal: tables for people, JSON for programs. Secrets are printed and never stored."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from rich.console import Console
from rich.table import Table

SECRETS = ("secret", "clientSecret")
ONCE = "The secret is shown this once: only its hash is stored."


class Printer:
    """Prints responses as tables or JSON."""

    def __init__(self, *, is_json: bool) -> None:
        self._is_json = is_json
        self._out = Console(soft_wrap=True)
        self._err = Console(stderr=True)

    def one(self, message: Message) -> None:
        """Print one resource: a line for each field, or a JSON object."""
        shown = as_json(message)
        if self._is_json:
            print(json.dumps(shown, indent=2))
            return
        table = Table(show_header=False, box=None, pad_edge=False)
        for name, value in _flat(shown):
            table.add_row(f"[bold]{name}[/bold]", _text(value))
        self._out.print(table)
        if any(name in shown for name in SECRETS):
            self._err.print(f"[yellow]{ONCE}[/yellow]")

    def many(self, messages: Iterable[Message], columns: Sequence[str]) -> None:
        """Print a list: a table of these columns (JSON names), or a JSON array of all fields."""
        shown = [as_json(message) for message in messages]
        if self._is_json:
            print(json.dumps(shown, indent=2))
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for each in shown:
            table.add_row(*(_text(each.get(column, "")) for column in columns))
        self._out.print(table)

    def done(self, message: str) -> None:
        """Print the success of a call without a response: a line, or an empty JSON object."""
        if self._is_json:
            print("{}")
        else:
            self._out.print(message)

    def raw(self, text: str, message: Message) -> None:
        """Print one value for use by another command, or the whole response as JSON."""
        print(json.dumps(as_json(message), indent=2) if self._is_json else text)


def as_json(message: Message) -> dict[str, Any]:
    """A message in JSON as REST encodes it."""
    printed: dict[str, Any] = MessageToDict(message, always_print_fields_with_no_presence=True)
    return printed


def _flat(shown: dict[str, Any], above: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in shown.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _text(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text.replace("[", "\\[")
