"""Session of a command: its connection and printer."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer
from google.protobuf.message import Message

from tidings_cli.connection import Connection, Stub
from tidings_cli.printing import Printer

MAX_LISTED = 100_000
PAGE = 500


@dataclass(frozen=True, slots=True)
class Session:
    """One run of the command line."""

    connection: Connection
    printer: Printer

    def call(self, stub: Stub, method: str, request: Message) -> Any:
        """The response of a call as the operator."""
        return self.connection.call(stub, method, request)

    def pages(self, stub: Stub, method: str, request: Any, items: str) -> Iterator[Message]:
        """All items of a list call, page by page, at most MAX_LISTED."""
        listed = 0
        while listed < MAX_LISTED:
            request.page_size = PAGE
            page = self.call(stub, method, request)
            yield from getattr(page, items)
            listed += PAGE
            if not page.HasField("next"):
                return
            request.after = page.next


def session_of(context: typer.Context) -> Session:
    """The session of a command."""
    session: Session = context.find_root().obj
    return session
