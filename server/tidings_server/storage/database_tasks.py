"""The background tasks of an open database."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from tidings_server.storage.write_queue import WriteQueue

OnDeath = Callable[[BaseException], None]


class DatabaseTasks:
    """The workers of the write queue, and others that run as long as they.

    The first that dies stops the write queue and is reported.
    """

    def __init__(self, write_queue: WriteQueue, on_death: OnDeath | None) -> None:
        self._write_queue = write_queue
        self._on_death = on_death
        self._is_dead = False
        self._workers = [self._start(worker) for worker in write_queue.workers()]
        self._others: list[asyncio.Task[None]] = []

    def add(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run something that ends only by cancellation."""
        self._others.append(self._start(coroutine))

    async def stop(self) -> None:
        """Wait until the write queue has finished what it has begun, then cancel the others."""
        self._write_queue.close()
        await asyncio.gather(*self._workers, return_exceptions=True)
        for task in self._others:
            task.cancel()
        await asyncio.gather(*self._others, return_exceptions=True)

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not self._is_dead:
            self._is_dead = True
            self._write_queue.abandon()
            if self._on_death is not None:
                self._on_death(error)
