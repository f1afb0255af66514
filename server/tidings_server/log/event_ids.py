"""Spellings of an event's id: the push API prints a UUID without dashes in lists and with dashes in notifications."""

import re
from typing import Final
from uuid import UUID

_UUID: Final = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def dashed(event_id: str) -> str:
    """The id with a UUID in its dashed lower-case form, another id as it is."""
    return str(UUID(event_id)) if _UUID.fullmatch(event_id) else event_id


def undashed(event_id: str) -> str:
    """The id with a UUID as 32 lower-case hexadecimal digits, another id as it is."""
    return UUID(event_id).hex if _UUID.fullmatch(event_id) else event_id


def spellings(shown: str) -> list[str]:
    """Ids of an event that answers print as `shown`: a UUID in each of its forms, or the text itself."""
    forms = {shown, dashed(shown), undashed(shown)}
    return sorted(forms | {form.upper() for form in forms if form != shown})
