"""Retention: the areas' parts in it, and the archive of what it removes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tidings_server.backup.errors import BackupRefused
from tidings_server.composition.event_bodies import event_json
from tidings_server.delivery.store.retention import DeliveryRetention
from tidings_server.identity.store.retention import UsageRetention
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.shard_runners import ShardRunners
from tidings_server.log.store.retention import ConsumerRetention, RetentionPort, SearchRetention
from tidings_server.mail.store.retention import CapturedMailRetention
from tidings_server.platform.setting_rules import listed
from tidings_server.settings import Settings
from tidings_server.storage.sqlite.engines import StartRefused
from tidings_server.workflow.store.retention import OutcomeRetention, RecordRetention

if TYPE_CHECKING:
    from tidings_server.backup.event_archive import EventArchive

Runners = Mapping[int, ConsumerRunner] | ShardRunners
"""The runners of a consumer by their shards."""


def retention_ports(search: Runners, records: Runners) -> Sequence[RetentionPort]:
    """The parts of all areas, given the runners of both search projections."""
    return (
        ConsumerRetention(),
        DeliveryRetention(),
        OutcomeRetention(),
        UsageRetention(),
        SearchRetention(lambda shard: search[shard].reached()),
        RecordRetention(lambda shard: records[shard].reached()),
        CapturedMailRetention(),
    )


def event_archive(settings: Settings) -> "EventArchive | None":
    """The archive of the settings, None without one. Raises StartRefused where it cannot be one."""
    if not settings.archive_to:
        return None
    from tidings_server.backup.event_archive import EventArchive  # noqa: PLC0415 - imports age's library and tar's

    try:
        return EventArchive(settings.archive_to, event_json, recipients=listed(settings.archive_recipients))
    except BackupRefused as error:
        raise StartRefused(f"TIDINGS_ARCHIVE_TO, TIDINGS_ARCHIVE_RECIPIENTS: {error}") from None
