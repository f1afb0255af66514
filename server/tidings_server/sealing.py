"""Secrets at rest: sealed with AES-256-GCM under the master key.

A sealed value is `version (1 byte) | nonce (12 bytes) | ciphertext and tag`. The context (what the secret is and whose)
is authenticated with it: a sealed value copied to another row does not open.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"
NONCE_BYTES = 12
KEY_BYTES = 32


class SealBroken(Exception):
    """The value was not sealed with this key for this context."""


class Sealer:
    """Seals and opens secrets. Holds the master key; never prints it."""

    def __init__(self, master_key: bytes) -> None:
        self._aead = AESGCM(master_key)

    def seal(self, secret: str, *, context: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return VERSION + nonce + self._aead.encrypt(nonce, secret.encode(), context.encode())

    def open(self, sealed: bytes, *, context: str) -> str:
        """The secret again. Raises SealBroken for another key, another context or a changed value."""
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            if sealed[:1] != VERSION:
                raise SealBroken
            return self._aead.decrypt(nonce, body, context.encode()).decode()
        except InvalidTag:
            raise SealBroken from None


def master_key(configured: str, data_dir: Path) -> bytes:
    """The master key: `configured` (32 bytes, URL-safe base64), else the file `master.key` in the data directory.

    The file is made (mode 0600) when it is missing. Raises ValueError for a key of another length.
    """
    path = data_dir / "master.key"
    if not configured and not path.exists():
        _write_private(path, urlsafe_b64encode(os.urandom(KEY_BYTES)))
    text = configured or path.read_text().strip()
    key = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(key) != KEY_BYTES:
        raise ValueError(f"the master key must be {KEY_BYTES} bytes in URL-safe base64, got {len(key)} bytes")
    return key


def _write_private(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
