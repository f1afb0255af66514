"""Secrets at rest: sealed with AES-256-GCM under data keys, which are themselves sealed under the master key.

A sealed value is `version (1 byte) | number of the data key (4) | nonce (12) | ciphertext and tag`. The context (what
the secret is and whose) is authenticated with it: a sealed value copied to another row does not open. So a new master
key means to seal a few data keys again and no secret, and a new data key is used for what is sealed from then on.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x02"
NUMBER_BYTES = 4
NONCE_BYTES = 12
KEY_BYTES = 32
FIRST = 1
"""Number of the first data key."""
FILE = "master.key"


class SealBroken(Exception):
    """The value was not sealed with these keys for this context."""


class Sealer:
    """Seals with one data key and opens with every one that it holds; never prints any."""

    def __init__(self, key: bytes) -> None:
        """Holds one key, as number FIRST."""
        self.hold({FIRST: key}, sealing=FIRST)

    def hold(self, keys: Mapping[int, bytes], *, sealing: int) -> None:
        """Replace the keys, given by their numbers; `sealing` is the one to seal with."""
        self._keys = {number: AESGCM(key) for number, key in keys.items()}
        self._sealing = sealing

    def seal(self, secret: str, *, context: str) -> bytes:
        """Encrypt a secret for storage."""
        number = self._sealing
        return VERSION + number.to_bytes(NUMBER_BYTES, "big") + _encrypted(self._keys[number], secret.encode(), context)

    def open(self, sealed: bytes, *, context: str) -> str:
        """The secret again. Raises SealBroken for another key, another context or a changed value."""
        body = sealed[1 + NUMBER_BYTES :]
        key = self._keys.get(int.from_bytes(sealed[1 : 1 + NUMBER_BYTES], "big"))
        if sealed[:1] != VERSION or key is None:
            raise SealBroken
        return _decrypted(key, body, context).decode()


class MasterKeys:
    """The master key, which seals data keys, and those before it, which still open them."""

    def __init__(self, keys: Sequence[bytes], *, file: Path | None = None) -> None:
        """The first key seals. `file` is where they stand, if it is Tidings that keeps them."""
        self._file = file
        self._take(keys)

    @property
    def fingerprint(self) -> str:
        """The public name of the master key: 16 hexadecimal digits that disclose nothing of it."""
        return self._primary

    @property
    def is_file(self) -> bool:
        """Whether the keys stand in a file of the data directory, and not with the operator."""
        return self._file is not None

    def wrap(self, key: bytes, number: int) -> bytes:
        """A data key, sealed with the master key."""
        return _encrypted(self._keys[self._primary], key, _context(number))

    def unwrap(self, sealed: bytes, number: int, *, master: str) -> bytes:
        """The data key that was sealed with the master key of this fingerprint. Raises SealBroken without that one."""
        if master not in self._keys:
            raise SealBroken
        return _decrypted(self._keys[master], sealed, _context(number))

    def renew(self) -> None:
        """Begin a new master key: it is in the file, and seals, before the one before leaves (`forget_old`)."""
        self._write([os.urandom(KEY_BYTES), *self._raw])

    def forget_old(self) -> None:
        """Keep the newest master key alone."""
        self._write(self._raw[:1])

    def _write(self, keys: Sequence[bytes]) -> None:
        if self._file is None:
            raise ValueError("These keys are in no file.")
        write_private(self._file, b"".join(urlsafe_b64encode(key) + b"\n" for key in keys))
        self._take(keys)

    def _take(self, keys: Sequence[bytes]) -> None:
        self._raw = list(keys)
        self._keys = {_fingerprint(key): AESGCM(key) for key in keys}
        self._primary = _fingerprint(keys[0])


def master_keys(configured: str, data_dir: Path) -> MasterKeys:
    """The master keys: `configured` (a comma list, the first seals), else the lines of the file `master.key`.

    A key is 32 bytes in URL-safe base64. The file, in the data directory, is made (mode 0600) when it is missing.
    Raises ValueError for a key of another length.
    """
    path = data_dir / FILE
    if configured:
        return MasterKeys([_key(text) for text in configured.split(",")])
    if not path.exists():
        create_private(path, urlsafe_b64encode(os.urandom(KEY_BYTES)) + b"\n")
    return MasterKeys([_key(text) for text in path.read_text().split()], file=path)


def is_master_key(text: str) -> bool:
    """Whether a text is a master key."""
    try:
        _key(text)
    except ValueError:
        return False
    return True


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    _partial(path, content).replace(path)


def create_private(path: Path, content: bytes) -> bool:
    """Write such a file unless there is one; whether this call has. Of several processes one does."""
    partial = _partial(path, content)
    try:
        path.hardlink_to(partial)
    except FileExistsError:
        return False
    finally:
        partial.unlink()
    return True


def _partial(path: Path, content: bytes) -> Path:
    partial = path.with_suffix(f".{os.urandom(8).hex()}.new")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return partial


def _key(text: str) -> bytes:
    key = urlsafe_b64decode(text.strip() + "=" * (-len(text.strip()) % 4))
    if len(key) != KEY_BYTES:
        raise ValueError(f"a master key must be {KEY_BYTES} bytes in URL-safe base64, got {len(key)} bytes")
    return key


def _fingerprint(key: bytes) -> str:
    return sha256(b"tidings master key" + key).hexdigest()[:16]


def _context(number: int) -> str:
    return f"data_key/{number}"


def _encrypted(key: AESGCM, plain: bytes, context: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + key.encrypt(nonce, plain, context.encode())


def _decrypted(key: AESGCM, body: bytes, context: str) -> bytes:
    try:
        return key.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], context.encode())
    except (InvalidTag, ValueError):
        raise SealBroken from None
