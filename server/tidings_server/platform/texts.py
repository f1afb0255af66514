"""Texts from outside as both databases store them, without NUL and lone surrogates; and whole numbers in texts."""

import re
from typing import Final

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def is_storable(text: str) -> bool:
    """Whether both databases can store the text."""
    return _UNSTORABLE.search(text) is None


def storable(text: str, *, max_bytes: int) -> str:
    """The text with U+FFFD for what cannot be stored, cut to `max_bytes` of UTF-8."""
    cleaned = _UNSTORABLE.sub("\ufffd", text[:max_bytes])
    return cleaned if cleaned.isascii() else cleaned.encode()[:max_bytes].decode(errors="ignore")


def whole_number(text: str, *, least: int = 0, most: int) -> int | None:
    """The number of a text of ASCII digits, none more than `most` has, in these bounds; None for anything else."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(most))
    return number if is_number and least <= (number := int(text)) <= most else None
