"""64-bit hashes of texts for narrow indexes; where two texts share one, the text itself is compared."""

from hashlib import blake2b
from typing import Final

HASH_BYTES: Final = 8


def hashed(*texts: str) -> int:
    """64 bits of some texts, as the signed integer that both databases store."""
    joined = "\0".join(texts).encode()
    return int.from_bytes(blake2b(joined, digest_size=HASH_BYTES).digest(), "big", signed=True)
