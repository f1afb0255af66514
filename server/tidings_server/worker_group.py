"""Tasks that live as long as a context."""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self


class WorkerGroup:
    """Tasks that run as long as the context; the first that fails ends it, and with it the process."""

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        if kind is asyncio.CancelledError:  # perhaps the group's own doing, after a task has failed
            await self._group.__aexit__(kind, error, trace)
        else:  # the body's own exception leaves as it is, in no group
            await self._group.__aexit__(None, None, None)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._group.create_task(work)
        self._tasks.append(task)
        return task
