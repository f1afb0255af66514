"""One query for all that ask at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")


class SharedRead(Generic[Key, Found]):
    """Reads what many wait for: while one query runs, all who come wait for the next, which is for all of them."""

    def __init__(self, read: Callable[[Collection[Key]], Awaitable[Mapping[Key, Found]]]) -> None:
        """`read` gives what is found of these keys. It begins after everybody has come whose keys it gets."""
        self._read = read
        self._lock = asyncio.Lock()
        self._waiting: dict[Key, list[asyncio.Future[Found | None]]] = {}

    async def get(self, key: Key) -> Found | None:
        """The value of this key in a query that began after the call. Raises the errors of `read`."""
        asked: asyncio.Future[Found | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(asked)
        async with self._lock:
            if not asked.done():
                await self._read_all()
        return asked.result()

    async def _read_all(self) -> None:
        waiting, self._waiting = self._waiting, {}
        try:
            found = await self._read(list(waiting))
        except BaseException:  # the others ask for themselves
            for key, others in waiting.items():
                self._waiting.setdefault(key, []).extend(others)
            raise
        for key, all_asked in waiting.items():
            for asked in all_asked:
                if not asked.done():
                    asked.set_result(found.get(key))
