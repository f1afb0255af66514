"""JSON lines, each an event, sent as a stream while they are read."""

import asyncio
import json
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TextIO

from tidings.collector.v1.events_pb2 import Event
from tidings_cli.connection import Connection
from tidings_cli.context import BYTE_ORDER_MARK, in_words, parsed
from tidings_cli.failures import USAGE, CommandFailed
from tidings_client.errors import TidingsError
from tidings_client.ids import uuid7
from tidings_client.outbox import MAX_EVENTS
from tidings_client.producer import Producer

Note = Callable[[str], None]


def send_lines(connection: Connection, file: Path | None, note: Note) -> tuple[int, int]:
    """Send the lines of a file (None, `-`: standard input), and tell of those that are refused.

    Gives how many were sent, and how many refused. Raises CommandFailed where the file cannot be read, or the server
    takes no more.
    """
    try:
        opened = nullcontext(sys.stdin) if file is None or str(file) == "-" else file.open(encoding="utf-8")
        with opened as lines:
            work = _Lines(note)
            connection.run(work.send(connection, lines))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{file or 'standard input'} can't be read: {in_words(error)}", code=USAGE) from None
    return work.sent, work.refused


class _Lines:
    """The lines of one run."""

    def __init__(self, note: Note) -> None:
        self.sent = 0
        self.refused = 0
        self._note = note
        self._numbers: dict[str, int] = {}

    async def send(self, connection: Connection, lines: TextIO) -> None:
        async with connection.authenticated() as session, Producer(session, on_refused=self._refuse) as producer:
            number = 0
            while line := await asyncio.to_thread(lines.readline):
                number += 1
                if (event := self._event(line.removeprefix(BYTE_ORDER_MARK), number)) is not None:
                    self._remember(event.id, number)
                    await producer.send(event)
                    self.sent += 1

    def _event(self, line: str, number: int) -> Event | None:
        """The event of a line; None for an empty or a bad one."""
        if not line.strip():
            return None
        try:
            event = parsed(Event, json.loads(line), f"line {number:,}")
        except CommandFailed as error:
            self._tell(str(error))
        except json.JSONDecodeError as error:
            self._tell(f"line {number:,}: {error.msg}, at column {error.colno:,}")
        except RecursionError:
            self._tell(f"line {number:,}: nested too deep")
        else:
            event.id = event.id or uuid7()
            return event
        return None

    def _refuse(self, event: Event, error: TidingsError) -> None:
        told = "; ".join(f"{broken.field}: {broken.rule}" for broken in error.violations) or str(error)
        self._tell(f"line {self._numbers.get(event.id, 0):,}: {told}")

    def _tell(self, text: str) -> None:
        self.refused += 1
        self._note(text)

    def _remember(self, event_id: str, number: int) -> None:
        """Keep the number of a line until it is acknowledged: as many as a producer may have open."""
        self._numbers[event_id] = number
        if len(self._numbers) > 2 * MAX_EVENTS:
            self._numbers = dict(list(self._numbers.items())[-MAX_EVENTS:])
