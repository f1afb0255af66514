"""Files of archived events: gzipped JSON lines, encrypted with age if asked, `events-<shard>-<first>-<last>.jsonl.gz`.

| line | content |
|---|---|
| first | `format`, `shard`, `events`: their number |
| others | an event each: the columns of the log by name, and `document`, the event in JSON |

Empty columns are left out; `body` and `body_hash` are in base64, instants in µs; `seq` counts within the shard. Any
gzip and JSON reader open it without Tidings.
"""

import gzip
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from tidings_server.backup.errors import BackupRefused
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.log.shards import events_in, shard_of, start_of
from tidings_server.storage.log.staging import stored

FORMAT: Final = "tidings-events/1"
SUFFIX: Final = ".jsonl.gz"
BINARY: Final = ("body_hash", "body")
LEVEL: Final = 6
_NAME: Final = re.compile(r"events-(\d+)-(\d+)-(\d+)\.jsonl\.gz(\.age)?")

DocumentOf = Callable[[StoredEvent], bytes]
"""An event in JSON, as its API shows it; empty where it has no such form."""


class ArchivedEvent(NamedTuple):
    """An event, and the line that it has in its file."""

    event: StoredEvent
    line: str


def is_event_file(name: str) -> bool:
    """Whether a file of that name holds archived events."""
    return _NAME.fullmatch(name) is not None


def order(name: str) -> tuple[int, ...]:
    """The shard, first and last number of a file's events, for sorting."""
    found = _NAME.fullmatch(name)
    return tuple(map(int, found.groups()[:3])) if found else ()


def write(directory: Path, events: Sequence[StoredEvent], document_of: DocumentOf) -> Path:
    """Write events of one shard, in order, to a file of their own."""
    first, last = events[0].seq, events[-1].seq
    shard = shard_of(first)
    path = directory / f"events-{shard}-{events_in(first):012d}-{events_in(last):012d}{SUFFIX}"
    with gzip.open(path, "wt", compresslevel=LEVEL, encoding="utf-8") as file:
        file.write(json.dumps({"format": FORMAT, "shard": shard, "events": len(events)}) + "\n")
        for event in events:
            file.write(json.dumps(_line(event, document_of(event)), ensure_ascii=False) + "\n")
    return path


def read(path: Path) -> Iterator[ArchivedEvent]:
    """The events of a file, in order. Raises BackupRefused for one that is none, or is damaged."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            head = json.loads(next(file))
            if head["format"] != FORMAT:
                raise BackupRefused(f"{path.name} has the format {head['format']}; this version reads {FORMAT}.")
            count = 0
            for line in file:
                yield ArchivedEvent(_event(json.loads(line), head["shard"]), line)
                count += 1
            if count != head["events"]:
                raise BackupRefused(f"{path.name} is damaged: it has {count} of {head['events']} events.")
    except (OSError, EOFError, StopIteration, ValueError, KeyError, TypeError):
        raise BackupRefused(f"{path.name} is no file of archived events, or it is damaged.") from None


def _line(event: StoredEvent, document: bytes) -> dict[str, Any]:
    row = {name: value for name, value in event._asdict().items() if value is not None}
    row |= {name: b64encode(row[name]).decode() for name in BINARY}
    row["seq"], row["api"] = events_in(event.seq), int(event.api)
    return row | ({"document": json.loads(document)} if document else {})


def _event(row: dict[str, Any], shard: int) -> StoredEvent:
    row |= {name: b64decode(row[name], validate=True) for name in BINARY}
    row["seq"] += start_of(shard)
    return stored([row.get(name) for name in StoredEvent._fields])
