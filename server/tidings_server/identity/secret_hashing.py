"""Hashing of secrets that are only ever compared.

A random secret (256 bits) is stored as its SHA-256: it cannot be guessed, so a slow hash would only cost. A password,
which a person chose, is stored as argon2id.
"""

import hmac
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from tidings_server.platform.client_address import current_client, network_of
from tidings_server.platform.pool_slots import SharedThreads

T = TypeVar("T")

# OWASP's second recommendation for argon2id: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE = 2
"""Passwords checked at the same time; more wait, so that a flood of logins takes neither all cores nor the memory.
Those of one caller and one password wait behind each other, and others' pass between."""


def hash_secret(secret: str) -> str:
    """Hash of a random secret."""
    return sha256(secret.encode()).hexdigest()


def is_secret(secret: str, stored: str) -> bool:
    """Whether this is the random secret of the hash; in constant time."""
    return hmac.compare_digest(hash_secret(secret), stored)


NO_SECRET = hash_secret("")
"""Hash to compare with where there is no credential, so that this takes as long."""


class Passwords:
    """Hashes and checks passwords on threads of its own."""

    def __init__(self) -> None:
        self._threads = SharedThreads(_AT_ONCE, name="passwords")
        self._decoy = ""

    async def hash(self, password: str) -> str:
        """Hash of a password."""
        return await self._run("", partial(_HASHER.hash, password))

    async def matches(self, password: str, stored: str | None) -> bool:
        """Whether this is the password of the hash; without a hash false, after the same time."""
        if stored is None and not self._decoy:
            self._decoy = await self.hash("")
        is_right = await self._run(stored or "", partial(_is_password, password, stored or self._decoy))
        return is_right and stored is not None

    async def _run(self, stored: str, work: Callable[[], T]) -> T:
        client = current_client.get()
        return await self._threads.run(work, owner=(network_of(client.address) if client else "", stored))


def _is_password(password: str, stored: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
