"""Texts from outside as both databases store them: without NUL and without lone surrogates, which JSON may contain."""

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
