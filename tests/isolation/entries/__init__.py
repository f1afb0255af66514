"""The dialects that are walked; a new one is a module here and its line in WALKED."""

from tests.isolation.entries import collector, loyalty, push, scheduling, workflow
from tests.isolation.entry import Entry, Walked

WALKED: tuple[Walked, ...] = (collector.WALKED, push.WALKED, workflow.WALKED, loyalty.WALKED, scheduling.WALKED)
ENTRIES: dict[str, Entry] = {path: entry for walked in WALKED for path, entry in walked.by_path().items()}
