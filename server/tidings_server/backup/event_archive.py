"""The archive of events that retention removes from the log: files in a directory or a bucket."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

import structlog

from tidings_server.backup import event_file
from tidings_server.backup.archive import ENCRYPTED, check_recipients, encrypt
from tidings_server.backup.errors import BackupRefused
from tidings_server.backup.event_file import DocumentOf
from tidings_server.backup.places import place
from tidings_server.log.retention import ArchiveFailed
from tidings_server.storage.log.records import StoredEvent

logger = structlog.get_logger(__name__)


class EventArchive:
    """Keeps events in files of a place. Keeping the same events again replaces their file."""

    def __init__(self, to: str, document_of: DocumentOf, *, recipients: Sequence[str] = ()) -> None:
        """`to` is a directory or `s3://bucket/prefix`; `recipients` are age public keys, none: as plain text.

        Raises BackupRefused for a place or a recipient that is none.
        """
        self._place = place(to)
        self._document_of = document_of
        self._recipients = recipients
        check_recipients(recipients)

    async def keep(self, events: Sequence[StoredEvent]) -> None:
        try:
            stored = await asyncio.to_thread(self._keep, events)
        except (BackupRefused, OSError) as error:
            reason = str(error) if isinstance(error, BackupRefused) else f"{type(error).__name__} ({error.strerror})"
            raise ArchiveFailed(f"Events cannot be archived: {reason}") from None
        logger.info("events_archived", count=len(events), file=stored)

    def _keep(self, events: Sequence[StoredEvent]) -> str:
        with tempfile.TemporaryDirectory(prefix="tidings-archive-") as directory:
            path = event_file.write(Path(directory), events, self._document)
            if self._recipients:
                encrypted = path.with_name(path.name + ENCRYPTED)
                encrypt(path, encrypted, self._recipients)
                path = encrypted
            return self._place.store(path)

    def _document(self, event: StoredEvent) -> bytes:
        try:
            return self._document_of(event)
        except Exception:  # no event may keep those behind it from the archive: its body is there as it is
            logger.exception("archived_without_document", seq=event.seq)
            return b""
