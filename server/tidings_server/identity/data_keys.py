"""Data keys, which seal secrets: loaded at the start, followed, and rotated while the server runs."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.store import data_keys
from tidings_server.identity.store.data_keys import SealedKey
from tidings_server.platform import heartbeats
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Conflict, Unavailable, WrongState
from tidings_server.platform.sealing import FILE, FIRST, KEY_BYTES, MasterKeys, SealBroken, Sealer, master_keys
from tidings_server.storage.database import Database
from tidings_server.storage.sqlite.engines import StartRefused

POLL_S: Final = 3.0
ANNOUNCED_US: Final = 10_000_000
"""Age at which a new key begins to seal: by then every process has read it and can open with it."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DataKey:
    """A data key as the operator sees it. `created_at` in µs; `state` ANNOUNCED, SEALING or OPENING."""

    number: int
    created_at: int
    state: str
    master: str


async def find_master_keys(database: Database, configured: str, data_dir: Path) -> MasterKeys:
    """The master keys as `sealing.master_keys` finds them; a file is made for a new database alone.

    Raises StartRefused where the file is missing although the database has sealed keys, or holds no keys.
    """
    file = data_dir / FILE
    if not configured and not file.exists():
        async with database.read() as conn:
            if await data_keys.keys(conn):
                raise StartRefused(
                    f"The database has sealed secrets, and {file}, whose key they need, is missing: "
                    "put it back, or set TIDINGS_MASTER_KEY."
                )
    try:
        return master_keys(configured, data_dir)
    except (ValueError, IndexError):
        raise StartRefused(f"{file} must have lines of 32 bytes in URL-safe base64.") from None


def first_unopened(masters: MasterKeys, stored: Iterable[SealedKey]) -> SealedKey | None:
    """The first data key that none of these master keys opens; None where they open all."""
    for key in stored:
        try:
            masters.unwrap(key.sealed, key.number, master=key.master)
        except SealBroken:
            return key
    return None


class DataKeys:
    """Keeps the keys of `sealer` up to date. `run` it, so that keys of other processes are known in time."""

    def __init__(self, database: Database, masters: MasterKeys, clock: Clock) -> None:
        self._database = database
        self._masters = masters
        self._clock = clock
        self._stored: list[SealedKey] = []
        self._newest = database.look.fact("data_keys", data_keys.NEWEST)
        self.sealer = Sealer(bytes(KEY_BYTES))
        """Has no data key before `load`."""

    async def load(self) -> None:
        """Read the keys, make the first one where there is none, and seal with the present master key what is not.

        Raises StartRefused where a key was sealed with a master key that is not among the configured ones.
        """
        first = self._new_key(FIRST)
        await self._database.write_queue.run(lambda conn: data_keys.add_first(conn, first))
        await self._read()
        if any(key.master != self._masters.fingerprint for key in self._stored):
            await self._reseal()

    async def run(self) -> None:
        """Follow the keys, until cancelled."""
        heartbeat = heartbeats.current()
        while True:
            await self._clock.sleep(POLL_S)
            try:
                with heartbeat.round():
                    if self._newest.allows(lambda number: not self._stored or number != self._stored[0].number):
                        await self._read()
                    self._hold()
            except (Unavailable, StartRefused) as error:
                log.warning("data_keys_not_read", error=error.message)

    def listed(self) -> list[DataKey]:
        """The keys, the newest first."""
        sealing = self._sealing()
        return [DataKey(key.number, key.created_at, _state(key.number, sealing), key.master) for key in self._stored]

    async def rotate(self) -> DataKey:
        """Create a new key, which seals after ANNOUNCED_US. Raises Conflict when another process does so now."""
        await self._read()
        new = self._new_key(self._stored[0].number + 1)

        async def transaction(conn: AsyncConnection) -> None:
            if (await data_keys.keys(conn))[0].number >= new.number:
                raise Conflict("Somebody else has just made a data key.")
            await data_keys.add(conn, new)

        await self._database.write_queue.run(transaction)
        await self._read()
        return self.listed()[0]

    async def renew_master(self) -> tuple[str, int]:
        """Create a new master key and seal all data keys with it; its fingerprint, and their number.

        A crash at any point leaves a file with all keys that are needed. Raises WrongState where the master key is not
        a file of the embedded default: other processes would not hear of it.
        """
        if not self._masters.is_file or self._database.is_shared:
            raise WrongState("The master key is not a file of this server alone; change TIDINGS_MASTER_KEY instead.")
        self._masters.renew()
        await self._reseal()
        self._masters.forget_old()
        return self._masters.fingerprint, len(self._stored)

    async def _reseal(self) -> None:
        opened = self._opened()

        async def transaction(conn: AsyncConnection) -> None:
            for key in self._stored:
                sealed = self._masters.wrap(opened[key.number], key.number)
                await data_keys.reseal(conn, key._replace(sealed=sealed, master=self._masters.fingerprint))

        await self._database.write_queue.run(transaction)
        await self._read()

    async def _read(self) -> None:
        async with self._database.read() as conn:
            self._stored = await data_keys.keys(conn)
        self._hold()

    def _hold(self) -> None:
        self.sealer.hold(self._opened(), sealing=self._sealing())

    def _opened(self) -> dict[int, bytes]:
        masters = self._masters
        try:
            return {key.number: masters.unwrap(key.sealed, key.number, master=key.master) for key in self._stored}
        except SealBroken:
            raise StartRefused("The data keys are sealed with another master key than the configured ones.") from None

    def _sealing(self) -> int:
        """Newest key that all processes know; the first key seals at once."""
        known = self._clock.now_us() - ANNOUNCED_US
        return next((key.number for key in self._stored if key.created_at <= known), self._stored[-1].number)

    def _new_key(self, number: int) -> SealedKey:
        sealed = self._masters.wrap(os.urandom(KEY_BYTES), number)
        return SealedKey(number, sealed, self._masters.fingerprint, self._clock.now_us())


def _state(number: int, sealing: int) -> str:
    if number == sealing:
        return "SEALING"
    return "ANNOUNCED" if number > sealing else "OPENING"
